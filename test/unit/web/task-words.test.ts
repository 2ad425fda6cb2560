import { expect, test } from "vitest";
import type { Pipeline, SlotUse, Task, TaskRun } from "../../../src/web/generated/api.ts";
import { criticalPath, downstreamOf, whyNotRunning } from "../../../src/web/lib/task-words.ts";
import { ticksOf, timelineOf } from "../../../src/web/lib/timeline.ts";

const task = (id: string, ...needs: string[]): Task =>
  ({ id, needs, operator: "bash", pool_slots: 1 }) as unknown as Task;
const row = (key: string, state: TaskRun["state"], more: Partial<TaskRun> = {}): TaskRun => ({
  ...{ run_id: "r1", key, task: key.replace(/\[.*/, ""), state, attempt: 1 },
  ...more,
});
const TASKS = [
  task("report", "clean", "check"),
  task("load"),
  task("clean", "load"),
  task("check", "load"),
  task("alone"),
];

test("what follows from a task is found in any order of the file", () => {
  expect(downstreamOf(TASKS, ["load"])).toEqual(["report", "load", "clean", "check"]);
  expect(downstreamOf(TASKS, ["clean"])).toEqual(["report", "clean"]);
  expect(downstreamOf(TASKS, ["alone"])).toEqual(["alone"]);
});

test("the critical path goes from the last to end back to what each waited for", () => {
  const ended = (key: string, started_at: number, finished_at: number) =>
    row(key, "success", { started_at, finished_at });
  const rows = [
    ended("load", 0, 5),
    ended("clean", 5, 9),
    ended("check", 5, 7),
    ended("report", 9, 12),
    ended("alone", 0, 3),
  ];
  expect([...criticalPath(TASKS, rows)]).toEqual(["report", "clean", "load"]);
  expect([...criticalPath(TASKS, [])]).toEqual([]);
});

test("why a task run does not run is one sentence", () => {
  const others = [
    { ...task("ask"), operator: "approval" },
    { ...task("after"), depends_on_past: true },
  ];
  const pipeline = { tasks: [...TASKS, ...others] } as unknown as Pipeline;
  const use: SlotUse = {
    ...{ pool: "gpu", slots: 2, used: 2 },
    holders: [{ run_id: "r0", key: "train", slots: 2 }],
    queued: [
      { run_id: "r9", key: "other", slots: 1, queued_at: 1 },
      { run_id: "r1", key: "check", slots: 1, queued_at: 2 },
    ],
  };
  const why = (one: TaskRun, uses: readonly SlotUse[] = []) =>
    whyNotRunning(one, {
      pipeline,
      task_runs: [row("load", "success"), row("clean", "running"), one],
      uses,
      now: 1_000,
    });
  expect(why(row("report", "none"))).toBe("It waits for clean (running), check (not yet).");
  expect(why(row("check", "queued"), [use])).toBe(
    "Pool gpu is full (2 of 2): held by train of r0. 1 stands before it.",
  );
  expect(why(row("check", "queued"))).toBe("It waits for a slot of its run (max_active_tasks).");
  expect(why(row("after", "queued"))).toBe(
    "It waits until after has succeeded in the run of the slot before (depends_on_past).",
  );
  expect(why(row("check", "up_for_retry", { wake_at: 31_000 }))).toBe("Its next attempt starts in 30s.");
  expect(why(row("ask", "waiting"))).toBe("It waits for a person's answer.");
  expect(why(row("check", "waiting"))).toBe("It waits for what its sensor looks for.");
  expect(why(row("check", "running"))).toBeUndefined();
});

test("a timeline has what waited and each attempt, in the order in which they began", () => {
  const attempt = (key: string, number: number, state: string, started_at: number, finished_at?: number) => ({
    ...{ run_id: "r1", key, attempt: number, state, epoch: 1, started_at },
    ...(finished_at !== undefined && { finished_at }),
  });
  const rows = [
    row("check", "running", { queued_at: 5, started_at: 7 }),
    row("load", "success", { started_at: 0, finished_at: 5 }),
    row("report", "none"),
  ];
  const attempts = [
    attempt("load", 1, "success", 0, 5),
    attempt("check", 1, "failed", 7, 8),
    attempt("check", 2, "running", 10),
  ];
  const { begin, end, rows: drawn } = timelineOf(rows, attempts, 20);
  expect([begin, end]).toEqual([0, 20]);
  expect(
    drawn.map(({ row: { key }, stretches }) => [
      key,
      stretches.map(({ kind, state, from, to }) => [kind, state, from, to]),
    ]),
  ).toEqual([
    ["load", [["attempt", "success", 0, 5]]],
    [
      "check",
      [
        ["queued", "queued", 5, 7],
        ["attempt", "failed", 7, 8],
        ["attempt", "running", 10, 20],
      ],
    ],
  ]);
  expect(ticksOf(20_000, 4)).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
});
