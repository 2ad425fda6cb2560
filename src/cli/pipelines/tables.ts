import type { EpochMs } from "../../core/index.ts";
import type { RunRow } from "../../engine/index.ts";
import type { Pipeline } from "../../language/index.ts";
import { formatDuration } from "../../lib/index.ts";
import { runStateStyle, STATE_STYLES } from "../live/state-style.ts";
import { type Line, plainText, type Span, type Style } from "../live/text.ts";
import { topologicalOrder } from "../live/tree.ts";
import { renderMarkdown } from "../output/markdown.ts";
import { type Cell, layOutTable } from "../output/table.ts";
import { relativeTime, timeForPeople } from "../output/time.ts";
import { count } from "../output/words.ts";
import { type ListedPipeline, scheduleWords } from "./listed.ts";

const DIM: Style = { dim: true };
/** Columns of the names before the facts of a pipeline. */
const NAME_COLUMNS = 14;
/** The width of its documentation where there is no terminal. */
const DOC_COLUMNS = 100;

/** Pipelines as a table, one line each. With a width, what may be long is cut. */
export function renderPipelineList(
  listed: readonly ListedPipeline[],
  now: EpochMs,
  width: number | undefined,
): readonly Line[] {
  const columns = [
    { title: "PIPELINE" },
    { title: "FILE", shrink: true, drop: 2 },
    { title: "SCHEDULE", shrink: true, drop: 4 },
    { title: "TASKS", align: "right", drop: 1 },
    { title: "FINDINGS", drop: 3 },
    { title: "LAST RUN" },
  ] as const;
  const rows = listed.map((each): readonly Cell[] => [
    each.name,
    each.file,
    `${scheduleWords(each.outline?.schedule)}${each.paused ? " (paused)" : ""}`,
    each.outline === undefined ? "" : String(each.outline.tasks),
    findings(each),
    each.last_run === undefined ? "" : stateSpan(each.last_run, ` ${relativeTime(each.last_run.created_at, now)}`),
  ]);
  return layOutTable(columns, rows, width);
}

function findings({ errors, warnings, still_live }: ListedPipeline): Cell {
  const words = [
    ...(errors > 0 ? [`${count(errors, "error")}${still_live === undefined ? "" : "; last good version live"}`] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
  ].join(", ");
  if (words === "") return { text: "none", style: DIM };
  return { text: words, style: (errors > 0 ? STATE_STYLES.failed : STATE_STYLES.up_for_retry).style };
}

function stateSpan({ state }: RunRow, more: string): Span {
  return { text: `${state}${more}`, style: runStateStyle(state).style };
}

/** One pipeline: what it is, when it runs, its params, its tasks and its documentation. */
export function renderPipeline(
  pipeline: Pipeline,
  last_run: RunRow | undefined,
  now: EpochMs,
  width: number | undefined,
): readonly Line[] {
  const facts = factsOf(pipeline).map(([name, text]): [string, Span] => [name, { text: plainText(text) }]);
  if (last_run !== undefined) {
    const { run_id, created_at } = last_run;
    facts.push(["last run", stateSpan(last_run, `, ${timeForPeople(created_at, now)}: ${run_id}`)]);
  }
  return [
    ...facts.map(([name, value]): Line => [{ text: name.padEnd(NAME_COLUMNS), style: DIM }, value]),
    ...(Object.keys(pipeline.params).length === 0 ? [] : [[], ...paramTable(pipeline, width)]),
    [],
    ...taskTable(pipeline, width),
    ...(pipeline.doc === undefined ? [] : [[], ...renderMarkdown(plainLines(pipeline.doc), width ?? DOC_COLUMNS)]),
  ];
}

function factsOf(pipeline: Pipeline): readonly (readonly [string, string])[] {
  const { description, owner, tags, schedule, timeout_ms } = pipeline;
  return [
    ["pipeline", pipeline.name],
    ...(description === undefined ? [] : ([["description", description]] as const)),
    ["file", pipeline.file],
    ["version", pipeline.version.slice(0, 12)],
    ...(owner === undefined ? [] : ([["owner", owner]] as const)),
    ...(tags.length === 0 ? [] : ([["tags", tags.join(", ")]] as const)),
    ["schedule", schedule === undefined ? "none: it runs by hand" : scheduleWords(schedule)],
    ...(timeout_ms === undefined ? [] : ([["timeout", formatDuration(timeout_ms)]] as const)),
    ["runs at once", `${pipeline.max_active_runs}, then ${pipeline.overlap}`],
    ["tasks at once", String(pipeline.max_active_tasks)],
  ];
}

/** Documentation keeps its lines; nothing in it may steer the terminal. */
function plainLines(text: string): string {
  return text.split("\n").map(plainText).join("\n");
}

function paramTable({ params }: Pipeline, width: number | undefined): readonly Line[] {
  const columns = [
    { title: "PARAM" },
    { title: "TYPE", drop: 1 },
    { title: "DEFAULT", shrink: true },
    { title: "DESCRIPTION", shrink: true, drop: 2 },
  ];
  const rows = Object.entries(params).map(([name, { schema, default: value }]): readonly Cell[] => [
    name,
    [schema.type ?? "any"].flat().join(" or "),
    value === undefined ? { text: "required", style: DIM } : plainText(JSON.stringify(value)),
    plainText(typeof schema.description === "string" ? schema.description : ""),
  ]);
  return layOutTable(columns, rows, width);
}

function taskTable(pipeline: Pipeline, width: number | undefined): readonly Line[] {
  const columns = [
    { title: "TASK" },
    { title: "OPERATOR", drop: 4 },
    { title: "NEEDS", shrink: true },
    { title: "TRIGGER RULE", shrink: true, drop: 2 },
    { title: "RETRIES", align: "right", drop: 1 },
    { title: "TIMEOUT", align: "right", drop: 3 },
  ] as const;
  const tasks = new Map(pipeline.tasks.map((task) => [task.id, task]));
  const rows = topologicalOrder(pipeline.tasks).map(({ id }): readonly Cell[] => {
    const task = tasks.get(id);
    if (task === undefined) return [id];
    return [
      task.for_each === undefined ? id : `${id}[]`,
      task.operator,
      task.needs.join(", "),
      task.trigger_rule === "all_success" ? { text: task.trigger_rule, style: DIM } : task.trigger_rule,
      task.retries.count === 0 ? "" : String(task.retries.count),
      task.timeout_ms === undefined ? "" : formatDuration(task.timeout_ms),
    ];
  });
  return layOutTable(columns, rows, width);
}
