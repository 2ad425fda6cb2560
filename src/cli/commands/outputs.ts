import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { plainText } from "../live/text.ts";
import { loadConfig } from "../load.ts";
import { printJson } from "../output/json.ts";
import { page } from "../output/pager.ts";
import { layOutTable } from "../output/table.ts";
import { findRun } from "../run/find-run.ts";
import { withStoreToRead } from "../run/session.ts";
import type { Cli } from "../terminal.ts";

export const define: DefineCommand = (command, act) => {
  command
    .argument("<run>", "a run's id, the beginning of one, or `latest`")
    .argument("[task]", "only this task's; one item of a for_each as 'task[3]'")
    .option("--json", "print JSON")
    .action(act(outputs));
};

async function outputs(
  cli: Cli,
  named: string,
  task: string | undefined,
  options: { readonly json?: true },
): Promise<number> {
  return withStoreToRead(loadConfig(cli).data, async (store) => {
    const { run_id } = await findRun(store, named);
    const rows = await store.listTaskRuns(run_id);
    if (task !== undefined && !rows.some(({ key }) => key === task)) {
      throw usageError(`run ${run_id} has no task ${task}`, `list its tasks: engine runs show ${run_id}`);
    }
    const shown = task === undefined ? rows : rows.filter((row) => row.key === task || row.task === task);
    const byTask: JsonObject = {};
    for (const { key, outputs: values } of shown) if (hasValues(values)) byTask[key] = values;
    if (options.json) {
      printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, run_id, outputs: byTask });
      return EXIT.ok;
    }
    const cells = Object.entries(byTask).flatMap(([key, values]) =>
      Object.entries(values as JsonObject).map(([name, value]) => [key, name, plainText(asText(value))]),
    );
    if (cells.length === 0) {
      cli.out.line("No outputs.");
      return EXIT.ok;
    }
    const columns = [{ title: "TASK" }, { title: "OUTPUT" }, { title: "VALUE", shrink: true }] as const;
    await page(cli, layOutTable(columns, cells, cli.out.isTerminal ? cli.out.columns : undefined));
    return EXIT.ok;
  });
}

function hasValues(values: JsonObject | undefined): values is JsonObject {
  return values !== undefined && Object.keys(values).length > 0;
}

function asText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
