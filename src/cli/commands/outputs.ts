import type { MetricSample } from "../../core/index.ts";
import type { AttemptRow, TaskRunRow } from "../../engine/index.ts";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { type Line, plainText } from "../live/text.ts";
import { loadConfig } from "../load.ts";
import { printJson } from "../output/json.ts";
import { page } from "../output/pager.ts";
import { layOutTable } from "../output/table.ts";
import { placeOf } from "../place/place.ts";
import { findRun } from "../run/find-run.ts";
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
  return placeOf(cli, loadConfig(cli)).read(async (store) => {
    const { run_id } = await findRun(store, named);
    const rows = await store.listTaskRuns(run_id);
    if (task !== undefined && !rows.some(({ key }) => key === task)) {
      throw usageError(`run ${run_id} has no task ${task}`, `list its tasks: engine runs show ${run_id}`);
    }
    const shown = task === undefined ? rows : rows.filter((row) => row.key === task || row.task === task);
    const byTask: JsonObject = {};
    for (const { key, outputs: values } of shown) if (hasValues(values)) byTask[key] = values;
    const attempts = latestOf(await store.listAttempts(run_id), shown);
    if (options.json) {
      const metrics = Object.fromEntries(attempts.flatMap(({ key, metrics }) => (metrics ? [[key, metrics]] : [])));
      const warnings = Object.fromEntries(attempts.flatMap(({ key, warnings }) => (warnings ? [[key, warnings]] : [])));
      printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, run_id, outputs: byTask, metrics, warnings });
      return EXIT.ok;
    }
    const cells = Object.entries(byTask).flatMap(([key, values]) =>
      Object.entries(values as JsonObject).map(([name, value]) => [key, name, plainText(asText(value))]),
    );
    const samples = attempts.flatMap(({ key, metrics = [] }) =>
      metrics.map((sample) => [key, plainText(seriesName(sample)), String(sample.value)]),
    );
    const warnings = attempts.flatMap(({ key, warnings = [] }) => warnings.map((text) => plainText(`${key}: ${text}`)));
    const width = cli.out.isTerminal ? cli.out.columns : undefined;
    const outputColumns = [{ title: "TASK" }, { title: "OUTPUT" }, { title: "VALUE", shrink: true }] as const;
    const metricColumns = [{ title: "TASK" }, { title: "METRIC", shrink: true }, { title: "VALUE" }] as const;
    const parts = [
      cells.length === 0 ? ["No outputs."] : layOutTable(outputColumns, cells, width),
      ...(samples.length === 0 ? [] : [layOutTable(metricColumns, samples, width)]),
      ...(warnings.length === 0 ? [] : [warnings]),
    ];
    await page(cli, apart(parts));
    return EXIT.ok;
  });
}

/** Parts with an empty line between them. */
function apart(parts: readonly (readonly (Line | string)[])[]): readonly (Line | string)[] {
  const lines: (Line | string)[] = [];
  for (const part of parts) lines.push(...(lines.length === 0 ? part : ["", ...part]));
  return lines;
}

/** The attempt of each task run that its state comes from. */
function latestOf(attempts: readonly AttemptRow[], shown: readonly TaskRunRow[]): readonly AttemptRow[] {
  const latest = new Map(shown.map(({ key, attempt }) => [key, attempt]));
  return attempts.filter(({ key, attempt }) => latest.get(key) === attempt);
}

/** As Prometheus writes it: `rows{table="orders"}`. */
function seriesName({ name, labels }: MetricSample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

function hasValues(values: JsonObject | undefined): values is JsonObject {
  return values !== undefined && Object.keys(values).length > 0;
}

function asText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
