import type { TaskState } from "../../core/index.ts";
import type { RunRow, TaskRunRow } from "../../engine/index.ts";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { formatElapsed } from "./elapsed.ts";
import { runStateStyle, STATE_STYLES } from "./state-style.ts";
import { type Line, plainText, type Style } from "./text.ts";

const DIM: Style = { dim: true };

/** What is shown of a long list; the line after it says how to see the rest. */
const FAILURES_MAX = 10;
const OUTPUT_TASKS_MAX = 20;
const LOG_TAIL_LINES_MAX = 10;
/** Characters of one output that are shown. */
const OUTPUT_TEXT_MAX = 200;

/** Why a task run failed. */
export interface SummaryFailure {
  readonly key: string;
  readonly attempt: number;
  readonly message: string;
  readonly reason?: string;
  readonly log_tail: readonly string[];
}

/** How a run ended, for people and for programs. */
export interface RunSummary {
  readonly run_id: string;
  readonly pipeline: string;
  readonly state: RunRow["state"];
  readonly why?: string;
  /** From the start of the run to its end; absent when it never started. */
  readonly duration_ms?: number;
  /** Task runs by state. */
  readonly counts: Readonly<Partial<Record<TaskState, number>>>;
  readonly failures: readonly SummaryFailure[];
  /** Outputs by task run: a `for_each` has them by item. */
  readonly outputs: Readonly<Record<string, JsonValue>>;
}

/** Sums a run up from the tables that the store keeps. */
export function summarise(run: RunRow, task_runs: readonly TaskRunRow[]): RunSummary {
  const counts: Partial<Record<TaskState, number>> = {};
  const failures: SummaryFailure[] = [];
  const outputs: Record<string, JsonValue> = {};
  // A mapped task fails because an item did: the items say why.
  const mapped = new Set(task_runs.filter((row) => row.index !== undefined).map((row) => row.task));
  for (const row of task_runs) {
    counts[row.state] = (counts[row.state] ?? 0) + 1;
    if (row.state === "failed" && !(row.index === undefined && mapped.has(row.task))) failures.push(failureOf(row));
    if (row.outputs !== undefined && Object.keys(row.outputs).length > 0) outputs[row.key] = row.outputs;
  }
  return {
    run_id: run.run_id,
    pipeline: run.pipeline,
    state: run.state,
    ...(run.why === undefined ? {} : { why: run.why }),
    ...(run.started_at === undefined || run.finished_at === undefined
      ? {}
      : { duration_ms: run.finished_at - run.started_at }),
    counts,
    failures,
    outputs,
  };
}

function failureOf(row: TaskRunRow): SummaryFailure {
  const { message, reason, log_tail } = row.failure ?? {};
  return {
    key: row.key,
    attempt: row.attempt,
    message: typeof message === "string" ? message : (row.why ?? "it failed"),
    ...(typeof reason === "string" ? { reason } : {}),
    log_tail: Array.isArray(log_tail) ? log_tail.filter((line) => typeof line === "string") : [],
  };
}

/**
 * The summary for people: how the run ended, what each failure said with the command that shows its
 * whole log, the outputs, and how to go on.
 */
export function renderSummary(summary: RunSummary, symbols: "unicode" | "ascii" | "none"): readonly Line[] {
  const { symbol, ascii, style } = runStateStyle(summary.state);
  const mark: Line = symbols === "none" ? [] : [{ text: `${symbols === "unicode" ? symbol : ascii} `, style }];
  const took = summary.duration_ms === undefined ? "" : ` after ${formatElapsed(summary.duration_ms)}`;
  const why = summary.why === undefined ? "" : `: ${plainText(summary.why)}`;
  const lines: Line[] = [
    [
      ...mark,
      { text: summary.pipeline, style: { bold: true } },
      { text: " " },
      { text: summary.state, style },
      { text: `${took}${why}` },
    ],
    [{ text: `  ${tally(summary)}  run ${summary.run_id}`, style: DIM }],
  ];
  for (const failure of summary.failures.slice(0, FAILURES_MAX)) lines.push(...renderFailure(summary, failure));
  if (summary.failures.length > FAILURES_MAX) {
    const more = summary.failures.length - FAILURES_MAX;
    lines.push([{ text: `  … ${more} more failed: engine runs show ${summary.run_id}` }]);
  }
  if (summary.state === "failed" || summary.state === "cancelled") {
    lines.push([{ text: `  retry: engine runs retry ${summary.run_id} --failed` }]);
  }
  lines.push(...renderOutputs(summary));
  return lines;
}

function tally(summary: RunSummary): string {
  const states = Object.keys(STATE_STYLES) as TaskState[];
  const parts = states.flatMap((state) => {
    const count = summary.counts[state] ?? 0;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  return parts.length === 0 ? "no tasks" : parts.join(", ");
}

function renderFailure(summary: RunSummary, failure: SummaryFailure): readonly Line[] {
  const attempt = failure.attempt > 1 ? ` (attempt ${failure.attempt})` : "";
  const tail = failure.log_tail.slice(-LOG_TAIL_LINES_MAX);
  return [
    [
      { text: "  " },
      { text: failure.key, style: STATE_STYLES.failed.style },
      { text: `${attempt}: ${plainText(failure.message)}` },
    ],
    ...tail.map((line): Line => [{ text: `    | ${plainText(line)}`, style: DIM }]),
    [{ text: `    log: engine logs ${summary.run_id} ${shellWord(failure.key)}`, style: DIM }],
  ];
}

/** A task key as a shell takes it: `[` and `]` of an item would be a pattern. */
function shellWord(key: string): string {
  return /^[\w-]+$/.test(key) ? key : `'${key}'`;
}

function renderOutputs(summary: RunSummary): readonly Line[] {
  const entries = Object.entries(summary.outputs);
  if (entries.length === 0) return [];
  const lines: Line[] = [[{ text: "  outputs", style: { bold: true } }]];
  for (const [task, outputs] of entries.slice(0, OUTPUT_TASKS_MAX)) {
    lines.push([{ text: `    ${task}  ` }, { text: outputText(outputs) }]);
  }
  if (entries.length > OUTPUT_TASKS_MAX) {
    const more = entries.length - OUTPUT_TASKS_MAX;
    lines.push([{ text: `    … ${more} more tasks: engine outputs ${summary.run_id}`, style: DIM }]);
  }
  return lines;
}

function outputText(outputs: JsonValue): string {
  const text = isObject(outputs)
    ? Object.entries(outputs)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join("  ")
    : JSON.stringify(outputs);
  const shown = plainText(text);
  return shown.length > OUTPUT_TEXT_MAX ? `${shown.slice(0, OUTPUT_TEXT_MAX)}…` : shown;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
