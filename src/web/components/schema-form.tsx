import type { JSX, TargetedInputEvent } from "preact";
import { useId, useState } from "preact/hooks";
import type { JsonValue } from "../generated/api.ts";
import { boundsOf, type Field, textOf, typeOf, valueFrom } from "../lib/form-values.ts";

/** The state of a form: what is typed in each field. */
export interface FormState {
  readonly texts: Readonly<Record<string, string>>;
  readonly set: (name: string, text: string) => void;
  /** The values of fields that differ from their default; undefined when something is wrong. */
  readonly values: () => Readonly<Record<string, JsonValue>> | undefined;
  /** Whether what is wrong is shown: once somebody has tried to send it. */
  readonly isTried: boolean;
}

export function useForm(fields: readonly Field[], initial: Readonly<Record<string, JsonValue>> = {}): FormState {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [isTried, setTried] = useState(false);
  const texts = Object.fromEntries(
    fields.map(({ name, default: value }) => [name, typed[name] ?? textOf(initial[name] ?? value)]),
  );
  return {
    texts,
    set: (name, text) => setTyped((before) => ({ ...before, [name]: text })),
    isTried,
    values() {
      setTried(true);
      const values: Record<string, JsonValue> = {};
      for (const field of fields) {
        const { value, wrong } = valueFrom(field, texts[field.name] ?? "");
        if (wrong !== undefined || (value === undefined && field.default === undefined)) return undefined;
        const isDefault = JSON.stringify(value) === JSON.stringify(field.default);
        if (value !== undefined && !isDefault) values[field.name] = value;
      }
      return values;
    },
  };
}

interface SchemaFormProps {
  readonly fields: readonly Field[];
  readonly form: FormState;
}

/** Fields for values that have a JSON Schema. */
export function SchemaForm({ fields, form }: SchemaFormProps): JSX.Element {
  return (
    <>
      {fields.map((field) => (
        <FieldInput key={field.name} field={field} form={form} />
      ))}
    </>
  );
}

function FieldInput({ field, form }: { readonly field: Field; readonly form: FormState }): JSX.Element {
  const id = useId();
  const { name, schema } = field;
  const text = form.texts[name] ?? "";
  const { value, wrong } = valueFrom(field, text);
  const problem = wrong ?? (value === undefined && field.default === undefined ? "it is needed" : undefined);
  const shown = form.isTried || text !== "" ? problem : undefined;
  return (
    <div class="field">
      <label for={id}>
        <code>{name}</code>
      </label>
      <Control
        id={id}
        field={field}
        text={text}
        set={(next) => form.set(name, next)}
        describedBy={`${id}-hint`}
        isWrong={shown !== undefined}
      />
      <span class="hint" id={`${id}-hint`}>
        {[schema.description, boundsOf(schema), field.default !== undefined && `default ${textOf(field.default)}`]
          .filter(Boolean)
          .join(" · ")}
        {shown !== undefined && <span class="wrong"> · {shown}</span>}
      </span>
    </div>
  );
}

interface ControlProps {
  readonly id: string;
  readonly field: Field;
  readonly text: string;
  readonly set: (text: string) => void;
  readonly describedBy: string;
  readonly isWrong: boolean;
}

function Control({ id, field: { name, schema }, text, set, describedBy, isWrong }: ControlProps): JSX.Element {
  const common = { id, name, "aria-describedby": describedBy, "aria-invalid": isWrong } as const;
  switch (typeOf(schema)) {
    case "choice":
      return (
        <select {...common} value={text} onChange={({ currentTarget }) => set(currentTarget.value)}>
          {text === "" && <option value="" />}
          {schema.enum?.map((choice) => (
            <option key={textOf(choice)} value={textOf(choice)}>
              {textOf(choice)}
            </option>
          ))}
        </select>
      );
    case "boolean":
      return (
        <span class="switch">
          <input
            {...common}
            type="checkbox"
            checked={text === "true"}
            onChange={({ currentTarget }) => set(String(currentTarget.checked))}
          />
          <span>{text === "true" ? "yes" : "no"}</span>
        </span>
      );
    case "object":
    case "array":
      return (
        <textarea
          {...common}
          rows={4}
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => set(currentTarget.value)}
        />
      );
    case "integer":
    case "number":
      return (
        <input {...common} inputMode="decimal" value={text} onInput={({ currentTarget }) => set(currentTarget.value)} />
      );
    default: {
      const typed = {
        ...common,
        value: text,
        onInput: ({ currentTarget }: TargetedInputEvent<HTMLInputElement>) => set(currentTarget.value),
      };
      return schema.writeOnly === true ? <input {...typed} type="password" /> : <input {...typed} type="text" />;
    }
  }
}
