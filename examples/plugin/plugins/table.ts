import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Operator, OperatorHost, OperatorOutcome } from "engine";

interface Config {
  readonly file: string;
  readonly columns: readonly string[];
  readonly min_rows: number;
  readonly interval_ms: number;
}

/** Waits for a CSV file, and checks that it is what the tasks behind it expect. */
const table: Operator = {
  name: "table",
  summary: "Waits for a CSV file, and checks its columns and rows",
  docs: `
Waits until a CSV file is there, without a slot, and fails when it lacks a column or has too few rows.

\`\`\`yaml
tasks:
  orders:
    timeout: 1h
    table: { file: data/orders.csv, columns: [id, amount], min_rows: 100 }
    outputs:
      rows: { type: integer, value: \${{ table.rows }} }
\`\`\`

Outputs see \`table.rows\`, a number, and \`table.columns\`, a list.
`,
  schema: {
    type: "object",
    description: "A CSV file, with what is expected of it.",
    properties: {
      file: { type: "string", description: "The file, from the pipeline's folder on.", minLength: 1 },
      columns: { type: "array", items: { type: "string" }, description: "Columns that it must have.", default: [] },
      min_rows: { type: "integer", minimum: 0, description: "Rows that it must have at least.", default: 1 },
      interval_ms: { type: "integer", minimum: 10, description: "The time between two looks.", default: 1000 },
    },
    required: ["file"],
    additionalProperties: false,
    examples: [{ file: "data/orders.csv", columns: ["id", "amount"] }],
  },
  secret_keys: ["columns"],
  result_names: ["table"],
  waits: true,
  start: look,
  // Looking again changes nothing.
  adopt: look,
};

async function look(host: OperatorHost): Promise<OperatorOutcome> {
  const { file, columns, min_rows, interval_ms } = host.work.config as unknown as Config;
  const path = resolve(host.work.cwd, file);
  let text = await contentOf(path);
  if (text === undefined) {
    host.log(`waiting for ${file}`);
    host.giveSlotBack();
  }
  while (text === undefined) {
    await host.sleep(interval_ms);
    if (host.signal.aborted) return failed(host.stopReason ?? "cancelled", `${file} did not come`);
    text = await contentOf(path);
  }
  const [header = "", ...rows] = text.split(/\r?\n/).filter((line) => line !== "");
  const found = header.split(",");
  const missing = columns.filter((column) => !found.includes(column));
  if (missing.length > 0) return failed("unexpected", `${file} has no column ${missing.join(", ")}`);
  if (rows.length < min_rows) return failed("unexpected", `${file} has ${rows.length} rows, not ${min_rows}`);
  host.log(`${rows.length} rows of ${found.length} columns`);
  const checked = await host.checkOutputs({}, { table: { rows: rows.length, columns: found } });
  return checked.ok ? { state: "success", outputs: checked.outputs } : failed("output_invalid", checked.message);
}

function failed(reason: "timeout" | "cancelled" | "unexpected" | "output_invalid", message: string): OperatorOutcome {
  return { state: "failed", failure: { reason, message } };
}

/** Undefined while there is no such file. */
async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export default table;
