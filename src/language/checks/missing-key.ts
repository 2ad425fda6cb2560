import { pipeline_schema } from "../definition/pipeline.ts";
import type { PipelineSource } from "../model.ts";
import type { MapEntry } from "../source.ts";
import type { Check, Finding } from "./check.ts";

/** The keys of the long form of `retries`. */
const RETRIES_KEYS = new Set<string>(Object.keys(pipeline_schema.definitions.retries.anyOf[1].properties));

export const missingKey: Check = {
  code: "ENG202",
  name: "missing-key",
  severity: "error",
  summary: "a mapping lacks a key that has to be there",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "missing_key" && problem.operator === undefined) report(problem);
    },
    task({ node }, { defaults }, { report }) {
      const slots = node.entry("pool_slots");
      if (slots === undefined || node.entry("pool") !== undefined || defaults?.entry("pool") !== undefined) return;
      report({
        at: slots.keyNode,
        message: "`pool_slots` says nothing without `pool`, which neither the task nor `defaults` has",
      });
    },
    pipeline(pipeline, { report }) {
      for (const finding of uncountedRetries(pipeline)) report(finding);
    },
  },
};

/** `retries` that say how to wait, but not how often: merged with `defaults`, they come to none. */
function uncountedRetries({ defaults, tasks }: PipelineSource): readonly Finding[] {
  const inherited = defaults?.entry("retries");
  const own = [...tasks.values()].flatMap(({ node }) => node.entry("retries") ?? []);
  if (inherited !== undefined && !isUncounted(inherited)) return [];
  const uncounted = own.filter(isUncounted);
  if (uncounted.length > 0) return uncounted.map(({ keyNode }) => finding(keyNode, "on the task or in `defaults`"));
  // Tasks may bring the count to what `defaults` say of the rest.
  return inherited === undefined || own.length > 0 ? [] : [finding(inherited.keyNode, "here or on a task")];
}

function finding(at: MapEntry["keyNode"], where: string): Finding {
  return {
    at,
    message: "`retries` has no `count`, so nothing is tried again",
    hint: `add \`count\`, ${where}: attempts after the first`,
  };
}

/** A mapping without a count. A key that it can't have may be a misspelt count, and is reported as that. */
function isUncounted({ value }: MapEntry): boolean {
  if (value.kind !== "map" || value.entry("count") !== undefined) return false;
  return value.entries.every(({ key }) => RETRIES_KEYS.has(key));
}
