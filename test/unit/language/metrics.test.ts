import { describe, expect, test } from "vitest";
import type { TaskKey } from "../../../src/core/index.ts";
import { resolveMetrics } from "../../../src/language/index.ts";
import type { JsonObject } from "../../../src/lib/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { aRun, pipelineOf } from "./sources.ts";

const context = { operators, vars: { region: "eu" }, secrets: { TOKEN: "s3cret" }, connections: {} };

/** What becomes of these metrics when the task succeeds with these outputs. */
function measured(metrics: string, outputs: JsonObject = {}, each = "") {
  const { checks: _, failures: __, ...rest } = worked(`metrics: ${metrics}`, outputs, each);
  return rest;
}

function worked(keys: string, outputs: JsonObject, each = "") {
  const pipeline = pipelineOf(`
params: { day: monday }
tasks:
  load:
    bash: "true"
    ${each}
    outputs: { rows: integer, share: number, word: string, good: boolean, list: array }
    ${keys}
`);
  const key = (each === "" ? "load" : "load[1]") as TaskKey;
  const run = aRun({ day: "monday" }, { [key]: each === "" ? {} : { index: 1, item: "us" } });
  return resolveMetrics(pipeline, run, key, outputs, context);
}

const gauge = (value: string, labels = "") => `{ m: { type: gauge, value: "${value}"${labels} } }`;

describe("the metrics of a task that has succeeded", () => {
  test("have type, help, value and labels", () => {
    const text = `{ rows_read_total: { type: counter, help: Rows read, value: "\${{ outputs.rows }}", labels: { region: "\${{ vars.region }}", kind: full } } }`;
    expect(measured(text, { rows: 120 })).toEqual({
      metrics: [
        {
          name: "rows_read_total",
          type: "counter",
          help: "Rows read",
          value: 120,
          labels: { region: "eu", kind: "full" },
        },
      ],
      warnings: [],
    });
  });

  test.each([
    ["a number", `\${{ outputs.share }}`, { share: 0.25 }, 0.25],
    ["a text that is one", `\${{ outputs.word }}`, { word: " 1e3 " }, 1_000],
    ["true", `\${{ outputs.good }}`, { good: true }, 1],
    ["false", `\${{ outputs.good }}`, { good: false }, 0],
    ["a number as it is written", "3", {}, 3],
  ])("may be %s", (_, value, outputs, expected) => {
    expect(measured(gauge(value), outputs)).toMatchObject({ metrics: [{ value: expected }], warnings: [] });
  });

  test.each([
    ["a text that is none", `\${{ outputs.word }}`, { word: "many" }, 'its value is "many", which is no number'],
    ["an empty text", `\${{ outputs.word }}`, { word: "" }, 'its value is "", which is no number'],
    ["a list", `\${{ outputs.list }}`, { list: [1] }, "its value is [1], which is no number"],
    [
      "a text for what has no end",
      `\${{ outputs.word }}`,
      { word: "Infinity" },
      'its value is "Infinity", which is no number',
    ],
  ])("are left out with a warning when the value is %s", (_, value, outputs, why) => {
    expect(measured(gauge(value), outputs)).toEqual({ metrics: [], warnings: [`metric m is left out: ${why}`] });
  });

  test("are left out when they can't be worked out, and the others stay", () => {
    const text = `{ bad: { type: gauge, value: "\${{ outputs.rows / 0 }}" }, good: { type: gauge, value: "\${{ outputs.rows }}" } }`;
    const { metrics, warnings } = measured(text, { rows: 1 });
    expect(metrics).toMatchObject([{ name: "good", value: 1 }]);
    expect(warnings).toEqual([expect.stringMatching(/^metric bad is left out: /)]);
  });

  test("are left out when a counter would go down", () => {
    const text = `{ rows_total: { type: counter, value: "\${{ outputs.rows }}" } }`;
    expect(measured(text, { rows: -2 }).warnings).toEqual([
      "metric rows_total is left out: a counter can't go down by 2",
    ]);
  });

  test("have short labels, of text alone", () => {
    const label = `, labels: { l: "\${{ outputs.word }}" }`;
    const [long] = measured(gauge("1", label), { word: "x".repeat(300) }).metrics;
    expect(long?.labels.l).toBe("x".repeat(200));
    const { metrics, warnings } = measured(gauge("1", `, labels: { l: "\${{ outputs.list }}" }`), { list: [] });
    expect({ metrics, warnings }).toEqual({ metrics: [], warnings: ["metric m is left out: label l is no text"] });
  });

  test("of an item know the item", () => {
    const text = gauge(`\${{ item_index }}`, `, labels: { region: "\${{ item }}" }`);
    expect(measured(text, {}, "for_each: [eu, us]").metrics).toMatchObject([{ value: 1, labels: { region: "us" } }]);
  });

  test("show no secret in a warning", () => {
    const { warnings } = measured(gauge(`\${{ outputs.word }}`), { word: "s3cret" });
    expect(warnings).toEqual(['metric m is left out: its value is "***", which is no number']);
  });
});

describe("the checks of a task that has done its work", () => {
  const checked = (check: string, outputs: JsonObject) => worked(`checks: { c: ${check} }`, outputs);

  test.each([
    ["{ value: '${{ outputs.rows }}', min: 10 }", 10, undefined],
    ["{ value: '${{ outputs.rows }}', min: 10 }", 9, "check c: 9 is below 10"],
    ["{ value: '${{ outputs.rows }}', max: 10 }", 10, undefined],
    ["{ value: '${{ outputs.rows }}', max: 10 }", 11, "check c: 11 is above 10"],
    ["{ value: '${{ double(outputs.rows) / 4.0 }}', min: 1, max: 2 }", 10, "check c: 2.5 is above 2"],
  ])("%s with %s", (check, rows, failure) => {
    const { checks, failures, warnings } = checked(check, { rows });
    expect([checks.map(({ passed }) => passed), failures, warnings]).toEqual([
      [failure === undefined],
      failure === undefined ? [] : [failure],
      [],
    ]);
  });

  test("that only warns fails nothing", () => {
    const { checks, failures, warnings } = checked("{ value: '${{ outputs.rows }}', min: 10, severity: warn }", {
      rows: 1,
    });
    expect([checks, failures, warnings]).toEqual([
      [{ name: "c", value: 1, passed: false }],
      [],
      ["check c: 1 is below 10"],
    ]);
  });

  test("whose value is no number does not pass", () => {
    const { checks, failures } = checked("{ value: '${{ outputs.word }}', min: 10 }", { word: "many" });
    expect([checks, failures]).toEqual([
      [{ name: "c", passed: false }],
      ['check c: its value is "many", which is no number'],
    ]);
  });
});
