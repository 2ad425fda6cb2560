import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api/client.ts";
import type { Pipeline, Routes } from "../generated/api.ts";
import { present } from "../lib/clock.ts";
import { exact } from "../lib/format.ts";
import { go } from "../lib/router.ts";
import { labelOf } from "../lib/states.ts";
import { useData } from "../lib/use-data.ts";
import { count, DAY_MS } from "../lib/words.ts";
import { Dialog } from "./dialog.tsx";
import { Problem, Ready } from "./problem.tsx";
import { SchemaForm, useForm } from "./schema-form.tsx";
import { tellGood } from "./toast.tsx";
import { fieldsOf } from "./trigger-dialog.tsx";

type Preview = Routes["POST /pipelines/:pipeline/backfills/preview"]["answer"];

const opened = signal<string | undefined>(undefined);
const FATES = { run: "gets a run", run_again: "runs again", left_out: "stays as it is" } as const;
const REPROCESS = {
  none: "slots that have no run",
  failed: "those that failed as well",
  all: "all slots, also those that have a run",
} as const;
/** Slots of a preview that are listed. */
const LISTED = 100;

/** Opens the form that runs slots of the past. */
export function openBackfill(pipeline: string): void {
  opened.value = pipeline;
}

function close(): void {
  opened.value = undefined;
}

/** The form, when it is open. */
export function BackfillDialog(): JSX.Element | null {
  const name = opened.value;
  const loaded = useData(name, (abort) =>
    ask("GET /pipelines/:pipeline", { path: { pipeline: name ?? "" }, signal: abort }),
  );
  if (name === undefined) return null;
  return (
    <Dialog title={`Backfill ${name}`} onClose={close}>
      <Ready of={loaded}>{({ pipeline }) => <BackfillForm key={name} pipeline={pipeline} />}</Ready>
    </Dialog>
  );
}

function BackfillForm({ pipeline }: { readonly pipeline: Pipeline }): JSX.Element {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const [range, setRange] = useState({ from: day(present() - 7 * DAY_MS), to: day(present() - DAY_MS) });
  const [reprocess, setReprocess] = useState<keyof typeof REPROCESS>("none");
  const [active, setActive] = useState("");
  const [preview, setPreview] = useState<Preview["slots"] | undefined>();
  const [error, setError] = useState<unknown>();
  const fields = fieldsOf(pipeline.params);
  const form = useForm(fields);
  const body = () => {
    const params = form.values();
    // Days are whole, in UTC.
    const [from, to] = [Date.parse(range.from), Date.parse(range.to) + DAY_MS - 1];
    return params && { from, to, reprocess, params, ...(active !== "" && { max_active: Number(active) }) };
  };
  const path = { pipeline: pipeline.name };
  const look = (): void => {
    const asked = body();
    setError(undefined);
    if (asked !== undefined)
      ask("POST /pipelines/:pipeline/backfills/preview", { path, body: asked }).then(
        ({ slots }) => setPreview(slots),
        setError,
      );
  };
  const start = (): void => {
    const asked = body();
    if (asked === undefined) return;
    ask("POST /pipelines/:pipeline/backfills", { path, body: asked }).then(({ backfill_id, slots }) => {
      close();
      tellGood(`Backfill ${backfill_id} makes ${count(slots.length, "run")}.`);
      go("/backfills");
    }, setError);
  };
  const change = (set: () => void): void => {
    set();
    setPreview(undefined);
  };
  const runs = preview?.filter(({ fate }) => fate !== "left_out").length ?? 0;
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (preview === undefined) look();
        else start();
      }}
    >
      <div class="filters">
        <label class="field">
          <span class="label">From (UTC)</span>
          <input
            type="date"
            value={range.from}
            onInput={({ currentTarget }) => change(() => setRange({ ...range, from: currentTarget.value }))}
          />
        </label>
        <label class="field">
          <span class="label">To, that day included</span>
          <input
            type="date"
            value={range.to}
            onInput={({ currentTarget }) => change(() => setRange({ ...range, to: currentTarget.value }))}
          />
        </label>
        <label class="field">
          <span class="label">At once</span>
          <input
            type="number"
            min="1"
            placeholder={String(pipeline.max_active_runs)}
            value={active}
            onInput={({ currentTarget }) => change(() => setActive(currentTarget.value))}
          />
        </label>
      </div>
      <label class="field">
        <span class="label">Run</span>
        <select
          value={reprocess}
          onChange={({ currentTarget }) => change(() => setReprocess(currentTarget.value as keyof typeof REPROCESS))}
        >
          {Object.entries(REPROCESS).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <SchemaForm fields={fields} form={form} />
      {error !== undefined && <Problem error={error} />}
      {preview !== undefined && (
        <div class="preview">
          <p>
            <strong>{count(preview.length, "slot")}</strong>, {count(runs, "run")}
          </p>
          <ul class="cleared">
            {preview.slice(0, LISTED).map(({ slot, fate, state }) => (
              <li key={slot}>
                {exact(slot, "UTC")} {FATES[fate]}
                {state !== undefined && ` (${labelOf(state)})`}
              </li>
            ))}
          </ul>
          {preview.length > LISTED && <p class="hint">and {preview.length - LISTED} more</p>}
        </div>
      )}
      <div class="buttons">
        <button type="button" onClick={close}>
          Leave it
        </button>
        <button type="submit" class="primary" disabled={preview !== undefined && runs === 0}>
          {preview === undefined ? "Show what it would do" : `Start ${count(runs, "run")}`}
        </button>
      </div>
    </form>
  );
}
