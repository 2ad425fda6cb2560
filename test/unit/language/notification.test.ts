import { describe, expect, test } from "vitest";
import type { NotificationRequested, Run, TaskKey } from "../../../src/core/index.ts";
import { resolveNotification } from "../../../src/language/index.ts";
import { messageOf } from "../../../src/language/notification.ts";
import { operators } from "../../../src/operators/index.ts";
import { aRun, pipelineOf, type TaskRuns } from "./sources.ts";

const TEXT = `
name: orders
owner: ann
params: { day: monday }
tasks:
  load: { bash: "true", outputs: { rows: integer } }
  each: { bash: "true", for_each: [1, 2] }
`;

const pipeline = pipelineOf(TEXT);
const FAILURE = {
  reason: "exit_code",
  message: "the script ended with exit code 3",
  exit_code: 3,
  log_tail: ["loading", "no such table"],
} as const;

function run(state: Run["state"], task_runs: TaskRuns = {}, more: Partial<Run> = {}): Run {
  return { ...aRun({ day: "monday" }, task_runs), state, ...more };
}

function request(more: Partial<NotificationRequested> & { key?: string } = {}): NotificationRequested {
  return { type: "notification_requested", on: "on_failure", of: "pipeline", channel: 0, ...more } as never;
}

describe("what is said by itself", () => {
  test("of a run that failed: the first error, and which tasks failed", () => {
    const ended = run(
      "failed",
      { load: { state: "failed", failure: FAILURE } },
      { started_at: 1_000, finished_at: 91_000, why: "task load failed" },
    );
    const { subject, text, facts } = messageOf(pipeline, ended, request());
    expect(subject).toBe("orders: the run failed");
    expect(facts).toEqual({
      pipeline: "orders",
      run_id: "r1",
      state: "failed",
      logical_date: "2024-03-10T01:30:00Z",
      trigger: "manual",
      owner: "ann",
      took: "1m30s",
      why: "task load failed",
      failed_tasks: ["load"],
      error: "exit_code: the script ended with exit code 3",
      log_tail: ["loading", "no such table"],
    });
    expect(text.split("\n")).toEqual([
      "pipeline: orders",
      "run_id: r1",
      "state: failed",
      "logical_date: 2024-03-10T01:30:00Z",
      "trigger: manual",
      "owner: ann",
      "took: 1m30s",
      "why: task load failed",
      'failed_tasks: ["load"]',
      "error: exit_code: the script ended with exit code 3",
      "",
      "last lines of its log:",
      "  loading",
      "  no such table",
    ]);
  });

  test("of a run that succeeded: no error of what it could do without", () => {
    const ended = run("success", { load: { state: "failed", failure: FAILURE } });
    const { subject, text, facts } = messageOf(pipeline, ended, request({ on: "on_success" }));
    expect(subject).toBe("orders: the run succeeded");
    expect(facts).toMatchObject({ state: "success", failed_tasks: ["load"] });
    expect(facts).not.toHaveProperty("error");
    expect(facts).not.toHaveProperty("log_tail");
    expect(text).not.toContain("no such table");
  });

  test("of a mapped task: the items that failed, not the whole, and no more than five", () => {
    const items = Object.fromEntries(
      Array.from({ length: 7 }, (_, i) => [`each[${i}]`, { state: "failed", index: i, failure: FAILURE } as const]),
    );
    const { facts } = messageOf(
      pipeline,
      run("failed", { each: { state: "failed", items: 7, failure: FAILURE }, ...items }),
      request(),
    );
    expect(facts.failed_tasks).toEqual(["each[0]", "each[1]", "each[2]", "each[3]", "each[4]"]);
  });

  test("of a task: its own state and error, and nothing of the others'", () => {
    const going = run("running", {
      load: { state: "failed", attempt: 3, failure: FAILURE },
      "each[0]": { state: "failed" },
    });
    const { subject, facts } = messageOf(pipeline, going, request({ of: "task", key: "load" as TaskKey }));
    expect(subject).toBe("orders: load failed");
    expect(facts).toMatchObject({ task: "load", attempt: 3, state: "failed" });
    expect(facts).not.toHaveProperty("failed_tasks");
  });

  test("of a retry: the attempt that failed, and why, though the next one runs by now", () => {
    const going = run("running", { load: { state: "running", attempt: 2 } });
    const about = { on: "on_retry", key: "load" as TaskKey, attempt: 1, failure: FAILURE } as const;
    const { subject, facts } = messageOf(pipeline, going, request(about));
    expect(subject).toBe("orders: attempt 1 of load failed and is tried again");
    expect(facts).toMatchObject({ state: "up_for_retry", attempt: 1, error: expect.stringContaining("exit_code") });
  });

  test("by a task that tells: how the run stands", () => {
    const { subject, facts } = messageOf(pipeline, run("running", { load: { outputs: { rows: 1 } } }));
    expect(subject).toBe("orders: run r1");
    expect(facts).toMatchObject({ state: "running" });
  });
});

describe("what a message is made of", () => {
  const context = {
    operators,
    vars: { room: "#data" },
    secrets: { TOKEN: "s3cret" },
    connections: { slack: { type: "slack", token: `\${{ secrets.TOKEN }}`, channel: `\${{ vars.room }}` } },
  };

  /** The text that a task's or the pipeline's channel gives, or the problem. */
  function said(
    text: string,
    { of = "task", ...about }: Partial<NotificationRequested> = {},
    task_runs: TaskRuns = {},
  ) {
    const on = about.on ?? "on_failure";
    const isItem = about.key !== undefined;
    const channel = `[{ slack: { text: ${JSON.stringify(text)} } }]`;
    const written = pipelineOf(`
params: { day: monday }
${of === "pipeline" ? `${on}: ${channel}` : ""}
tasks:
  load:
    bash: "true"
    outputs: { rows: integer }
    ${of === "task" && !isItem ? `${on}: ${channel}` : ""}
  each:
    bash: "true"
    for_each: [a, b]
    outputs: { rows: integer }
    ${isItem ? `${on}: ${channel}` : ""}
`);
    const going = run("running", task_runs);
    const key = of === "task" ? (about.key ?? ("load" as TaskKey)) : undefined;
    const resolved = resolveNotification(written, going, request({ of, ...(key && { key }), ...about }), context);
    return resolved.ok ? resolved.config.text : `! ${resolved.problem}`;
  }

  const failed: TaskRuns = { load: { state: "failed", failure: { ...FAILURE, status: 503 } } };

  test("knows why the task failed", () => {
    const text = `\${{ error.reason }}: \${{ error.message }} (\${{ exit_code }}, \${{ status }}) on \${{ params.day }}`;
    expect(said(text, {}, failed)).toBe("exit_code: the script ended with exit code 3 (3, 503) on monday");
  });

  test("knows why an attempt failed that is tried again", () => {
    const failure = { reason: "timeout", message: "it took too long" } as const;
    const about = { on: "on_retry", attempt: 1, failure } as const;
    expect(said(`\${{ error.reason }} \${{ exit_code == null }}`, about, { load: {} })).toBe("timeout true");
  });

  test("knows what a task hands on, and its item", () => {
    const handed = { load: { outputs: { rows: 7 } } };
    expect(said(`\${{ outputs.rows }} rows`, { on: "on_success" }, handed)).toBe("7 rows");
    const item = { "each[1]": { state: "failed", index: 1, item: "b", failure: FAILURE } } as const;
    expect(said(`\${{ item_index }}: \${{ item }}`, { key: "each[1]" as TaskKey }, item)).toBe("1: b");
  });

  test("knows of a run the states of its tasks", () => {
    expect(said(`load \${{ tasks.load.state }}`, { of: "pipeline" }, failed)).toBe("load failed");
  });

  test("that can't be made says what is missing, with secrets masked", () => {
    expect(said(`\${{ outputs.rows }}`, {}, failed)).toMatch(/^! its `text` could not be evaluated: /);
    expect(said("x", { of: "pipeline", channel: 3 })).toBe(
      "! there is no channel 4 under `on_failure` in this version of the pipeline",
    );
    const leaking = { ...failed, load: { failure: { ...FAILURE, message: "s3cret" }, state: "failed" } } as const;
    expect(said(`\${{ int(error.message) }}`, {}, leaking)).not.toContain("s3cret");
  });
});
