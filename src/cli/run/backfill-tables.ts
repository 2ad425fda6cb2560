import type { EpochMs, RunState } from "../../core/index.ts";
import { RUN_STATES } from "../../core/index.ts";
import type { BackfillRow, BackfillSlot, RunRow, SlotFate } from "../../engine/index.ts";
import { runStateStyle } from "../live/state-style.ts";
import { type Line, plainText, type Span } from "../live/text.ts";
import { type Cell, layOutTable } from "../output/table.ts";
import { exactTime, relativeTime, timeForPeople } from "../output/time.ts";
import { count } from "../output/words.ts";
import { renderRunList } from "./run-tables.ts";

const FATES: Readonly<Record<SlotFate, string>> = {
  run: "run",
  run_again: "run again",
  left_out: "left out",
};

/** What would become of each slot. */
export function renderPreview(slots: readonly BackfillSlot[], width: number | undefined): readonly Line[] {
  const columns = [{ title: "SLOT" }, { title: "WHAT" }, { title: "LAST RUN", drop: 1 }, { title: "STATE" }] as const;
  const rows = slots.map(({ slot, fate, run_id, state }): readonly Cell[] => [
    exactTime(slot),
    { text: FATES[fate], ...(fate === "left_out" && { style: { dim: true } }) },
    run_id ?? "",
    state === undefined ? "" : stateCell(state),
  ]);
  return layOutTable(columns, rows, width);
}

/** Backfills as a table, one line each. */
export function renderBackfillList(
  rows: readonly BackfillRow[],
  now: EpochMs,
  width: number | undefined,
): readonly Line[] {
  const columns = [
    { title: "BACKFILL" },
    { title: "PIPELINE", shrink: true },
    { title: "STATE" },
    { title: "FROM", drop: 3 },
    { title: "TO", drop: 3 },
    { title: "SLOTS", align: "right" },
    { title: "CREATED", drop: 2 },
    { title: "BY", shrink: true, drop: 1 },
  ] as const;
  return layOutTable(
    columns,
    rows.map((row): readonly Cell[] => [
      row.backfill_id,
      row.pipeline,
      stateCell(row.state),
      exactTime(row.from),
      exactTime(row.to),
      `${row.decided}/${row.slots.length}`,
      relativeTime(row.created_at, now),
      plainText(row.by),
    ]),
    width,
  );
}

/** One backfill: what it was asked for, how it stands, and its runs. */
export function renderBackfill(
  row: BackfillRow,
  runs: readonly RunRow[],
  now: EpochMs,
  width: number | undefined,
): readonly Line[] {
  const facts: (readonly [string, Span])[] = [
    ["backfill", { text: row.backfill_id }],
    ["pipeline", { text: row.pipeline }],
    ["state", stateCell(row.state)],
    ["range", { text: `${exactTime(row.from)} to ${exactTime(row.to)}` }],
    ["reprocess", { text: row.reprocess }],
    ["at once", { text: String(row.max_active) }],
    ["slots", { text: `${row.decided} of ${row.slots.length} dealt with` }],
    ["runs", { text: countStates(runs) }],
    ["created", { text: `${timeForPeople(row.created_at, now)}, by ${plainText(row.by)}` }],
    ...(row.finished_at === undefined ? [] : ([["ended", { text: timeForPeople(row.finished_at, now) }]] as const)),
    ...(Object.keys(row.params).length === 0
      ? []
      : ([["params", { text: plainText(JSON.stringify(row.params)) }]] as const)),
  ];
  return [
    ...facts.map(([name, value]): Line => [{ text: name.padEnd(14), style: { dim: true } }, value]),
    ...(runs.length === 0 ? [] : [[{ text: "" }], ...renderRunList(runs, now, width)]),
  ];
}

/** `3 runs: 1 running, 2 success`. */
function countStates(runs: readonly RunRow[]): string {
  const counts = RUN_STATES.flatMap((state) => {
    const number = runs.filter((run) => run.state === state).length;
    return number === 0 ? [] : [`${number} ${state}`];
  });
  return counts.length === 0 ? "none" : `${count(runs.length, "run")}: ${counts.join(", ")}`;
}

function stateCell(state: RunState): Span {
  return { text: state, style: runStateStyle(state).style };
}
