import { describe, expect, test } from "vitest";
import { bucketsOf, momentsOf, stacked, valuesAt } from "../../../../src/web/preview/lib/grid.ts";
import { tableOf } from "../../../../src/web/preview/lib/table.ts";

const row = (labels: Readonly<Record<string, string>>, value: number) => ({ labels, points: [[60, value]] as const });

describe("a table", () => {
  const passed = [row({ task: "load", check: "rows" }, 1), row({ task: "store", check: "rows" }, 0)];
  const values = [row({ task: "store", check: "rows" }, 12), row({ task: "load", check: "rows" }, 7)];
  const answers = [
    { refId: "A", series: passed },
    { refId: "B", series: values },
  ];

  test("joins its answers by all labels that they share, and calls and sorts columns as it is told", () => {
    const transformations = [
      { id: "merge", options: {} },
      {
        id: "organize",
        options: {
          excludeByName: { Time: true },
          indexByName: { task: 0 },
          renameByName: { "Value #A": "Passed", "Value #B": "Value" },
        },
      },
    ];
    expect(tableOf(answers, transformations)).toEqual({
      columns: ["task", "check", "Passed", "Value"],
      rows: [
        ["load", "rows", 1, 7],
        ["store", "rows", 0, 12],
      ],
    });
  });

  test("has an empty cell where an answer has no such row, and no column of an answer without rows", () => {
    const some = [...answers.slice(0, 1), { refId: "B", series: values.slice(0, 1) }, { refId: "C", series: [] }];
    const { columns, rows } = tableOf(some, [{ id: "merge" }]);
    expect(columns).toEqual(["Time", "check", "task", "Value #A", "Value #B"]);
    expect(rows).toEqual([
      [60, "rows", "load", 1, undefined],
      [60, "rows", "store", 0, 12],
    ]);
  });

  test("calls its only answer as Grafana does", () => {
    expect(tableOf([{ refId: "A", series: passed.slice(0, 1) }], []).columns).toEqual([
      "Time",
      "check",
      "task",
      "Value",
    ]);
    expect(tableOf([], [{ id: "merge" }])).toEqual({ columns: [], rows: [] });
  });
});

describe("series on a grid of moments", () => {
  const moments = momentsOf(60, 240, 60);
  const of = (le: string, ...counts: readonly (number | null)[]) => ({
    labels: { le },
    points: counts.map((count, i) => [60 + i * 60, count] as const),
  });

  test("have nothing where they have no point", () => {
    expect(moments).toEqual([60, 120, 180, 240]);
    expect(
      valuesAt(
        {
          labels: {},
          points: [
            [120, 5],
            [240, null],
          ],
        },
        moments,
        60,
      ),
    ).toEqual([null, 5, null, null]);
  });

  test("are stacked on those before them", () => {
    expect(
      stacked([
        [1, null, 2],
        [3, 4, null],
        [null, null, 1],
      ]),
    ).toEqual([
      [1, null, 2],
      [4, 4, 2],
      [4, 4, 3],
    ]);
  });

  test("are taken apart where buckets count those below them too", () => {
    const series = [of("+Inf", 9, 9), of("10", 9, 4), of("5", 2, 4)];
    expect(bucketsOf(series, moments.slice(0, 2), 60)).toEqual([
      { le: "5", counts: [2, 4] },
      { le: "10", counts: [7, 0] },
      { le: "+Inf", counts: [0, 5] },
    ]);
  });
});
