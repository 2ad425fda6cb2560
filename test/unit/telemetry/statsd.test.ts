import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { RunEvent } from "../../../src/core/index.ts";
import { createTelemetry, type Snapshot, type TagDialect } from "../../../src/telemetry/index.ts";
import { anEngine, aProgram } from "../../support/engine-world.ts";

const SNAPSHOT: Snapshot = {
  now: 0,
  pipelines: [],
  executors: [{ executor: "local", pool: "gpu", slots: 4, used: 1, running: 1, queued: 0 }],
  tasks: { queued: 0, running: 1, waiting: 0, up_for_retry: 0 },
  store_bytes: 10,
};

/** A receiver; the result waits for as many lines as hold a text, and gives them. */
async function receiver() {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => {
    socket.close();
  });
  const lines: string[] = [];
  let look = (): void => {};
  socket.on("message", (packet) => {
    expect(packet.length).toBeLessThanOrEqual(1_432);
    lines.push(...packet.toString().split("\n"));
    look();
  });
  const having = (text: string, count: number): Promise<string[]> =>
    new Promise((resolve) => {
      look = () => {
        const found = lines.filter((line) => line.includes(text));
        if (found.length >= count) resolve(found);
      };
      look();
    });
  return { port: (socket.address() as AddressInfo).port, having };
}

async function sending(names: "engine" | "airflow", tags: TagDialect) {
  const { port, having } = await receiver();
  const telemetry = createTelemetry({
    ...{ version: "1", max_series: 1_000, airflow_names: false },
    statsd: { host: "127.0.0.1", port, prefix: names, tags, names },
    onTrouble: (message) => expect.fail(message),
  });
  onTestFinished(() => telemetry.close());
  const program = aProgram({ a: {} });
  const pipeline = {
    ...program.pipeline,
    tasks: [{ id: "a", operator: "bash" }],
  } as unknown as typeof program.pipeline;
  const world = anEngine(program);
  world.engine.subscribe(({ event, run }) => telemetry.observer.committed(event as RunEvent, run, pipeline));
  await world.create();
  await world.idle();
  await world.advance(1_500);
  world.executor.succeed("a");
  await world.idle();
  telemetry.report(SNAPSHOT);
  return having;
}

describe("the engine's names over StatsD", () => {
  test.each([
    ["none", "engine.pipeline_run_duration.p:1500|ms", "engine.executor_slots.local.gpu:4|g"],
    [
      "datadog",
      "engine.pipeline_run_duration:1500|ms|#pipeline:p",
      "engine.executor_slots:4|g|#executor:local,pool:gpu",
    ],
    [
      "influxdb",
      "engine.pipeline_run_duration,pipeline=p:1500|ms",
      "engine.executor_slots,executor=local,pool=gpu:4|g",
    ],
    [
      "graphite",
      "engine.pipeline_run_duration;pipeline=p:1500|ms",
      "engine.executor_slots;executor=local;pool=gpu:4|g",
    ],
  ] as const)("with tags as %s", async (tags, duration, slots) => {
    const having = await sending("engine", tags);
    expect(await having("pipeline_run_duration", 1)).toEqual([duration]);
    expect(await having("executor_slots", 2)).toContain(slots);
  });
});

describe("Airflow's names over StatsD", () => {
  test("without tags, the ids in the names", async () => {
    const having = await sending("airflow", "none");
    expect(await having("pool.", 3)).toEqual([
      "airflow.pool.open_slots.gpu:3|g",
      "airflow.pool.queued_slots.gpu:0|g",
      "airflow.pool.running_slots.gpu:1|g",
    ]);
    expect(await having("ti", 3)).toEqual(
      expect.arrayContaining([
        "airflow.ti.start.p.a:1|c",
        "airflow.ti.finish.p.a.success:1|c",
        "airflow.ti_successes:1|c",
      ]),
    );
    expect(await having("duration", 3)).toEqual([
      "airflow.dag.p.a.queued_duration:0|ms",
      "airflow.dag.p.a.duration:1500|ms",
      "airflow.dagrun.duration.success.p:1500|ms",
    ]);
    expect(await having("scheduler_heartbeat", 1)).toEqual(["airflow.scheduler_heartbeat:1|c"]);
    expect(await having("operator_successes", 1)).toEqual(["airflow.operator_successes_BashOperator:1|c"]);
  });

  test("with tags, the ids in the tags", async () => {
    const having = await sending("airflow", "datadog");
    expect(await having("duration", 3)).toEqual([
      "airflow.task.queued_duration:0|ms|#dag_id:p,task_id:a",
      "airflow.task.duration:1500|ms|#dag_id:p,task_id:a",
      "airflow.dagrun.duration.success:1500|ms|#dag_id:p",
    ]);
    expect(await having("ti_successes", 1)).toEqual(["airflow.ti_successes:1|c|#dag_id:p,task_id:a"]);
  });
});
