import { replay } from "../core/index.ts";
import type { AttemptKey, Store } from "../engine/index.ts";
import { type CompileOptions, compile, previewAttempt, type TaskPreview, toPlan } from "../language/index.ts";

/** Of a run with more events nothing is worked out: reading its journal would keep others waiting. */
const EVENTS_MAX = 20_000;

export interface AttemptConfigParts {
  readonly store: Pick<Store, "getRun" | "getPipelineVersion" | "readEvents">;
  readonly operators: CompileOptions["operators"];
  /** As they are now: nothing remembers what they were. */
  readonly vars: Parameters<typeof previewAttempt>[3]["vars"];
}

/**
 * What an attempt was given: its version's expressions, worked out again on the run as it was when the attempt began. Secrets
 * are no part of that, so none can show. Undefined when it can't be known: the version does not compile any more, or
 * the run is too long.
 */
export async function attemptConfig(
  { store, operators, vars }: AttemptConfigParts,
  { run_id, key, attempt }: AttemptKey,
): Promise<TaskPreview | undefined> {
  const row = await store.getRun(run_id);
  if (row === undefined || row.seq > EVENTS_MAX) return undefined;
  const version = await store.getPipelineVersion(row.version);
  const pipeline = version && compile({ path: version.file, text: version.source }, { operators }).pipeline;
  if (pipeline === undefined) return undefined;
  const events = await store.readEvents(run_id);
  const began = events.findLast(
    (event) => event.type === "attempt_started" && event.key === key && event.attempt === attempt,
  );
  const before = began === undefined ? events : events.slice(0, began.seq);
  const plan = toPlan(pipeline, { operators, vars, secrets: {}, connections: {} });
  return previewAttempt(pipeline, replay(plan, run_id, before), key, { vars });
}
