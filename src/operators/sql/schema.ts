import type { JsonObject } from "../../lib/index.ts";

/** Rows that are kept in memory when the task doesn't say otherwise. */
const MAX_ROWS = 1_000;

/** What to do instead of an expression in a statement. */
export const BIND_IT = `bind it: write \`:name\`, and under \`params\` \`name: \${{ … }}\``;

/** JSON Schema of the keys that say what is asked, by name. */
export const QUESTION_PROPERTIES = {
  connection: {
    type: "string",
    description: "A connection of the type `postgres` or `sqlite` in engine.yaml.",
    minLength: 1,
    examples: ["warehouse"],
  },
  query: {
    type: "string",
    description: "One statement, or several with `;` between them. Values are bound with `params`.",
    minLength: 1,
    examples: ["SELECT count(*) AS n FROM sales WHERE day = :day"],
  },
  file: {
    type: "string",
    description: "A file of statements, from the task's `cwd` on.",
    minLength: 1,
    examples: ["sql/load.sql"],
  },
  params: {
    description: "Values that are bound: a mapping for `:name`, a list for `$1` (PostgreSQL) or `?1` (SQLite).",
    anyOf: [{ type: "object" }, { type: "array" }],
    examples: [{ day: `\${{ ds }}` }],
  },
} as const satisfies JsonObject;

/** JSON Schema of the operator's keys, by name. */
export const SQL_PROPERTIES: JsonObject = {
  ...QUESTION_PROPERTIES,
  transaction: {
    type: "boolean",
    description: "Whether the statements are carried out all or none.",
    default: true,
  },
  max_rows: {
    type: "integer",
    description: "How many rows there may be at most.",
    minimum: 1,
    maximum: 100_000,
    default: MAX_ROWS,
  },
  save_to: {
    type: "string",
    description: "A file that the rows are written to, from the task's `cwd` on: `.csv` or `.jsonl`.",
    // What an expression at the end gives is known when it runs.
    pattern: "(?:\\.csv|\\.jsonl|\\}\\})$",
    examples: [`out/\${{ ds }}.csv`],
  },
};

/** Fills in what was left out. */
export function withSqlDefaults(written: JsonObject): JsonObject {
  return { transaction: true, max_rows: MAX_ROWS, ...written };
}
