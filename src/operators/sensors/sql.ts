import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { CommitUnknown, SqlFailure } from "../sql/failure.ts";
import { BIND_IT, QUESTION_PROPERTIES, withSqlDefaults } from "../sql/schema.ts";
import type { SqlSettings } from "../sql/settings.ts";
import type { Look, LookHost, SensorKind } from "./kind.ts";

/** Waits for a database to say yes. */
export const sql: SensorKind = {
  name: "sql",
  schema: {
    type: "object",
    description:
      "Waits until the first column of the first row is neither null, false, 0 nor empty, or until `expect` holds.",
    properties: {
      ...QUESTION_PROPERTIES,
      expect: {
        type: "string",
        description: "An expression over `row`, `rows` and `row_count` that has to give true.",
        pattern: "^\\s*\\$\\{\\{[\\s\\S]*\\}\\}\\s*$",
        examples: [`\${{ row.n > 0 }}`],
      },
    },
    required: ["connection"],
    oneOf: [{ required: ["query"] }, { required: ["file"] }],
    additionalProperties: false,
    examples: [{ connection: "warehouse", query: "SELECT count(*) FROM sales WHERE day = CURRENT_DATE" }],
  },
  normalise: (value) => withSqlDefaults(value as JsonObject),
  spec: {
    secret_keys: ["params"],
    expression_keys: ["expect"],
    literal_keys: { query: BIND_IT },
    result_names: ["row", "rows", "row_count"],
    connections: ["postgres", "sqlite"],
  },
  async look(host, config): Promise<Look> {
    // Loaded for the first look: checking a pipeline has no use for it.
    const { ask, resultNames } = await import("../sql/carry-out.ts");
    const settings = config as unknown as SqlSettings & { readonly expect?: string };
    try {
      const result = await ask(settings, host, async () => {});
      const names = resultNames(result);
      const no = verdict(host, names, settings.expect);
      if (no !== undefined) return { state: "not_yet", why: no };
      return { state: "found", values: (names.row ?? {}) as JsonObject, result: names };
    } catch (error) {
      if (error instanceof CommitUnknown) return { state: "not_yet", why: error.message };
      // It was told to stop.
      if (host.signal.aborted) return { state: "not_yet", why: "the look was ended" };
      if (!(error instanceof SqlFailure)) throw error;
      const { failure } = error;
      return failure.final === true ? { state: "failed", failure } : { state: "not_yet", why: failure.message };
    }
  },
};

/** Why what was found isn't what is waited for; undefined when it is. */
function verdict(host: LookHost, names: JsonObject, expect: string | undefined): string | undefined {
  if (expect === undefined) {
    if (names.row === null) return "there is no row";
    const [[column, value] = ["", null]] = Object.entries(names.row as JsonObject);
    return isYes(value) ? undefined : `\`${column}\` is ${JSON.stringify(value)}`;
  }
  const evaluated = host.work.evaluate(expect, names);
  if (!evaluated.ok) return `\`expect\` can't be evaluated: ${evaluated.message}`;
  return evaluated.value === true ? undefined : `\`expect\` gave ${JSON.stringify(evaluated.value)}`;
}

function isYes(value: JsonValue): boolean {
  return value !== null && value !== false && value !== 0 && value !== "";
}
