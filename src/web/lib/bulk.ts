import type { PipelineSummary } from "../generated/api.ts";
import { count } from "./words.ts";

/** What can be done with many pipelines at once. */
export type BulkAction = "pause" | "resume" | "trigger";

export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** What an action would be done with, and what it would leave as it is, and why. */
export interface BulkPlan {
  readonly does: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

const REASONS: Readonly<Record<BulkAction, (pipeline: PipelineSummary) => string | undefined>> = {
  pause: ({ paused, schedule }) =>
    paused !== undefined ? "is paused already" : schedule === null ? "has no schedule" : undefined,
  resume: ({ paused }) => (paused === undefined ? "is not paused" : undefined),
  trigger: ({ required_params: names = [] }) =>
    names.length === 0 ? undefined : `wants a value for ${names.join(", ")}`,
};

export function planOf(action: BulkAction, pipelines: readonly PipelineSummary[]): BulkPlan {
  const each = pipelines.map((pipeline) => ({ name: pipeline.name, why: REASONS[action](pipeline) }));
  return {
    does: each.filter(({ why }) => why === undefined).map(({ name }) => name),
    leftOut: each.filter((one): one is LeftOut => one.why !== undefined),
  };
}

export interface Failed {
  readonly name: string;
  readonly error: unknown;
}

/** Does something with each name, `atOnce` at a time, and tells after each how many are done. What failed, in order. */
export async function eachOf(
  names: readonly string[],
  atOnce: number,
  what: (name: string) => Promise<unknown>,
  onDone: (done: number) => void,
): Promise<readonly Failed[]> {
  const failed: (Failed | undefined)[] = [];
  let [next, done] = [0, 0];
  const worker = async (): Promise<void> => {
    while (next < names.length) {
      const index = next++;
      const name = names[index] ?? "";
      try {
        await what(name);
      } catch (error) {
        failed[index] = { name, error };
      }
      done += 1;
      onDone(done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, names.length) }, worker));
  return failed.filter((each): each is Failed => each !== undefined);
}

/** Failures that are told one by one. */
const TOLD = 3;

const DONE: Readonly<Record<BulkAction, string>> = { pause: "Paused", resume: "Resumed", trigger: "Started runs of" };

/** What came of it, in one message. */
export function outcomeWords(
  action: BulkAction,
  asked: number,
  failed: readonly Failed[],
  wordsOf: (error: unknown) => string,
): string {
  if (failed.length === 0) return `${DONE[action]} ${count(asked, "pipeline")}.`;
  const told = failed.slice(0, TOLD).map(({ name, error }) => `${name}: ${wordsOf(error).replace(/\.$/, "")}`);
  const more = failed.length > TOLD ? `; and ${failed.length - TOLD} more` : "";
  return `${DONE[action]} ${asked - failed.length} of ${count(asked, "pipeline")}. ${told.join("; ")}${more}.`;
}
