import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api/client.ts";
import type { Pipeline, Run } from "../generated/api.ts";
import type { Field, FieldSchema } from "../lib/form-values.ts";
import { go, path } from "../lib/router.ts";
import { useData } from "../lib/use-data.ts";
import { Dialog } from "./dialog.tsx";
import { Problem, Ready } from "./problem.tsx";
import { SchemaForm, useForm } from "./schema-form.tsx";

/** The pipeline that is to be triggered. */
const opened = signal<string | undefined>(undefined);

/** Opens the form that starts a run. */
export function openTrigger(pipeline: string): void {
  opened.value = pipeline;
}

/** The form, when it is open. */
export function TriggerDialog(): JSX.Element | null {
  const name = opened.value;
  const loaded = useData(name, async (abort) => {
    const pipeline = name ?? "";
    const [{ pipeline: compiled }, { runs }] = await Promise.all([
      ask("GET /pipelines/:pipeline", { path: { pipeline }, signal: abort }),
      ask("GET /runs", { query: { pipeline: [pipeline], limit: 1 }, signal: abort }),
    ]);
    return { compiled, last: runs[0] };
  });
  if (name === undefined) return null;
  return (
    <Dialog title={`Run ${name}`} onClose={close}>
      <Ready of={loaded}>{({ compiled, last }) => <TriggerForm key={name} pipeline={compiled} last={last} />}</Ready>
    </Dialog>
  );
}

function close(): void {
  opened.value = undefined;
}

/** The params of a pipeline as fields. */
export function fieldsOf(params: Pipeline["params"]): readonly Field[] {
  return Object.entries(params).map(([name, { schema, default: value }]) => ({
    name,
    schema: schema as FieldSchema,
    default: value,
  }));
}

interface TriggerFormProps {
  readonly pipeline: Pipeline;
  readonly last: Run | undefined;
}

function TriggerForm({ pipeline, last }: TriggerFormProps): JSX.Element {
  const fields = fieldsOf(pipeline.params);
  const [error, setError] = useState<unknown>();
  const form = useForm(fields);
  const useLast = (): void => {
    for (const { name } of fields) {
      const value = last?.params[name];
      if (value !== undefined) form.set(name, typeof value === "string" ? value : JSON.stringify(value));
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    const params = form.values();
    if (params === undefined) return;
    ask("POST /pipelines/:pipeline/trigger", { path: { pipeline: pipeline.name }, body: { params } }).then(
      ({ run_id }) => {
        close();
        go(path("runs", run_id));
      },
      setError,
    );
  };
  return (
    <form class="form" onSubmit={submit} noValidate>
      {fields.length === 0 ? <p class="quiet-text">It takes no params.</p> : <SchemaForm fields={fields} form={form} />}
      {error !== undefined && <Problem error={error} />}
      <div class="buttons">
        {fields.length > 0 && last !== undefined && (
          <button type="button" onClick={useLast}>
            As last time
          </button>
        )}
        <button type="button" onClick={close}>
          Leave it
        </button>
        <button type="submit" class="primary">
          Start a run
        </button>
      </div>
    </form>
  );
}
