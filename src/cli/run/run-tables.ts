import type { EpochMs } from "../../core/index.ts";
import type { AttemptRow, RunRow, TaskRunRow } from "../../engine/index.ts";
import { formatElapsed } from "../live/elapsed.ts";
import { runStateStyle, STATE_STYLES } from "../live/state-style.ts";
import { type Line, plainText, type Span } from "../live/text.ts";
import { type Cell, layOutTable } from "../output/table.ts";
import { exactTime, relativeTime, timeForPeople } from "../output/time.ts";

/** Runs as a table, one line each. With a width, what may be long is cut. */
export function renderRunList(rows: readonly RunRow[], now: EpochMs, width: number | undefined): readonly Line[] {
  const columns = [
    { title: "RUN" },
    { title: "PIPELINE", shrink: true },
    { title: "STATE" },
    { title: "TRIGGER", drop: 2 },
    { title: "LOGICAL DATE", drop: 1 },
    { title: "CREATED", drop: 4 },
    { title: "TOOK", align: "right", drop: 3 },
  ] as const;
  return layOutTable(
    columns,
    rows.map((row): readonly Cell[] => [
      row.run_id,
      row.pipeline,
      { text: row.state, style: runStateStyle(row.state).style },
      row.trigger,
      exactTime(row.logical_date),
      relativeTime(row.created_at, now),
      tookText(row, now),
    ]),
    width,
  );
}

function tookText(row: { readonly started_at?: EpochMs; readonly finished_at?: EpochMs }, now: EpochMs): string {
  return row.started_at === undefined ? "" : formatElapsed((row.finished_at ?? now) - row.started_at);
}

export interface RunDetails {
  readonly run: RunRow;
  readonly task_runs: readonly TaskRunRow[];
  readonly attempts: readonly AttemptRow[];
  /** What else is to be said of its state. */
  readonly note?: string | undefined;
  /** What queued tasks wait for, by task, where that is known. */
  readonly waits?: ReadonlyMap<string, string>;
}

/** One run: what it was made from, how it stands, and its tasks. */
export function renderRunDetails(
  { run, task_runs, attempts, note, waits = new Map() }: RunDetails,
  now: EpochMs,
  width: number | undefined,
): readonly Line[] {
  const facts: (readonly [string, Span])[] = [
    ["run", { text: run.run_id }],
    ["pipeline", { text: `${run.pipeline} (version ${run.version.slice(0, 12)})` }],
    ["state", { text: run.state, style: runStateStyle(run.state).style }],
    ...(note === undefined ? [] : ([["", { text: note }]] as const)),
    ...(run.why === undefined ? [] : ([["why", { text: plainText(run.why) }]] as const)),
    ...noteFacts(run, now),
    ["trigger", { text: `${run.trigger}, by ${run.by}` }],
    ...(run.revision === undefined ? [] : ([["commit", { text: run.revision }]] as const)),
    ["logical date", { text: exactTime(run.logical_date) }],
    ["created", { text: timeForPeople(run.created_at, now) }],
    ...(run.started_at === undefined ? [] : ([["took", { text: tookText(run, now) }]] as const)),
    ...(Object.keys(run.params).length === 0
      ? []
      : ([["params", { text: plainText(JSON.stringify(run.params)) }]] as const)),
  ];
  return [
    ...facts.map(([name, value]): Line => [{ text: name.padEnd(14), style: { dim: true } }, value]),
    [{ text: "" }],
    ...renderTasks(inOrder(task_runs), { attempts, waits }, now, width),
  ];
}

/** What somebody wrote about it, line by line. */
function noteFacts({ note }: RunRow, now: EpochMs): readonly (readonly [string, Span])[] {
  if (note === undefined) return [];
  const lines = note.text
    .split("\n")
    .map((line, index) => [index === 0 ? "note" : "", { text: plainText(line) }] as const);
  return [...lines, ["", { text: `by ${plainText(note.by)}, ${timeForPeople(note.at, now)}`, style: { dim: true } }]];
}

/** As they started; then those that never did. Items stand after their task. */
function inOrder(task_runs: readonly TaskRunRow[]): readonly TaskRunRow[] {
  const began = new Map<string, number>();
  for (const row of task_runs) {
    const at = row.started_at ?? (row.index === undefined ? row.finished_at : undefined) ?? Number.POSITIVE_INFINITY;
    began.set(row.task, Math.min(began.get(row.task) ?? Number.POSITIVE_INFINITY, at));
  }
  const beganAt = (row: TaskRunRow): number => began.get(row.task) ?? Number.POSITIVE_INFINITY;
  return [...task_runs].sort((a, b) => {
    const [one, other] = [beganAt(a), beganAt(b)];
    if (one !== other) return one < other ? -1 : 1;
    if (a.task !== b.task) return a.task < b.task ? -1 : 1;
    return (a.index ?? -1) - (b.index ?? -1);
  });
}

function renderTasks(
  task_runs: readonly TaskRunRow[],
  { attempts, waits }: Pick<Required<RunDetails>, "attempts" | "waits">,
  now: EpochMs,
  width: number | undefined,
): readonly Line[] {
  const attemptsOf = new Map<string, number>();
  for (const { key } of attempts) attemptsOf.set(key, (attemptsOf.get(key) ?? 0) + 1);
  const columns = [
    { title: "TASK" },
    { title: "STATE" },
    { title: "ATTEMPTS", align: "right", drop: 1 },
    { title: "TOOK", align: "right", drop: 2 },
    { title: "WHY", shrink: true },
  ] as const;
  const rows = task_runs.map((row): readonly Cell[] => {
    const message = row.failure?.message;
    const waits_for = row.state === "queued" ? waits.get(row.task) : undefined;
    const why = typeof message === "string" ? message : (row.why ?? waits_for);
    return [
      row.key,
      { text: row.state, style: STATE_STYLES[row.state].style },
      String(attemptsOf.get(row.key) ?? ""),
      tookText(row, now),
      { text: plainText(why ?? ""), style: { dim: true } },
    ];
  });
  return layOutTable(columns, rows, width);
}
