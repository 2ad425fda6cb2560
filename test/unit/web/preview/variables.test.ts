import { describe, expect, test } from "vitest";
import type { Dashboard, Variable } from "../../../../src/web/preview/lib/model.ts";
import { ALL } from "../../../../src/web/preview/lib/templates.ts";
import { rangeOf, rangesWith, refreshesWith, refreshOf } from "../../../../src/web/preview/lib/times.ts";
import { choicesOf, labelValuesOf, offered } from "../../../../src/web/preview/lib/variables.ts";
import { renderedMixin } from "../../../support/monitoring/mixin.ts";

const query = (name: string, text: string, more: Partial<Variable> = {}): Variable => ({
  type: "query",
  name,
  query: { query: text },
  multi: true,
  includeAll: true,
  allValue: ".+",
  ...more,
});
const board = (...list: readonly Variable[]): Dashboard => ({
  ...{ uid: "x", title: "X", panels: [] },
  templating: { list },
  annotations: { list: [] },
});

describe("a variable", () => {
  test("asks for the values of a label, of all series or of some", () => {
    expect(labelValuesOf(query("job", "label_values(job)"))).toEqual({ label: "job" });
    expect(labelValuesOf(query("p", 'label_values(info{job=~"$job", instance=~"x"}, pipeline)'))).toEqual({
      label: "pipeline",
      match: 'info{job=~"$job", instance=~"x"}',
    });
    expect(labelValuesOf(query("q", "query_result(up)"))).toBeUndefined();
    expect(labelValuesOf({ type: "custom", name: "c", query: "label_values(job)" })).toBeUndefined();
  });

  test("is as the address says, else as the board does, else all", () => {
    const list = [
      query("job", "label_values(job)"),
      query("task", "label_values(task)", { current: { value: ["load"] } }),
      query("pipeline", "label_values(pipeline)"),
    ];
    const choices = choicesOf(board(...list), new URLSearchParams("var-pipeline=a&var-pipeline=b&var-none=1"));
    expect(choices.get("job")).toEqual({ values: [ALL], in_query: ".+" });
    expect(choices.get("task")).toEqual({ values: ["load"], in_query: "load" });
    expect(choices.get("pipeline")).toEqual({ values: ["a", "b"], in_query: "(a|b)" });
    expect(choicesOf(board(...list), new URLSearchParams("var-task=$__all")).get("task")?.in_query).toBe(".+");
  });

  test("of every board is offered, but for the data source", () => {
    for (const each of Object.values(renderedMixin().dashboards) as unknown as Dashboard[]) {
      const names = each.templating.list.map(({ name }) => name);
      expect(offered(each).map(({ name }) => name)).toEqual(names.filter((name) => name !== "datasource"));
    }
  });
});

test("time and refresh are the first that is one, and stand among the choices", () => {
  expect(rangeOf("now-3y", "now-1h").seconds).toBe(3_600);
  expect(rangeOf("2026-01-01", "now-0h").from).toBe("now-6h");
  const board = rangeOf(null, "now-3h");
  expect([board.seconds, rangesWith(board).map(({ from }) => from)]).toEqual([
    3 * 3_600,
    ["now-15m", "now-1h", "now-3h", "now-6h", "now-24h", "now-7d"],
  ]);
  expect(refreshesWith(refreshOf("10s")).map(({ value }) => value)).toEqual(["off", "5s", "10s", "30s", "1m", "5m"]);
  expect(rangesWith(rangeOf("now-1h"))).toHaveLength(5);
  expect(rangeOf(null, undefined).from).toBe("now-6h");
  expect(refreshOf(null, "30s").ms).toBe(30_000);
  expect(refreshOf("off", "30s").ms).toBeUndefined();
});
