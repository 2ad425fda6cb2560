import type { JsonObject } from "../../lib/index.ts";
import { http as operator } from "../http.ts";
import type { Look, SensorKind } from "./kind.ts";

/** What a look has no use for. */
const NOT_HERE = ["save_to", "idempotency_key"];

/** Reasons of failures that waiting doesn't mend: what is asked for can't be sent. */
const MISTAKES: ReadonlySet<string> = new Set(["operator_failed", "not_found"]);

/** Waits for a web service to answer as it should. */
export const http: SensorKind = {
  name: "http",
  schema: { ...withoutKeys(operator.schema), description: "Waits until a request is answered as expected." },
  normalise: (value) => operator.normalise(value),
  spec: {
    secret_keys: operator.secret_keys,
    expression_keys: operator.expression_keys,
    literal_keys: {},
    result_names: ["response"],
    connections: ["http"],
  },
  async look(host, config): Promise<Look> {
    // Loaded for the first look: checking a pipeline has no use for it.
    const { exchange } = await import("../http/response.ts");
    let found: Look = { state: "not_yet", why: "there was no answer" };
    const outcome = await exchange({
      work: { ...host.work, config: config as JsonObject },
      signal: host.signal,
      stopReason: undefined,
      now: () => host.now(),
      // Each look would write the same lines.
      log: () => {},
      checkOutputs: async (values, result = {}) => {
        found = { state: "found", values, result };
        return { ok: true, outputs: {} };
      },
    }).catch((error: unknown) => {
      // It was told to stop.
      if (host.signal.aborted) return undefined;
      throw error;
    });
    if (outcome?.state !== "failed") return found;
    const { failure } = outcome;
    return MISTAKES.has(failure.reason) ? { state: "failed", failure } : { state: "not_yet", why: failure.message };
  },
};

/** The schema of the operator without the keys that a look doesn't have. */
function withoutKeys(schema: JsonObject): JsonObject {
  const forms = (schema.oneOf as JsonObject[]).map((form) => {
    const { properties, ...rest } = form;
    if (properties === undefined) return form;
    const kept = Object.entries(properties as JsonObject).filter(([key]) => !NOT_HERE.includes(key));
    return { ...rest, properties: Object.fromEntries(kept) };
  });
  return { ...schema, oneOf: forms };
}
