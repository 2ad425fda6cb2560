import { expect, test } from "vitest";
import { countOpenTasks } from "../../../src/engine/open-tasks.ts";

test("task runs that have not ended are counted by state, and those that go on by operator", () => {
  const tasks = [
    { id: "load", operator: "bash" },
    { id: "ask", operator: "approval" },
    { id: "fit", operator: "bash" },
  ];
  const rows = [
    ["load", "load", "running"],
    ["ask", "ask", "waiting"],
    ["fit[0]", "fit", "running"],
    ["fit[1]", "fit", "success"],
  ] as const;
  const driven = {
    program: { pipeline: { tasks } },
    run: { task_runs: new Map(rows.map(([key, task, state]) => [key, { task, state }])) },
    live: new Map(rows.map(([key]) => [key, {}])),
  } as unknown as Parameters<typeof countOpenTasks>[0] extends Iterable<infer T> ? T : never;
  expect(countOpenTasks([driven, driven])).toEqual({
    states: { queued: 0, running: 4, waiting: 2, up_for_retry: 0 },
    operators: [
      { operator: "approval", running: 0, waiting: 2 },
      { operator: "bash", running: 4, waiting: 0 },
    ],
  });
});
