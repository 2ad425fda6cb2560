import type { Series, Transformation } from "./model.ts";

/** A cell: a text of a label, or a number; undefined where there is none. */
export type Cell = string | number | undefined;

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

interface Frame {
  readonly columns: readonly string[];
  readonly rows: readonly ReadonlyMap<string, Cell>[];
}

const TIME = "Time";

/** The answers of a table's queries, with its transformations done. Of several answers that nothing joins, the first is shown. */
export function tableOf(
  answers: readonly { readonly refId: string; readonly series: readonly Series[] }[],
  transformations: readonly Transformation[],
): Table {
  let frames = answers.map(({ refId, series }) => frameOf(series, answers.length === 1 ? "Value" : `Value #${refId}`));
  for (const { id, options } of transformations) {
    if (id === "merge") frames = [merged(frames)];
    if (id === "organize") frames = frames.map((frame) => organized(frame, options ?? {}));
  }
  const { columns, rows } = frames[0] ?? { columns: [], rows: [] };
  return { columns, rows: rows.map((row) => columns.map((column) => row.get(column))) };
}

/** One row for each series, with its labels in columns, and the last of its values. */
function frameOf(series: readonly Series[], value: string): Frame {
  const labels = [...new Set(series.flatMap((each) => Object.keys(each.labels)))].sort();
  return {
    columns: [TIME, ...labels, value],
    rows: series.map((each) => {
      const [at, last] = each.points.at(-1) ?? [];
      return new Map<string, Cell>([[TIME, at], ...Object.entries(each.labels), [value, last ?? undefined]]);
    }),
  };
}

/** Rows that have the same in all columns that every frame has become one. A frame without rows has no say. */
function merged(all: readonly Frame[]): Frame {
  const frames = all.filter(({ rows }) => rows.length > 0);
  const shared = (frames[0]?.columns ?? []).filter((column) => frames.every(({ columns }) => columns.includes(column)));
  // Labels first, values after them, as the frames have them.
  const columns = [...new Set([...shared, ...frames.flatMap((frame) => frame.columns)])];
  const rows = new Map<string, Map<string, Cell>>();
  for (const row of frames.flatMap((frame) => frame.rows)) {
    const key = JSON.stringify(shared.map((column) => row.get(column) ?? null));
    const before = rows.get(key);
    if (before === undefined) rows.set(key, new Map(row));
    else for (const [column, cell] of row) before.set(column, cell);
  }
  return { columns, rows: [...rows.values()] };
}

function organized(
  { columns, rows }: Frame,
  { excludeByName = {}, indexByName = {}, renameByName = {} }: NonNullable<Transformation["options"]>,
): Frame {
  const named = (column: string): string => renameByName[column] || column;
  const place = (column: string): number => indexByName[column] ?? Number.POSITIVE_INFINITY;
  const kept = columns.filter((column) => excludeByName[column] !== true);
  const sorted = kept.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
  return {
    columns: sorted.map(named),
    rows: rows.map((row) => new Map([...row].map(([column, cell]) => [named(column), cell]))),
  };
}
