import { describe, expect, test } from "vitest";
import { sampleSource } from "../../src/monitoring/index.ts";
import { KINDS, unknownIn } from "../../src/web/preview/lib/fields.ts";
import type { Dashboard } from "../../src/web/preview/lib/model.ts";
import { fillIn, timeVariables } from "../../src/web/preview/lib/templates.ts";
import { choicesOf, labelValuesOf, offered } from "../../src/web/preview/lib/variables.ts";
import { evaluateMixin, has, renderedMixin } from "../support/monitoring/mixin.ts";

/*
 * The boards and their preview: it draws whatever they have, and has sample data for all of it.
 */

const WATCHED = {
  ...{ name: "train_model", owner: "ml", tags: ["tier:1"], tasks: ["load", "train"] },
  slo: { success_rate: 0.99, max_duration_seconds: 600, freshness_seconds: 86_400 },
  metrics: [
    { name: "model_accuracy_ratio", type: "gauge", help: "Of the held-out tenth.", labels: ["split"] },
    { name: "rows_read_total", type: "counter", labels: [] },
    { name: "batch_seconds", type: "histogram", labels: [] },
  ],
  alerts: [{ metric: "model_accuracy_ratio", op: "<", value: 0.9, severity: "warning" }],
  checks: [{ task: "load", name: "row_count" }],
} as const;
const RANGE_S = 6 * 3_600;
const [END, STEP] = [1_800_000_000, 120];

const mixin = has("jsonnet") ? evaluateMixin([WATCHED], { pipelineBoards: true }) : renderedMixin();
const boards = Object.entries(mixin.dashboards) as unknown as readonly (readonly [string, Dashboard])[];
const sample = sampleSource({
  pipelines: [{ ...WATCHED, alerts: [] }],
  declaring: () => ["train"],
  pools: ["gpu"],
});

/** Panels of what is rare: with one pipeline and one moment, nothing of the kind may have happened. */
const RARE = /^Failures in a row$/;
/** What a value of a unit can be. */
const POSSIBLE: Readonly<Record<string, (value: number) => boolean>> = {
  percentunit: (value) => value >= 0 && value <= 1.5,
  s: (value) => value >= 0 && value < 7 * 86_400,
  bytes: (value) => value >= 1e6 && value < 1e12,
  bool_yes_no: (value) => value === 0 || value === 1,
  reqps: (value) => value >= 0 && value < 100,
};

test("the mixin has boards of every kind that the preview draws, and of no other", () => {
  const kinds = new Set(boards.flatMap(([, { panels }]) => panels.map(({ type }) => type)));
  expect([...kinds].filter((kind) => !(KINDS as readonly string[]).includes(kind))).toEqual([]);
  if (has("jsonnet")) expect([...kinds].sort()).toEqual([...KINDS].sort());
});

describe.each(boards)("%s", (_, board) => {
  const choices = new Map([...choicesOf(board, new URLSearchParams()), ...timeVariables(RANGE_S)]);

  test("has nothing that the preview doesn't know", () => {
    expect(board.panels.map(unknownIn).filter((each) => each !== undefined)).toEqual([]);
  });

  test("has sample data for each panel, of values that its unit may have, and the same again", async () => {
    for (const { title, targets = [], fieldConfig } of board.panels) {
      const unit = fieldConfig?.defaults.unit ?? "short";
      for (const { expr = "", instant } of targets) {
        const at = `${title}: ${expr}`;
        const times = instant === true ? { start: END, end: END } : { start: END - RANGE_S, end: END };
        const question = { expr: fillIn(expr, choices), unit, step: STEP, ...times };
        const series = await sample.series(question);
        if (!RARE.test(title)) expect(series.length, at).toBeGreaterThan(0);
        const values = series.flatMap(({ points }) => points.map(([, value]) => value ?? Number.NaN));
        expect(
          values.filter((value) => !Number.isFinite(value)),
          at,
        ).toEqual([]);
        expect(
          values.filter((value) => !(POSSIBLE[unit]?.(value) ?? value >= 0)),
          at,
        ).toEqual([]);
        expect(await sample.series(question)).toEqual(series);
      }
    }
  });

  test("offers values for each of its variables", async () => {
    for (const variable of offered(board)) {
      const { label = "", match = "" } = labelValuesOf(variable) ?? {};
      const values = await sample.labelValues({ label, match: fillIn(match, choices), start: END - RANGE_S, end: END });
      expect(values.length, variable.name).toBeGreaterThan(0);
    }
  });
});
