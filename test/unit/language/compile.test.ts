import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkFiles, compile, type Task } from "../../../src/language/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { readText } from "../../support/repository.ts";
import { pipelineOf } from "./sources.ts";

/** The only task of a pipeline with these lines under it, and these before `tasks`. */
function taskOf(lines: string, before = ""): Task {
  const indented = lines.split("\n").join("\n    ");
  const task = pipelineOf(`${before}tasks:\n  load:\n    bash: ./load.sh\n    ${indented}\n`).tasks[0];
  if (task === undefined) throw new Error("the pipeline has no task");
  return task;
}

describe("a pipeline", () => {
  test("of one line has every default", () => {
    expect(compile({ path: "pipelines/hello.yaml", text: "tasks: { hi: { bash: echo hi } }" }, { operators })).toEqual({
      diagnostics: [],
      pipeline: {
        name: "hello",
        file: "pipelines/hello.yaml",
        source: "tasks: { hi: { bash: echo hi } }",
        version: createHash("sha256").update("hello\0tasks: { hi: { bash: echo hi } }").digest("hex"),
        tags: [],
        max_active_runs: 1,
        overlap: "queue",
        max_active_tasks: 16,
        params: {},
        env: {},
        tasks: [
          {
            id: "hi",
            needs: [],
            trigger_rule: "all_success",
            retries: { count: 0, delay_ms: 10_000, backoff: "constant", factor: 2, jitter: 0, conditional: false },
            grace_ms: 10_000,
            soft_fail: false,
            on_lost: "rerun",
            allow_failure: false,
            pool_slots: 1,
            priority: 0,
            depends_on_past: false,
            env: {},
            outputs: {},
            output_values: {},
            operator: "bash",
            config: { script: "echo hi", skip_exit_code: 99 },
            metrics: {},
            checks: {},
            notify: { on_success: [], on_failure: [], on_retry: [] },
          },
        ],
        notify: { on_success: [], on_failure: [], on_retry: [] },
        outputs: {},
        output_values: {},
        alerts: [],
      },
    });
  });

  test("with every key of the language carries them all", () => {
    const text = readText("test/diagnostics/ok/ENG201-every-key.yaml");
    const { pipeline } = compile({ path: "every_key.yaml", text }, { operators });
    const { tasks, source: _, version: __, ...rest } = pipeline ?? { tasks: [] };
    expect({ ...rest, tasks: tasks[1] }).toMatchInlineSnapshot(`
      {
        "alerts": [
          {
            "channel": "ml",
            "for_ms": 300000,
            "metric": "shards_made",
            "severity": "critical",
            "summary": "Too few shards",
            "value": 1,
            "when": "below",
          },
        ],
        "description": "Every key that the language has",
        "doc": "Runbook: https://wiki.example.com/every-key
      ",
        "env": {
          "PYTHONUNBUFFERED": "1",
          "WORKERS": "4",
        },
        "file": "every_key.yaml",
        "max_active_runs": 1,
        "max_active_tasks": 4,
        "name": "every_key",
        "notify": {
          "on_failure": [
            {
              "config": {
                "to": [
                  "alerts@example.com",
                ],
              },
              "operator": "email",
            },
          ],
          "on_retry": [
            {
              "config": {
                "url": "https://example.com/hook",
              },
              "operator": "webhook",
            },
          ],
          "on_success": [
            {
              "config": {
                "connection": "ml_alerts",
              },
              "operator": "slack",
            },
          ],
        },
        "output_values": {},
        "outputs": {},
        "overlap": "cancel_running",
        "owner": "platform",
        "params": {
          "dataset": {
            "default": "small",
            "schema": {
              "default": "small",
              "enum": [
                "small",
                "full",
              ],
              "type": "string",
            },
          },
          "epochs": {
            "default": 10,
            "schema": {
              "default": 10,
              "description": "Passes over the data",
              "minimum": 1,
              "type": "integer",
            },
          },
          "rate": {
            "default": 0.001,
            "schema": {
              "default": 0.001,
              "exclusiveMinimum": 0,
              "type": "number",
            },
          },
          "regions": {
            "default": [
              "de",
              "fr",
            ],
            "schema": {
              "default": [
                "de",
                "fr",
              ],
              "type": "array",
            },
          },
          "verbose": {
            "default": false,
            "schema": {
              "default": false,
              "type": "boolean",
            },
          },
        },
        "schedule": {
          "after": [],
          "catchup": {
            "max": 50,
            "policy": "latest",
            "within_ms": 604800000,
          },
          "cron": [
            "0 4 * * *",
            "0 14 * * 1-5",
          ],
          "depends_on_past": true,
          "end": "2030-01-01T12:00:00+01:00",
          "jitter_ms": 30000,
          "start": "2024-01-01",
          "timezone": "Europe/Berlin",
        },
        "slo": {
          "freshness_ms": 93600000,
          "max_duration_ms": 14400000,
          "success_rate": 0.995,
        },
        "tags": [
          "all",
          "keys",
        ],
        "tasks": {
          "allow_failure": false,
          "checks": {},
          "config": {
            "script": "./train.sh",
            "skip_exit_code": 3,
          },
          "cwd": "models/small",
          "depends_on_past": true,
          "env": {
            "SEED": "1",
          },
          "for_each": {
            "items": [
              1,
              2,
              3,
            ],
            "max_parallel": 2,
          },
          "grace_ms": 60000,
          "id": "train",
          "if": "params.dataset == 'full'",
          "metrics": {},
          "needs": [
            "prepare",
          ],
          "notify": {
            "on_failure": [
              {
                "config": {
                  "connection": "ml_alerts",
                },
                "operator": "slack",
              },
            ],
            "on_retry": [
              {
                "config": {
                  "connection": "ml_alerts",
                },
                "operator": "slack",
              },
            ],
            "on_success": [
              {
                "config": {
                  "connection": "ml_alerts",
                },
                "operator": "slack",
              },
            ],
          },
          "on_lost": "rerun",
          "operator": "bash",
          "output_values": {},
          "outputs": {},
          "pool": "gpu",
          "pool_slots": 2,
          "priority": -1,
          "retries": {
            "backoff": "exponential",
            "conditional": false,
            "count": 3,
            "delay_ms": 300000,
            "factor": 3,
            "jitter": 0.1,
            "max_delay_ms": 3600000,
          },
          "soft_fail": false,
          "timeout_ms": 5400000,
          "trigger_rule": "all_done",
        },
        "timeout_ms": 43200000,
      }
    `);
  });

  test("says the version of its name and text, byte order mark aside", () => {
    const text = "tasks: { a: { noop: {} } }\n";
    const version = createHash("sha256").update(`a\0${text}`).digest("hex");
    const bytes = new TextEncoder().encode(`\uFEFF${text}`);
    expect(compile({ path: "a.yaml", bytes }, { operators }).pipeline).toMatchObject({ version, source: text });
  });
});

describe("short forms", () => {
  test.each([
    ["needs: []", { needs: [] }],
    ["retries: 3", { retries: { count: 3, delay_ms: 10_000 } }],
    ["outputs: { rows: integer }", { outputs: { rows: { type: "integer" } } }],
    ["outputs: { rows: { type: integer, minimum: 0 } }", { outputs: { rows: { type: "integer", minimum: 0 } } }],
    [
      "env: { A: 1.10, B: yes, C: true, D: 012, E: 'x' }",
      { env: { A: "1.10", B: "yes", C: "true", D: "012", E: "x" } },
    ],
    ["for_each: [a, 1]", { for_each: { items: ["a", 1] } }],
    ["for_each: { a: 1 }\nmax_parallel: 2", { for_each: { items: { a: 1 }, max_parallel: 2 } }],
    ["if: ${{ ds == '2024-01-01' }}", { if: "ds == '2024-01-01'" }],
    ["if: ds == '2024-01-01'", { if: "ds == '2024-01-01'" }],
    ["if: false", { if: "false" }],
    ["if: TRUE", { if: "true" }],
    ["timeout: 1h30m\ngrace: 500ms", { timeout_ms: 5_400_000, grace_ms: 500 }],
  ])("%s", (lines, expected) => {
    expect(taskOf(lines)).toMatchObject(expected);
  });

  test.each([
    [
      '"0 2 * * *"',
      {
        cron: ["0 2 * * *"],
        after: [],
        timezone: "UTC",
        catchup: { policy: "none" },
        jitter_ms: 0,
        depends_on_past: false,
      },
    ],
    ["{ cron: ['@daily', '0 5 * * *'] }", { cron: ["@daily", "0 5 * * *"] }],
    ["{ every: 15m, jitter: 30s }", { cron: [], every_ms: 900_000, jitter_ms: 30_000 }],
    ["{ cron: '@daily', catchup: true }", { catchup: { policy: "all" } }],
    ["{ cron: '@daily', catchup: latest }", { catchup: { policy: "latest" } }],
    [
      "{ cron: '@daily', catchup: { policy: all, within: 7d, max: 5 } }",
      { catchup: { policy: "all", within_ms: 604_800_000, max: 5 } },
    ],
    ["{ cron: '@daily', start: 2024-01-01, end: 2030-01-01 }", { start: "2024-01-01", end: "2030-01-01" }],
  ])("schedule: %s", (schedule, expected) => {
    expect(pipelineOf(`schedule: ${schedule}\ntasks: { a: { noop: {} } }`).schedule).toMatchObject(expected);
  });

  test("params hold a default, whose type is theirs, or a schema", () => {
    const text = "params: { n: 10, x: 1.0, s: a, b: false, l: [1], o: { type: object } }\ntasks: { a: { noop: {} } }";
    expect(pipelineOf(text).params).toEqual({
      n: { schema: { type: "integer", default: 10 }, default: 10 },
      x: { schema: { type: "number", default: 1 }, default: 1 },
      s: { schema: { type: "string", default: "a" }, default: "a" },
      b: { schema: { type: "boolean", default: false }, default: false },
      l: { schema: { type: "array", default: [1] }, default: [1] },
      o: { schema: { type: "object" } },
    });
  });
});

describe("defaults", () => {
  const before =
    "defaults: { retries: { count: 2, delay: 5m, backoff: exponential }, timeout: 2h, cwd: a, priority: 3 }\n";

  test("count where a task says nothing", () => {
    expect(taskOf("priority: 1", before)).toMatchObject({ timeout_ms: 7_200_000, cwd: "a", priority: 1 });
  });

  test("of retries are kept field by field", () => {
    expect(taskOf("retries: 5", before).retries).toMatchObject({ count: 5, delay_ms: 300_000, backoff: "exponential" });
    expect(taskOf("retries: { count: 1, delay: 1s }", before).retries).toMatchObject({ count: 1, delay_ms: 1_000 });
    expect(taskOf("retries: { delay: 1s }", before).retries).toMatchObject({ count: 2, delay_ms: 1_000 });
    const withoutCount = "defaults: { retries: { delay: 5m } }\n";
    expect(taskOf("retries: 3", withoutCount).retries).toMatchObject({ count: 3, delay_ms: 300_000 });
  });

  test("set the trigger rule too", () => {
    const text = "defaults: { trigger_rule: all_done }\ntasks:\n  a: { noop: {} }\n  b: { needs: a, noop: {} }\n";
    expect(pipelineOf(text).tasks.map((task) => task.trigger_rule)).toEqual(["all_done", "all_done"]);
  });
});

describe("several files", () => {
  const good = { path: "b.yaml", text: "tasks: { a: { noop: {} } }" };
  const bad = { path: "a.yaml", text: "tasks: { a: { nop: {} } }\nnmae: x\n" };

  test("are checked one by one, and the right ones compile", () => {
    const { pipelines, diagnostics } = checkFiles([good, bad], { operators });
    expect(pipelines.map((pipeline) => pipeline.name)).toEqual(["b"]);
    expect(diagnostics.map((one) => [one.file, one.code, one.range.start.line])).toEqual([
      ["a.yaml", "ENG601", 1],
      ["a.yaml", "ENG201", 2],
    ]);
  });

  test("of which two have the same name, the second is wrong", () => {
    const { pipelines, diagnostics } = checkFiles([good, { ...good, path: "c/b.yaml" }], { operators });
    expect(pipelines.map((pipeline) => pipeline.file)).toEqual(["b.yaml"]);
    expect(diagnostics).toMatchObject([{ code: "ENG304", file: "c/b.yaml", related: [{ file: "b.yaml" }] }]);
  });
});

describe("one cause", () => {
  test("behind an alias gives one report, at the anchor", () => {
    const text = "tasks:\n  a: &t { noop: {}, timeout: 5 }\n  b: *t\n  c: *t\n";
    expect(
      compile({ path: "a.yaml", text }, { operators }).diagnostics.map((one) => [one.code, one.range.start.line]),
    ).toEqual([["ENG507", 2]]);
  });

  test("such as a misspelt key that has to be there gives one report", () => {
    const text = "task: { a: { noop: {} } }\n";
    expect(compile({ path: "a.yaml", text }, { operators }).diagnostics.map((one) => one.code)).toEqual(["ENG201"]);
  });
});
