import type { EpochMs, TaskState } from "../../core/index.ts";
import { formatElapsed } from "./elapsed.ts";
import { runStateStyle, STATE_STYLES, spinnerFrame } from "./state-style.ts";
import { fitLine, fitText, type Line, plainText, type Span, type Style, textWidth } from "./text.ts";
import type { TreeRow } from "./tree.ts";
import { isFinalState, type RunView, type TaskView } from "./view.ts";

const DIM: Style = { dim: true };
const BOLD: Style = { bold: true };

/** Columns for a task's time; the longest that `formatElapsed` gives. */
const ELAPSED_COLUMNS = 7;
/** Columns of the bar that shows how far a mapped task is. */
const BAR_COLUMNS = 10;
/** The part of the width that connectors and names may take, and the least they get. */
const NAME_SHARE = 0.4;
const NAME_COLUMNS_MIN = 8;

/** Where a frame is drawn. */
export interface Viewport {
  readonly width: number;
  readonly height: number;
  /** False where only ASCII can be shown. */
  readonly unicode: boolean;
}

/**
 * Draws a run: a header, the tree of its tasks, and a notice. Pure. Gives at most `height` lines of
 * at most `width` columns; where the tree is higher, what is live, failed or recent is kept, in
 * its order, and one line says what is left out.
 */
export function renderRun(view: RunView, viewport: Viewport, now: EpochMs): readonly Line[] {
  const lines: Line[] = [header(view, viewport, now)];
  const notice = view.notice === undefined || viewport.height < 3 ? [] : [[{ text: view.notice, style: BOLD }]];
  const room = Math.max(viewport.height - 1 - notice.length, 0);
  const shown = chooseRows(view, room);
  const nameColumns = nameWidth(shown, viewport.width);
  for (const row of shown) {
    const task = view.tasks.get(row.id);
    if (task !== undefined) lines.push(taskLine(row, task, nameColumns, viewport, now));
  }
  if (shown.length < view.rows.length && room > 0) lines.push(leftOut(view, shown));
  lines.push(...notice);
  const fitted = lines.slice(0, Math.max(viewport.height, 0)).map((line) => fitLine(line, viewport.width));
  return viewport.unicode ? fitted : fitted.map(withoutEllipsis);
}

/** Where only ASCII can be shown, `~` says that something was cut. */
function withoutEllipsis(line: Line): Line {
  return line.map((span) => ({ ...span, text: span.text.replaceAll("…", "~") }));
}

function header(view: RunView, viewport: Viewport, now: EpochMs): Line {
  const line: Span[] = [
    symbolOf(view.state, viewport, now),
    { text: ` ${view.pipeline}`, style: BOLD },
    { text: `  ${view.state}`, style: runStateStyle(view.state).style },
  ];
  if (view.started_at !== undefined) {
    const ended = view.finished_at;
    line.push({ text: `  ${formatElapsed((ended ?? now) - view.started_at, ended !== undefined)}` });
  }
  line.push({ text: `  ${finalCount(view)}/${view.tasks.size} done` });
  for (const state of ["running", "up_for_retry", "waiting", "failed"] as const) {
    const count = view.counts[state] ?? 0;
    if (count > 0) line.push({ text: `  ${count} ${state}`, style: STATE_STYLES[state].style });
  }
  line.push({ text: `  ${view.run_id}`, style: DIM });
  return line;
}

function finalCount(view: RunView): number {
  return countsOf(view.counts).reduce((sum, [state, count]) => sum + (isFinalState(state) ? count : 0), 0);
}

function countsOf(counts: Partial<Record<TaskState, number>>): readonly [TaskState, number][] {
  return (Object.entries(counts) as [TaskState, number][]).filter(([, count]) => count > 0);
}

function symbolOf(state: TaskState, viewport: Viewport, now: EpochMs): Span {
  const { symbol, ascii, style } = STATE_STYLES[state];
  const text = state === "running" ? spinnerFrame(now, viewport.unicode) : viewport.unicode ? symbol : ascii;
  return { text, style };
}

function taskLine(row: TreeRow, task: TaskView, nameColumns: number, viewport: Viewport, now: EpochMs): Line {
  const prefix = viewport.unicode ? row.prefix : asciiPrefix(row.prefix);
  const name = fitText(row.id, Math.max(nameColumns - textWidth(prefix), 1));
  const gap = " ".repeat(Math.max(nameColumns - textWidth(prefix) - textWidth(name), 0));
  return [
    { text: prefix, style: DIM },
    symbolOf(task.state, viewport, now),
    task.state === "none" ? { text: ` ${name}${gap}`, style: DIM } : { text: ` ${name}${gap}` },
    { text: ` ${elapsedOf(task, now).padStart(ELAPSED_COLUMNS)}`, style: DIM },
    ...detail(task, viewport, now),
  ];
}

function asciiPrefix(prefix: string): string {
  return prefix.replaceAll("├", "|").replaceAll("│", "|").replaceAll("└", "`");
}

function elapsedOf(task: TaskView, now: EpochMs): string {
  if (task.started_at === undefined || task.state === "none" || task.state === "queued") return "";
  return formatElapsed((task.finished_at ?? now) - task.started_at, task.finished_at !== undefined);
}

function detail(task: TaskView, viewport: Viewport, now: EpochMs): readonly Span[] {
  const spans: Span[] = task.items === undefined ? [...attemptDetail(task)] : [...itemsDetail(task.items, viewport)];
  if (task.stopping) spans.push({ text: "  stopping", style: STATE_STYLES.up_for_retry.style });
  if (task.items === undefined && task.state === "up_for_retry" && task.wake_at !== undefined) {
    spans.push({ text: ` in ${countdown(task.wake_at, now)}`, style: STATE_STYLES.up_for_retry.style });
  }
  const said = lastWord(task);
  if (said !== undefined && said !== "") spans.push({ text: `  ${plainText(said)}`, style: DIM });
  return spans;
}

/** What it said last, or why it is as it is. */
function lastWord(task: TaskView): string | undefined {
  switch (task.state) {
    case "running":
    case "waiting":
      return task.last_line;
    case "up_for_retry":
      return task.last_failure;
    case "none":
    case "scheduled":
    case "queued":
    case "success":
      return undefined;
    case "failed":
      return task.why ?? task.last_failure;
    case "skipped":
    case "upstream_failed":
    case "cancelled":
      return task.why;
  }
}

/** Counts up to the whole second that is still to come, so that it never shows 0 before it is due. */
function countdown(at: EpochMs, now: EpochMs): string {
  return formatElapsed(Math.ceil((at - now) / 1000) * 1000, false);
}

function attemptDetail(task: TaskView): readonly Span[] {
  const next = task.retries_used + 1;
  if (next <= 1) return [];
  const retried = task.state === "running" || task.state === "up_for_retry";
  return [
    {
      text: `  attempt ${next}/${Math.max(task.retries_max + 1, next)}`,
      style: retried ? STATE_STYLES.up_for_retry.style : DIM,
    },
  ];
}

function itemsDetail(items: Partial<Record<TaskState, number>>, viewport: Viewport): readonly Span[] {
  const counts = countsOf(items);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const done = counts.reduce((sum, [state, count]) => sum + (isFinalState(state) ? count : 0), 0);
  const full = total === 0 ? BAR_COLUMNS : Math.floor((done / total) * BAR_COLUMNS);
  const [on, off] = viewport.unicode ? ["█", "░"] : ["#", "."];
  const spans: Span[] = [
    { text: `  ${on.repeat(full)}${off.repeat(BAR_COLUMNS - full)}`, style: STATE_STYLES.success.style },
    { text: ` ${done}/${total}` },
  ];
  for (const state of ["failed", "up_for_retry", "running", "cancelled"] as const) {
    const count = items[state] ?? 0;
    if (count > 0) spans.push({ text: `  ${count} ${state}`, style: STATE_STYLES[state].style });
  }
  return spans;
}

function nameWidth(rows: readonly TreeRow[], width: number): number {
  const widest = rows.reduce((max, row) => Math.max(max, textWidth(row.prefix) + textWidth(row.id)), 0);
  return Math.min(widest, Math.max(Math.floor(width * NAME_SHARE), NAME_COLUMNS_MIN));
}

/** Lower is shown first where there is not room for all. */
function rankOf(state: TaskState): number {
  switch (state) {
    case "running":
    case "waiting":
    case "up_for_retry":
      return 0;
    case "failed":
      return 1;
    case "queued":
    case "scheduled":
      return 2;
    case "success":
    case "skipped":
    case "upstream_failed":
    case "cancelled":
      return 3;
    case "none":
      return 4;
  }
}

/** The rows that fit, in the tree's order; one line less when something must be left out, for saying so. */
function chooseRows(view: RunView, room: number): readonly TreeRow[] {
  if (view.rows.length <= room) return view.rows;
  const places = Math.max(room - 1, 0);
  const ranks: { row: TreeRow; at: number; finished_at: number }[][] = [[], [], [], [], []];
  for (const [at, row] of view.rows.entries()) {
    const task = view.tasks.get(row.id);
    if (task !== undefined) ranks[rankOf(task.state)]?.push({ row, at, finished_at: task.finished_at ?? 0 });
  }
  // Of what is done, the latest.
  ranks[3]?.sort((a, b) => b.finished_at - a.finished_at || b.at - a.at);
  const chosen = ranks.flat().slice(0, places);
  return chosen.sort((a, b) => a.at - b.at).map(({ row }) => row);
}

function leftOut(view: RunView, shown: readonly TreeRow[]): Line {
  const left = new Map(countsOf(view.counts));
  for (const row of shown) {
    const state = view.tasks.get(row.id)?.state ?? "none";
    left.set(state, (left.get(state) ?? 0) - 1);
  }
  const parts = [...left].filter(([, count]) => count > 0).map(([state, count]) => `${count} ${state}`);
  return [{ text: `… ${view.rows.length - shown.length} more: ${parts.join(", ")}`, style: DIM }];
}
