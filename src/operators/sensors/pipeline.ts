import type { RunRow } from "../../engine/index.ts";
import { type JsonObject, parseDuration } from "../../lib/index.ts";
import type { SensorKind } from "./kind.ts";
import { DURATION } from "./values.ts";

/** Waits for another pipeline's run of the same slot. */
export const pipeline: SensorKind = {
  name: "pipeline",
  schema: {
    description: "Waits for another pipeline's run for the same logical date.",
    oneOf: [
      { type: "string", description: "The name of the pipeline.", minLength: 1, examples: ["ingest"] },
      {
        type: "object",
        properties: {
          name: { type: "string", description: "The name of the pipeline.", minLength: 1, examples: ["ingest"] },
          before: {
            ...DURATION,
            description: "Its logical date lies this long before this run's.",
            default: "0s",
            examples: ["1d"],
          },
          states: {
            type: "array",
            description: "The states of the run that end the waiting.",
            items: { enum: ["success", "failed", "cancelled"] },
            minItems: 1,
            uniqueItems: true,
            default: ["success"],
          },
          failed_states: {
            type: "array",
            description: "The states of the run that fail this task.",
            items: { enum: ["failed", "cancelled"] },
            uniqueItems: true,
            default: [],
          },
        },
        required: ["name"],
        additionalProperties: false,
      },
    ],
    examples: ["ingest", { name: "ingest", before: "1d", failed_states: ["failed"] }],
  },
  normalise: (value) => ({
    before: "0s",
    states: ["success"],
    failed_states: [],
    ...(typeof value === "string" ? { name: value } : (value as JsonObject)),
  }),
  async look(host, config) {
    const { name, before, states, failed_states } = config as JsonObject;
    const before_ms = parseDuration(String(before));
    if (before_ms === undefined) {
      const message = `\`${String(before)}\` is no duration such as 1d`;
      return { state: "failed", failure: { reason: "operator_failed", message, final: true } };
    }
    const logical_date = host.work.logical_date - before_ms;
    // Of several runs of a slot the newest counts: it was made because the others were not good enough.
    let run: RunRow | undefined;
    try {
      [run] = await host.runs.ofSlot(String(name), logical_date);
    } catch (error) {
      // A store that can't be read now.
      return { state: "not_yet", why: `runs can't be looked at: ${(error as Error).message}` };
    }
    const slot = new Date(logical_date).toISOString();
    if (run === undefined) return { state: "not_yet", why: `pipeline ${String(name)} has no run for ${slot}` };
    if ((states as string[]).includes(run.state))
      return { state: "found", values: { run_id: run.run_id, state: run.state } };
    if ((failed_states as string[]).includes(run.state)) {
      const message = `run ${run.run_id} of pipeline ${String(name)} for ${slot} ended as ${run.state}`;
      return { state: "failed", failure: { reason: "run_failed", message } };
    }
    return { state: "not_yet", why: `run ${run.run_id} of pipeline ${String(name)} is ${run.state}` };
  },
};
