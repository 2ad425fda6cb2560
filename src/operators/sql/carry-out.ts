import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { AttemptOutcome, Failure } from "../../core/index.ts";
import type { AttemptWork } from "../../engine/index.ts";
import type { JsonObject } from "../../lib/index.ts";
import type { AttemptHost } from "../operator.ts";
import { CommitUnknown, refuse, SqlFailure } from "./failure.ts";
import { runPostgres } from "./postgres.ts";
import { dropRows, keepRows, type RowTarget } from "./row-file.ts";
import type { Dialect, SqlResult, SqlSettings } from "./settings.ts";
import { runSqlite } from "./sqlite.ts";
import { rulesTransaction, statementsOf } from "./statements.ts";
import type { SqlWork } from "./work.ts";

/** Carries the statements of the attempt out and makes its outcome of what the last one gives. */
export async function carryOut(host: AttemptHost): Promise<AttemptOutcome> {
  try {
    let outputs: JsonObject = {};
    const { row_count } = await ask(host.work.config as unknown as SqlSettings, host, async (result) => {
      const checked = await host.checkOutputs(byName(result, host.work), resultNames(result));
      if (!checked.ok) throw new SqlFailure({ reason: "output_invalid", message: checked.message });
      outputs = checked.outputs;
    });
    host.log(`${row_count} ${row_count === 1 ? "row" : "rows"}`);
    return { state: "success", outputs };
  } catch (error) {
    if (error instanceof CommitUnknown) return { state: "lost", message: error.message };
    return { state: "failed", failure: sqlFailureOf(error, host) };
  }
}

/** What an error of `ask` means. @throws what is none of its errors */
export function sqlFailureOf(error: unknown, { stopReason }: AttemptHost): Failure {
  if (stopReason !== undefined) {
    const how = stopReason === "timeout" ? "took longer than their timeout" : "were cancelled";
    return { reason: stopReason, message: `the statements ${how}` };
  }
  if (error instanceof SqlFailure) return error.failure;
  throw error;
}

/** What expressions see of a result. */
export function resultNames({ rows, row_count }: SqlResult): JsonObject {
  return { row: rows[0] ?? null, rows: [...rows], row_count };
}

/**
 * Asks the database. `accept` looks at the result before anything is kept, and refuses it by a throw.
 * @throws SqlFailure, CommitUnknown; anything when the attempt was told to stop
 */
export async function ask(
  settings: SqlSettings,
  { work, signal }: Pick<AttemptHost, "work" | "signal">,
  accept: (result: SqlResult) => Promise<void>,
): Promise<SqlResult> {
  const { connection = {} } = work;
  const dialect = connection.type as Dialect;
  const source = settings.query ?? readStatements(resolve(work.cwd, settings.file ?? ""));
  const statements = statementsOf(source, dialect, settings.params);
  if (statements.length === 0)
    refuse(`there is no statement in the \`${settings.file === undefined ? "query" : "file"}\``);
  const ruling = settings.transaction ? statements.find(rulesTransaction) : undefined;
  if (ruling !== undefined) {
    refuse(`the statements have a ${ruling.verb} of their own: leave it out, or set \`transaction: false\``);
  }
  const save = settings.save_to === undefined ? undefined : targetOf(settings.save_to, work);
  const asked: SqlWork = {
    connection,
    name: `engine ${work.run_id} ${work.key}`,
    source,
    statements,
    transaction: settings.transaction,
    max_rows: settings.max_rows,
    ...(save === undefined ? {} : { save }),
  };
  const run = dialect === "sqlite" ? runSqlite : runPostgres;
  try {
    const result = await run(asked, accept, signal);
    if (save !== undefined) keepRows(save);
    return result;
  } finally {
    if (save !== undefined) dropRows(save);
  }
}

function targetOf(save_to: string, { cwd, run_id, key, attempt }: AttemptWork): RowTarget {
  const path = resolve(cwd, save_to);
  if (!/\.(?:csv|jsonl)$/.test(path)) refuse(`\`save_to\` is ${path}, and has to end with .csv or .jsonl`);
  return { path, part: `${path}.${run_id}-${key}-${attempt}.part` };
}

function readStatements(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refuse(`the file ${path} can't be read: ${code} (\`file\` is relative to the task's \`cwd\`)`, "not_found");
  }
}

/** The declared outputs without a `value`, by the columns of that name in the first row. */
function byName({ rows: [row = {}] }: SqlResult, { outputs, output_values }: AttemptWork): JsonObject {
  const wanted = Object.keys(outputs).filter((name) => !Object.hasOwn(output_values, name));
  return Object.fromEntries(wanted.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]])));
}
