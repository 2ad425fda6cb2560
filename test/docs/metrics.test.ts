import { expect, test } from "vitest";
import { AIRFLOW_METRICS, METRICS, type MetricSpec } from "../../src/telemetry/index.ts";
import { readText } from "../support/repository.ts";

test.each([
  ["## The engine's own", METRICS],
  ["## Airflow's names", AIRFLOW_METRICS],
])("docs/metrics.md: %s has every metric as the code has it, and no other", (heading, metrics) => {
  const section = readText("docs/metrics.md").split(heading)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows).toEqual(Object.entries<MetricSpec>(metrics).map(([name, spec]) => rowOf(name, spec)));
});

function rowOf(name: string, { type, labels, help }: MetricSpec): string {
  const named = labels.map((label) => `\`${label}\``).join(", ");
  return `| \`${name}\` | ${type} | ${named === "" ? "none" : named} | ${help} |`;
}

test("metrics follow the rules for their names", () => {
  for (const [name, { type, labels }] of Object.entries<MetricSpec>({ ...METRICS, ...AIRFLOW_METRICS })) {
    expect(name).toMatch(/^(engine|airflow)_[a-z0-9_]+$/);
    expect(name.endsWith("_total"), name).toBe(type === "counter");
    for (const label of labels) expect(["run_id", "date", "commit", "user", "host", "error"]).not.toContain(label);
  }
});
