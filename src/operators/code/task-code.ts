import type { AttemptOutcome, Failure } from "../../core/index.ts";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import type { AttemptHost, ProcessEnd } from "../operator.ts";
import { exitCodeMeaning } from "./exit-code.ts";

/*
 * What operators share that run a task's code in a process: what it is told, and what its end means.
 */

/** What a function is told of its attempt; times are text (ISO 8601). */
export function contextOf({ work }: AttemptHost): JsonObject {
  const value = (name: string): JsonValue => {
    const evaluated = work.evaluate(`\${{ ${name} }}`);
    // A bug of ours: these names are in every scope.
    if (!evaluated.ok) throw new Error(`\`${name}\` could not be evaluated: ${evaluated.message}`);
    return evaluated.value;
  };
  const { attempt, ...run } = value("run") as JsonObject;
  const mapped = work.env.ENGINE_MAP_INDEX !== undefined;
  return {
    params: value("params"),
    run,
    ds: value("ds"),
    pipeline: work.pipeline,
    task: work.env.ENGINE_TASK ?? "",
    attempt: work.attempt,
    ...(mapped ? { item: value("item"), item_index: value("item_index") } : {}),
  };
}

/** What the end of a task's process means. `what` is what the messages call it. */
export async function outcomeOf(
  host: AttemptHost,
  end: ProcessEnd,
  { what, skip_exit_code }: { readonly what: string; readonly skip_exit_code?: number },
): Promise<AttemptOutcome> {
  if (end.type === "lost") return { state: "lost", message: end.message };
  const error = host.readError();
  if (end.type === "exited" && end.code === 0) {
    const read = await host.readOutputs();
    if (read.ok) return { state: "success", outputs: read.outputs };
    return { state: "failed", failure: { reason: "output_invalid", message: read.message } };
  }
  if (end.type === "exited" && end.code === skip_exit_code) {
    return { state: "skipped", message: `${what} ended with exit code ${end.code}` };
  }
  if (end.type === "spawn_failed") {
    return { state: "failed", failure: { reason: "spawn_failed", message: end.message } };
  }
  const { how, why, ...facts } = endingOf(end);
  const failed = (failure: Failure): AttemptOutcome => ({ state: "failed", failure: { ...failure, ...facts } });
  if (host.stopReason !== undefined) {
    const told = host.stopReason === "timeout" ? "took longer than its timeout" : "was cancelled";
    return failed({ reason: host.stopReason, message: `${what} ${told} and ${how}` });
  }
  if (error !== undefined) {
    const { reason, message, final } = error;
    return failed({ reason, message, ...(final === true && { final }) });
  }
  return failed({ reason: end.type === "exited" ? "exit_code" : "signal", message: `${what} ${how}${why}` });
}

/** How a process ended, and what that often means. */
function endingOf(end: Extract<ProcessEnd, { type: "exited" | "signalled" }>) {
  if (end.type === "exited") {
    const meaning = exitCodeMeaning(end.code);
    return { how: `ended with exit code ${end.code}`, why: meaning && `: ${meaning}`, exit_code: end.code };
  }
  const { signal } = end;
  const why = signal === "SIGKILL" || signal === "SIGABRT" ? ", often because it ran out of memory" : "";
  return { how: `was ended by ${signal}`, why, signal };
}
