import { describe, expect, test } from "vitest";
import type { CatalogState } from "../../../src/catalog/index.ts";
import type { MetricSample } from "../../../src/core/index.ts";
import type { Pipeline } from "../../../src/language/index.ts";
import { createTelemetry, type Snapshot } from "../../../src/telemetry/index.ts";
import { anEngine, aProgram, programOf } from "../../support/engine-world.ts";

const EMPTY: Snapshot = {
  now: 0,
  pipelines: [],
  executors: [],
  tasks: { queued: 0, running: 0, waiting: 0, up_for_retry: 0 },
  store_bytes: 0,
};

const RETRIED = { count: 1, delay_ms: 1_000, backoff: "constant", factor: 1, jitter: 0, conditional: false } as const;

function aPipeline(more: Partial<Pipeline> = {}): Pipeline {
  const notify = { on_success: [], on_failure: [], on_retry: [] };
  const tasks = [{ id: "a", operator: "bash", notify, checks: {} }] as unknown as Pipeline["tasks"];
  return { ...aProgram({}).pipeline, tags: [], tasks, notify, ...more };
}

function catalogOf(pipelines: readonly Pipeline[], broken: CatalogState["broken"] = new Map()): CatalogState {
  return { pipelines: new Map(pipelines.map((each) => [each.name, each])), diagnostics: [], broken };
}

/** A telemetry on an engine whose program is one pipeline "p" with the task "a". */
function measured(
  options: { max_series?: number; airflow_names?: boolean; pipeline?: Partial<Pipeline>; live?: boolean } = {},
) {
  const troubles: string[] = [];
  const { max_series = 50_000, airflow_names = false, live = true } = options;
  const telemetry = createTelemetry({
    ...{ version: "1.2.3", max_series, airflow_names },
    onTrouble: (message, cause) => troubles.push(`${message}: ${String(cause)}`),
  });
  const pipeline = aPipeline(options.pipeline);
  const program = { ...programOf(aProgram({ a: { retries: RETRIED } }).plan), pipeline };
  const world = anEngine(program);
  if (live) telemetry.observer.catalog(catalogOf([pipeline]), world.clock.now());
  world.engine.subscribe(({ event, run }) => telemetry.observer.committed(event, run, pipeline));
  /** The samples whose line begins with one of these names. */
  const lines = async (...names: readonly string[]): Promise<string[]> => {
    const { body } = await telemetry.expose(EMPTY);
    expect(troubles).toEqual([]);
    return body.split("\n").filter((line) => names.some((name) => line.startsWith(name)) && !line.includes("_bucket"));
  };
  return { telemetry, world, pipeline, lines };
}

async function aRun(
  { world }: ReturnType<typeof measured>,
  end: (world: ReturnType<typeof anEngine>) => Promise<void>,
) {
  await world.create();
  await world.idle();
  await end(world);
  await world.idle();
}

const succeeds = async (world: ReturnType<typeof anEngine>): Promise<void> => {
  await world.advance(2_000);
  world.executor.succeed("a");
};

const failsTwice = async (world: ReturnType<typeof anEngine>): Promise<void> => {
  world.executor.fail("a");
  await world.idle();
  await world.advance(1_000);
  world.executor.fail("a");
};

describe("a pipeline", () => {
  test("has its counters before its first run", async () => {
    const { lines } = measured();
    expect(await lines("engine_pipeline_runs_total", "engine_task_r")).toEqual([
      'engine_pipeline_runs_total{pipeline="p",state="success"} 0',
      'engine_pipeline_runs_total{pipeline="p",state="failed"} 0',
      'engine_pipeline_runs_total{pipeline="p",state="cancelled"} 0',
      ...["success", "failed", "skipped", "upstream_failed", "cancelled"].map(
        (state) => `engine_task_runs_total{pipeline="p",task="a",state="${state}"} 0`,
      ),
      'engine_task_retries_total{pipeline="p",task="a"} 0',
    ]);
  });

  test("tells what the processes of its tasks took: time adds up, memory is the last one's", async () => {
    const { telemetry, lines } = measured();
    expect(await lines("engine_task_cpu", "engine_task_mem")).toEqual([
      'engine_task_cpu_seconds_total{pipeline="p",task="a"} 0',
    ]);
    const used = (usage: object) => telemetry.observer.used({ pipeline: "p", key: "a[2]", ...usage });
    used({ cpu_seconds: 1.5, memory_peak_bytes: 300 });
    used({ cpu_seconds: 0.25, memory_peak_bytes: 200 });
    used({});
    expect(await lines("engine_task_cpu", "engine_task_mem")).toEqual([
      'engine_task_cpu_seconds_total{pipeline="p",task="a"} 1.75',
      'engine_task_memory_peak_bytes{pipeline="p",task="a"} 200',
    ]);
  });

  test("that succeeds is counted, timed, and fresh", async () => {
    const subject = measured();
    await aRun(subject, succeeds);
    const at = subject.world.clock.now() / 1_000;
    expect(await subject.lines("engine_pipeline_last", "engine_pipeline_run_duration", "engine_task_duration")).toEqual(
      [
        'engine_pipeline_run_duration_seconds_sum{pipeline="p"} 2',
        'engine_pipeline_run_duration_seconds_count{pipeline="p"} 1',
        'engine_pipeline_last_run_duration_seconds{pipeline="p"} 2',
        'engine_pipeline_last_run_status{pipeline="p"} 1',
        `engine_pipeline_last_run_timestamp_seconds{pipeline="p"} ${at}`,
        `engine_pipeline_last_success_timestamp_seconds{pipeline="p"} ${at}`,
        'engine_task_duration_seconds_sum{pipeline="p",task="a"} 2',
        'engine_task_duration_seconds_count{pipeline="p",task="a"} 1',
      ],
    );
    const { body } = await subject.telemetry.expose(EMPTY);
    expect(body).toContain('_bucket{le="5",pipeline="p"} 1 # {run_id="');
  });

  test("that fails again and again is told by how often, until it succeeds", async () => {
    const subject = measured();
    await aRun(subject, failsTwice);
    await aRun(subject, failsTwice);
    expect(await subject.lines("engine_pipeline_consecutive", "engine_task_retries", "engine_pipeline_last_s")).toEqual(
      ['engine_pipeline_consecutive_failures{pipeline="p"} 2', 'engine_task_retries_total{pipeline="p",task="a"} 2'],
    );
    await aRun(subject, succeeds);
    expect(await subject.lines("engine_pipeline_consecutive")).toEqual([
      'engine_pipeline_consecutive_failures{pipeline="p"} 0',
    ]);
  });

  test("that a person cancels has not failed", async () => {
    const subject = measured();
    const run = await subject.world.create();
    await subject.world.engine.act(run, { type: "cancel_requested", by: "ann" });
    await subject.world.idle();
    subject.world.executor.fail("a");
    await subject.world.idle();
    expect(await subject.lines('engine_pipeline_runs_total{pipeline="p",state="c', "engine_pipeline_consec")).toEqual([
      'engine_pipeline_runs_total{pipeline="p",state="cancelled"} 1',
    ]);
  });

  test("says what it promises, and takes it back when it doesn't any more", async () => {
    const slo = { freshness_ms: 3_600_000, success_rate: 0.99, max_duration_ms: 60_000 };
    const subject = measured({ pipeline: { slo, owner: "ml", tags: ["x", "tier:1"] } });
    const asked = ["engine_pipeline_info", "engine_pipeline_fresh", "engine_pipeline_slo", "engine_pipeline_duration"];
    expect(await subject.lines(...asked)).toEqual([
      'engine_pipeline_info{pipeline="p",owner="ml",tier="1"} 1',
      'engine_pipeline_freshness_target_seconds{pipeline="p"} 3600',
      'engine_pipeline_duration_limit_seconds{pipeline="p"} 60',
      'engine_pipeline_slo_objective_ratio{pipeline="p",slo="success_rate"} 0.99',
    ]);
    subject.telemetry.observer.catalog(catalogOf([aPipeline({ version: "v2", owner: "data" })]), 0);
    expect(await subject.lines(...asked)).toEqual(['engine_pipeline_info{pipeline="p",owner="data",tier=""} 1']);
  });

  test("that is gone takes its series along", async () => {
    const subject = measured({ airflow_names: true });
    await aRun(subject, succeeds);
    subject.telemetry.observer.catalog(catalogOf([]), 0);
    const { body } = await subject.telemetry.expose(EMPTY);
    expect(body).not.toMatch(/pipeline="p"|dag_id="p"/);
  });

  test("begins with what was before this process", async () => {
    const { telemetry, lines } = measured();
    const last_run = { success: false, seconds: 3, at: 20_000 };
    telemetry.observer.history({ pipeline: "p", last_run, last_success_at: 10_000, failures: 4 });
    expect(await lines("engine_pipeline_last_s", "engine_pipeline_last_run_s", "engine_pipeline_conse")).toEqual([
      'engine_pipeline_last_run_status{pipeline="p"} 0',
      'engine_pipeline_last_success_timestamp_seconds{pipeline="p"} 10',
      'engine_pipeline_consecutive_failures{pipeline="p"} 4',
    ]);
  });
});

test("a process that vanished is counted", async () => {
  const subject = measured();
  await subject.world.create();
  await subject.world.idle();
  subject.world.executor.report("a", { type: "ended", outcome: { state: "lost", message: "gone" } });
  await subject.world.idle();
  expect(await subject.lines("engine_executor_tasks_lost")).toEqual([
    'engine_executor_tasks_lost_total{executor="local"} 1',
  ]);
});

test("a file with errors makes the configuration one that did not load", async () => {
  const { telemetry, lines, pipeline } = measured();
  telemetry.observer.catalog(catalogOf([pipeline], new Map([["x.yaml", undefined]])), 9_000);
  const { pipelines } = { pipelines: [{ pipeline: "p", queued: 1, running: 2, paused: true }] };
  await telemetry.expose({ ...EMPTY, pipelines });
  expect(await lines("engine_config_last_reload_successful", "engine_config_reloads")).toEqual([
    "engine_config_last_reload_successful 0",
    'engine_config_reloads_total{result="success"} 1',
    'engine_config_reloads_total{result="failed"} 1',
  ]);
  const { body } = await telemetry.expose({ ...EMPTY, pipelines });
  expect(body.split("\n").filter((line) => line.startsWith("engine_pipelines{"))).toEqual([
    'engine_pipelines{status="active"} 0',
    'engine_pipelines{status="paused"} 1',
    'engine_pipelines{status="invalid"} 1',
  ]);
});

test("what is due and what goes on is shown while it is so", async () => {
  const { telemetry } = measured();
  const pipeline = { pipeline: "p", queued: 0, running: 1, paused: false, next_at: 60_000, oldest_started_at: 5_000 };
  const local = { executor: "local", pool: "gpu", slots: 2, used: 2, running: 1, queued: 1, oldest_queued_at: 7_000 };
  const asked = /^engine_(pipeline_next|pipeline_oldest|executor_oldest|executor_slots|scheduler_heart)/;
  const shown = async (snapshot: Snapshot) =>
    (await telemetry.expose(snapshot)).body.split("\n").filter((line) => asked.test(line));
  expect(await shown({ ...EMPTY, heartbeat_at: 1_000, pipelines: [pipeline], executors: [local] })).toEqual([
    'engine_pipeline_next_run_timestamp_seconds{pipeline="p"} 60',
    'engine_pipeline_oldest_active_run_start_timestamp_seconds{pipeline="p"} 5',
    "engine_scheduler_heartbeat_timestamp_seconds 1",
    'engine_executor_slots{executor="local",pool="gpu"} 2',
    'engine_executor_slots_used{executor="local",pool="gpu"} 2',
    'engine_executor_oldest_queued_timestamp_seconds{executor="local",pool="gpu"} 7',
  ]);
  const { next_at, oldest_started_at, ...idle } = pipeline;
  const { oldest_queued_at, ...free } = local;
  expect(await shown({ ...EMPTY, heartbeat_at: 2_000, pipelines: [idle], executors: [free] })).toEqual([
    "engine_scheduler_heartbeat_timestamp_seconds 2",
    'engine_executor_slots{executor="local",pool="gpu"} 2',
    'engine_executor_slots_used{executor="local",pool="gpu"} 2',
  ]);
});

describe("metrics that pipelines declare", () => {
  const sample = (more: Partial<MetricSample>): MetricSample => ({
    ...{ name: "rows", type: "gauge", value: 1, labels: {} },
    ...more,
  });

  async function withSamples(samples: readonly MetricSample[], max_series?: number) {
    const subject = measured(max_series === undefined ? {} : { max_series });
    for (const metric of samples) {
      await aRun(subject, async (world) => {
        world.executor.report("a", { type: "ended", outcome: { state: "success", outputs: {}, metrics: [metric] } });
      });
    }
    return subject;
  }

  test("keep their names, with the pipeline and the task beside their own labels", async () => {
    const { lines } = await withSamples([
      sample({ value: 5 }),
      sample({ value: 7 }),
      sample({ name: "seen_total", type: "counter", value: 2, labels: { kind: "x" } }),
      sample({ name: "seen_total", type: "counter", value: 3, labels: { kind: "x" } }),
      sample({ name: "size_bytes", type: "histogram", value: 4 }),
    ]);
    expect(await lines("rows", "seen", "size")).toEqual([
      'rows{pipeline="p",task="a"} 7',
      'seen_total{kind="x",pipeline="p",task="a"} 5',
      'size_bytes_sum{pipeline="p",task="a"} 4',
      'size_bytes_count{pipeline="p",task="a"} 1',
    ]);
  });

  test("take further labels when a file is changed", async () => {
    const { lines } = await withSamples([sample({}), sample({ value: 2, labels: { kind: "x" } })]);
    expect(await lines("rows")).toEqual(['rows{kind="x",pipeline="p",task="a"} 2']);
  });

  test("are dropped and counted where another has the name with another type, or the engine itself", async () => {
    const { lines } = await withSamples([
      sample({}),
      sample({ type: "counter" }),
      sample({ name: "engine_tasks" }),
      sample({ name: "process_cpu_seconds_total", type: "counter" }),
    ]);
    expect(await lines("rows", "engine_metrics_series_dropped")).toEqual([
      'engine_metrics_series_dropped_total{metric="rows"} 1',
      'engine_metrics_series_dropped_total{metric="engine_tasks"} 1',
      'engine_metrics_series_dropped_total{metric="process_cpu_seconds_total"} 1',
      'rows{pipeline="p",task="a"} 1',
    ]);
  });

  test("have 200 series each, and no more", async () => {
    const many = Array.from({ length: 203 }, (_, i) => sample({ labels: { id: String(i) } }));
    const { lines } = await withSamples(many);
    expect((await lines("rows")).length).toBe(200);
    expect(await lines("engine_metrics_series_dropped")).toEqual([
      'engine_metrics_series_dropped_total{metric="rows"} 3',
    ]);
  });

  test("count for the bound over all", async () => {
    const { telemetry, lines } = await withSamples([sample({})], 30);
    const { body } = await telemetry.expose(EMPTY);
    const dropped = await lines("engine_metrics_series_dropped");
    expect(dropped).toContain('engine_metrics_series_dropped_total{metric="engine_pipeline_run_duration_seconds"} 1');
    // What tells of the drops comes on top.
    const series = Number(/^engine_metrics_series (\d+)/m.exec(body)?.[1]);
    expect(series - dropped.length).toBeLessThanOrEqual(30);
  });
});

test("Airflow's names tell the same", async () => {
  const subject = measured({ airflow_names: true });
  await aRun(subject, failsTwice);
  await aRun(subject, succeeds);
  expect(await subject.lines("airflow_ti", "airflow_dagrun", "airflow_operator", "airflow_task_d")).toEqual([
    'airflow_dagrun_duration_seconds_sum{dag_id="p"} 3',
    'airflow_dagrun_duration_seconds_count{dag_id="p"} 2',
    'airflow_dagrun_duration_total{dag_id="p"} 2',
    'airflow_dagrun_duration_success_total{dag_id="p"} 1',
    'airflow_dagrun_duration_failed_total{dag_id="p"} 1',
    'airflow_ti_total{dag_id="p",task_id="a"} 3',
    'airflow_ti_successes_total{dag_id="p",task_id="a"} 1',
    'airflow_ti_failures_total{dag_id="p",task_id="a"} 2',
    'airflow_ti_start_total{dag_id="p",task_id="a"} 3',
    'airflow_operator_successes_total{operator="BashOperator"} 1',
    'airflow_operator_failures_total{operator="BashOperator"} 2',
    'airflow_task_duration_seconds_sum{dag_id="p",task_id="a"} 3',
    'airflow_task_duration_seconds_count{dag_id="p",task_id="a"} 2',
  ]);
});

test("checks of outputs are counted, with what was looked at, also where they fail the task", async () => {
  const checks = { rows: { value: 1, min: 0, severity: "fail" } };
  const notify = { on_success: [], on_failure: [], on_retry: [] };
  const tasks = [{ id: "a", operator: "bash", notify, checks }] as unknown as Pipeline["tasks"];
  const subject = measured({ pipeline: { tasks } });
  expect(await subject.lines("engine_check")).toEqual([
    'engine_check_results_total{pipeline="p",task="a",check="rows",result="pass"} 0',
    'engine_check_results_total{pipeline="p",task="a",check="rows",result="fail"} 0',
  ]);
  await aRun(subject, async (world) => {
    const failure = { reason: "check_failed", message: "check rows: 3 is below 5", final: true } as const;
    const result = { name: "rows", value: 3, passed: false };
    world.executor.report("a", { type: "ended", outcome: { state: "failed", failure, checks: [result] } });
  });
  expect(await subject.lines("engine_check")).toEqual([
    'engine_check_results_total{pipeline="p",task="a",check="rows",result="pass"} 0',
    'engine_check_results_total{pipeline="p",task="a",check="rows",result="fail"} 1',
    'engine_check_last_status{pipeline="p",task="a",check="rows"} 0',
    'engine_check_last_value{pipeline="p",task="a",check="rows"} 3',
  ]);
});
