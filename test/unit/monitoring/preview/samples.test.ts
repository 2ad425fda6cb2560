import { describe, expect, test } from "vitest";
import { type MixinPipeline, type SampleWorld, sampleSource } from "../../../../src/monitoring/index.ts";

const pipeline = (name: string, more: Partial<MixinPipeline> = {}): MixinPipeline => ({
  ...{ name, owner: "data", tags: ["tier:1"], tasks: ["load", "store"], metrics: [], alerts: [], checks: [] },
  ...more,
});
const WORLD: SampleWorld = {
  pipelines: [
    pipeline("clicks", {
      slo: { freshness_seconds: 7_200, max_duration_seconds: 600, success_rate: 0.99 },
      metrics: [{ name: "rows_loaded", type: "gauge", labels: ["region"] }],
      checks: [{ task: "load", name: "row_count" }],
    }),
    pipeline("orders", { tasks: ["fetch"] }),
  ],
  declaring: (name, metric) => (name === "clicks" && metric === "rows_loaded" ? ["store"] : []),
  pools: ["gpu"],
};
const source = sampleSource(WORLD);
const [START, END, STEP] = [1_800_000_000, 1_800_007_200, 60];
const ask = async (expr: string, start = START, end = END) =>
  await source.series({ expr, unit: "short", start, end, step: STEP });
const labels = async (expr: string) => (await ask(expr)).map((each) => each.labels);

describe("sample data", () => {
  test("has the series that an expression tells apart, of the folder's own pipelines and tasks", async () => {
    expect(await labels("sum by (pipeline) (rate(engine_task_runs_total{}[5m]))")).toEqual([
      { pipeline: "clicks" },
      { pipeline: "orders" },
    ]);
    expect(await labels("max by (pipeline, task) (engine_task_last_duration_seconds{})")).toEqual([
      { pipeline: "clicks", task: "load" },
      { pipeline: "clicks", task: "store" },
      { pipeline: "orders", task: "fetch" },
    ]);
    expect(await labels("min by (pipeline, task, check) (engine_check_last_status{})")).toEqual([
      { pipeline: "clicks", task: "load", check: "row_count" },
    ]);
    expect(await labels("sum(engine_pipeline_runs_active{})")).toEqual([{}]);
    expect(await labels("sum by (executor, pool) (engine_executor_slots{})")).toEqual([
      { executor: "local", pool: "" },
      { executor: "local", pool: "gpu" },
    ]);
  });

  test("keeps to what is asked for", async () => {
    const of = async (matchers: string) =>
      (await labels(`sum by (pipeline) (rate(engine_task_runs_total{${matchers}}[5m]))`)).map((each) => each.pipeline);
    expect(await of('pipeline="orders"')).toEqual(["orders"]);
    expect(await of('pipeline=~"(orders|none)"')).toEqual(["orders"]);
    expect(await of('pipeline!="orders"')).toEqual(["clicks"]);
    expect(await of('pipeline!~"o.*"')).toEqual(["clicks"]);
    expect(await of('pipeline=~".+", task="none"')).toEqual(["clicks", "orders"]);
    expect(await of('pipeline=~"("')).toEqual(["clicks", "orders"]);
  });

  test("knows what pipelines promise, and has nothing of promises that none made", async () => {
    const [target, ...others] = await ask("max by (pipeline) (engine_pipeline_freshness_target_seconds{})");
    expect([target?.labels, target?.points[0]?.[1], others]).toEqual([{ pipeline: "clicks" }, 7_200, []]);
    const age = "max by (pipeline) (time() - engine_pipeline_last_success_timestamp_seconds{})";
    expect(await labels(age)).toHaveLength(2);
    expect(await labels(`${age} and on (pipeline) engine_pipeline_freshness_target_seconds{}`)).toHaveLength(1);
  });

  test("has the metrics that a pipeline declares, by the task that does, with labels that nobody takes for real", async () => {
    expect(await labels('rows_loaded{pipeline="clicks"}')).toEqual(
      ["region a", "region b"].map((region) => expect.objectContaining({ pipeline: "clicks", task: "store", region })),
    );
  });

  test("is the same at the same moment, wherever one looks from, and another for another series", async () => {
    const expr = "max by (pipeline) (engine_pipeline_last_run_duration_seconds{})";
    const [all, part] = [await ask(expr), await ask(expr, START + 600, END - 600)];
    expect(part[0]?.points).toEqual(all[0]?.points.slice(10, -10));
    expect(all[0]?.points).not.toEqual(all[1]?.points);
    expect(new Set(all[0]?.points.map(([, value]) => value)).size).toBeGreaterThan(3);
  });

  test("leaves nothing of a series that is only shown above zero", async () => {
    const series = await ask("max by (pipeline) (engine_pipeline_paused{}) > 0");
    expect(series).toEqual([]);
    const [commits] = await ask(
      "count by (revision) (engine_gitops_revision_info{} unless engine_gitops_revision_info{} offset 2m)",
      START - 86_400,
    );
    expect(commits?.points.length).toBeGreaterThan(0);
    expect(commits?.points.length).toBeLessThan(50);
    const failed = await ask('sum by (pipeline) (increase(engine_task_runs_total{state="failed"}[6h])) > 0');
    for (const { points } of failed) expect(points.every(([, value]) => (value ?? 0) > 0)).toBe(true);
  });

  test("counts the same events, whatever the window: more of them in a longer one", async () => {
    const at = async (window: string) =>
      (await ask(`sum(increase(engine_pipeline_runs_total{}[${window}]))`, END, END))[0]?.points[0]?.[1] ?? 0;
    const [short, long] = [await at("10m"), await at("6h")];
    expect(long).toBeGreaterThan(short);
    expect(long).toBeLessThan(360);
  });

  test("has more runs in each wider bucket of a histogram", async () => {
    const buckets = await ask("sum by (le) (increase(engine_pipeline_run_duration_seconds_bucket{}[5m]))", END, END);
    const counts = buckets.map(({ points }) => points[0]?.[1] ?? 0);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(await labels("histogram_quantile(0.95, sum by (le, pool) (rate(x_bucket{}[5m])))")).toEqual([
      { pool: "" },
      { pool: "gpu" },
    ]);
  });

  test("offers the values of a label among the series that are meant", async () => {
    const values = async (label: string, match: string) =>
      await source.labelValues({ label, match, start: START, end: END });
    expect(await values("pipeline", 'engine_pipeline_info{job=~".+"}')).toEqual(["clicks", "orders"]);
    expect(await values("task", 'engine_task_runs_total{pipeline=~"orders"}')).toEqual(["fetch"]);
    expect(await values("job", "engine_build_info")).toEqual(["engine"]);
  });

  test("is of nobody's pipelines where there are none", async () => {
    const none = sampleSource({ pipelines: [], declaring: () => [], pools: [] });
    const question = { unit: "short", start: START, end: END, step: STEP };
    expect(await none.series({ ...question, expr: "max by (pipeline) (engine_pipeline_paused{})" })).toEqual([]);
  });
});
