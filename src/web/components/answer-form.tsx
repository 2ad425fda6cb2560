import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api/client.ts";
import type { JsonValue } from "../generated/api.ts";
import type { FieldSchema } from "../lib/form-values.ts";
import { Problem } from "./problem.tsx";
import { SchemaForm, useForm } from "./schema-form.tsx";
import { tellGood } from "./toast.tsx";

interface AnswerFormProps {
  readonly run: string;
  readonly task: string;
  /** JSON Schemas, by field. */
  readonly form: Readonly<Record<string, JsonValue>>;
}

/** Answers a task that waits for a person. */
export function AnswerForm({ run, task, form: schemas }: AnswerFormProps): JSX.Element {
  const fields = Object.entries(schemas).map(([name, value]) => {
    const schema = value as FieldSchema;
    return { name, schema, default: schema.default };
  });
  const form = useForm(fields);
  const [comment, setComment] = useState("");
  const [error, setError] = useState<unknown>();
  const answer = (approved: boolean): void => {
    const values = approved ? form.values() : {};
    if (values === undefined) return;
    const body = { approved, values, ...(comment !== "" && { comment }) };
    ask("POST /runs/:run/tasks/:task/answer", { path: { run, task }, body }).then(
      () => tellGood(`${task} is ${approved ? "approved" : "rejected"}.`),
      setError,
    );
  };
  return (
    <form
      class="form answer"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        answer(true);
      }}
    >
      <SchemaForm fields={fields} form={form} />
      <label class="field">
        <span class="label">Comment</span>
        <input value={comment} onInput={({ currentTarget }) => setComment(currentTarget.value)} />
      </label>
      {error !== undefined && <Problem error={error} />}
      <div class="filters">
        <button type="submit" class="primary">
          Approve
        </button>
        <button type="button" class="danger" onClick={() => answer(false)}>
          Reject
        </button>
      </div>
    </form>
  );
}
