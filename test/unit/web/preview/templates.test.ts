import { describe, expect, test } from "vitest";
import {
  ALL,
  type Choices,
  fillIn,
  inQuery,
  linkTo,
  seriesName,
  stepOf,
  timeVariables,
} from "../../../../src/web/preview/lib/templates.ts";

const CHOICES: Choices = new Map([
  ["datasource", { values: ["default"], in_query: "default" }],
  ["job", { values: [ALL], in_query: ".+" }],
  ["pipeline", { values: ["a", "b"], in_query: "(a|b)" }],
]);

describe("a query", () => {
  test("has its variables filled in, in each of the ways to write them", () => {
    expect(fillIn('x{job=~"$job", pipeline=~"${pipeline}"}[$__rate_interval]', CHOICES)).toBe(
      'x{job=~".+", pipeline=~"(a|b)"}[$__rate_interval]',
    );
    expect(fillIn("$jobs $job", CHOICES)).toBe("$jobs .+");
  });

  test("asks for one value, several, or all", () => {
    expect(inQuery(["a.b"], { multi: true })).toBe("a\\\\.b");
    expect(inQuery(["a", "b|c"], { multi: true })).toBe("(a|b\\\\|c)");
    expect(inQuery(['say "x"'], { multi: false })).toBe('say \\"x\\"');
    expect(inQuery([ALL], { allValue: ".+", multi: true })).toBe(".+");
    expect(inQuery([], {})).toBe(".*");
  });

  test("looks back over four scrapes at least, and over more than a step", () => {
    expect(fillIn("[$__rate_interval] [$__range] $__interval", timeVariables(900))).toBe("[60s] [900s] 15s");
    expect(fillIn("[$__rate_interval]", timeVariables(7 * 86_400))).toBe("[3615s]");
  });

  test("has some hundred points, whatever the time shown", () => {
    for (const range of [900, 3_600, 6 * 3_600, 86_400, 7 * 86_400]) {
      expect(range / stepOf(range)).toBeGreaterThan(50);
      expect(range / stepOf(range)).toBeLessThanOrEqual(240);
    }
  });
});

describe("the name of a series", () => {
  const labels = { __name__: "rows", pipeline: "a", task: "load" };
  test("is its legend, with nothing where there is no label", () => {
    expect(seriesName({ labels }, "{{pipeline}} {{ task }} {{split}}")).toBe("a load");
    expect(seriesName({ labels }, "95 %")).toBe("95 %");
    expect(seriesName({ labels: { task: "{{pipeline}}" } }, "{{task}}")).toBe("{{pipeline}}");
  });

  test("is the series itself where there is no legend", () => {
    expect(seriesName({ labels })).toBe('rows{pipeline="a", task="load"}');
    expect(seriesName({ labels: {} })).toBe("Value");
    expect(seriesName({ labels: { __name__: "rows" } }, "__auto")).toBe("rows");
  });
});

describe("a link", () => {
  const context = { choices: CHOICES, from: "now-6h", labels: { pipeline: "a&b" }, value: "x y" };

  test("leads to another board with what is chosen here", () => {
    const url =
      "/d/engine-pipeline?${datasource:queryparam}&${pipeline:queryparam}&var-task=${__value.raw}&${__url_time_range}";
    expect(linkTo(url, context)).toBe(
      "/d/engine-pipeline?var-datasource=default&var-pipeline=a&var-pipeline=b&var-task=x%20y&from=now-6h&to=now",
    );
    expect(linkTo("https://engine.test/runs?pipeline=${__field.labels.pipeline}", context)).toBe(
      "https://engine.test/runs?pipeline=a%26b",
    );
  });

  test("leads to pages alone", () => {
    expect(linkTo("javascript:alert(1)", context)).toBeUndefined();
    expect(linkTo("//elsewhere.test/", context)).toBeUndefined();
    expect(linkTo("${__value.raw}", { ...context, value: "javascript:alert(1)" })).toBeUndefined();
  });
});
