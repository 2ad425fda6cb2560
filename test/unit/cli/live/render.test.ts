import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderRun } from "../../../../src/cli/live/render.ts";
import { STATE_STYLES } from "../../../../src/cli/live/state-style.ts";
import { lineWidth, toText } from "../../../../src/cli/live/text.ts";
import { type RunView, setLastLine } from "../../../../src/cli/live/view.ts";
import { TASK_STATES } from "../../../../src/core/index.ts";
import { pipelineOf, runningView, T0, taskRun } from "./sources.ts";

const WIDE = { width: 100, height: 40, unicode: true } as const;

function drawn(view: RunView, viewport: { width: number; height: number; unicode: boolean } = WIDE, at_ms = 5_000) {
  return renderRun(view, viewport, T0 + at_ms).map((line) => toText(line).trimEnd());
}

describe("renderRun", () => {
  test("draws header, tree, times and last log lines", () => {
    const view = runningView(pipelineOf({ extract: [], train: ["extract"], deploy: ["train"], tell: ["train"] }), [
      taskRun("extract", "success", { finished_at: T0 + 2_250 }),
      taskRun("train", "running", { started_at: T0 + 2_500 }),
      taskRun("deploy", "none"),
      taskRun("tell", "none"),
    ]);
    setLastLine(view, { task: "train", attempt: 1 }, "epoch 3 loss=0.12");
    expect(drawn(view)).toEqual([
      "⠙ training  running  5s  1/4 done  1 running  20260131-020000-x7k2mq",
      "✓ extract     1.3s",
      "⠙ train         2s  epoch 3 loss=0.12",
      "├ · deploy",
      "└ · tell",
    ]);
  });

  test("counts a retry down and says which attempt comes", () => {
    const view = runningView(pipelineOf({ load: [] }, 3), [
      taskRun("load", "up_for_retry", {
        attempt: 1,
        retries_used: 1,
        finished_at: T0 + 2_000,
        wake_at: T0 + 9_400,
      }),
    ]);
    const shown = view.tasks.get("load");
    if (shown !== undefined) shown.last_failure = "exit code 7";
    expect(drawn(view)[1]).toBe("↻ load    1.0s  attempt 2/4 in 5s  exit code 7");
    expect(drawn(view, WIDE, 9_399)[1]).toContain("in 1s");
  });

  test("shows mapped tasks as progress with their failures", () => {
    const view = runningView(pipelineOf({ fan: [] }), [
      taskRun("fan", "running", { attempt: 0 }),
      taskRun("fan[0]", "success"),
      taskRun("fan[1]", "failed"),
      taskRun("fan[2]", "running"),
      taskRun("fan[3]", "queued", { attempt: 0 }),
    ]);
    setLastLine(view, { task: "fan", index: 2, attempt: 1 }, "half way");
    expect(drawn(view)[1]).toMatch(/^. fan {6}4s {2}█████░░░░░ 2\/4 {2}1 failed {2}1 running {2}\[2\] half way$/);
  });

  test("says what a waiting and a stopping task are up to", () => {
    const view = runningView(pipelineOf({ a: [], b: [] }), [
      taskRun("a", "waiting"),
      taskRun("b", "running", { stopping: "cancelled" }),
    ]);
    setLastLine(view, { task: "a", attempt: 1 }, "no file yet");
    const [, a, b] = drawn(view);
    expect(a).toMatch(/no file yet$/);
    expect(b).toContain("stopping");
  });

  test("a log line with escape sequences can't touch the screen", () => {
    const view = runningView(pipelineOf({ a: [] }), [
      taskRun("a", "failed", { failure: { message: "\x1b[2Jboom\n\x07" } }),
    ]);
    expect(drawn(view)[1]).toMatch(/ {2}boom$/);
  });

  test("a notice stands below the tree", () => {
    const view = runningView(pipelineOf({ a: [] }), [taskRun("a", "running")]);
    view.notice = "cancelling; Ctrl-C again kills";
    expect(drawn(view).at(-1)).toBe("cancelling; Ctrl-C again kills");
  });

  test("where the tree is too high, what is live, failed and recent stays, and one line counts the rest", () => {
    const tasks = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`t${i}`, i === 0 ? [] : [`t${i - 1}`]]));
    const view = runningView(
      pipelineOf(tasks),
      Object.keys(tasks).map((id, i) => {
        if (i === 3) return taskRun(id, "failed", { finished_at: T0 + 1_003 });
        if (i < 20) return taskRun(id, "success", { finished_at: T0 + 1_000 + i });
        return taskRun(id, i === 20 ? "running" : "none");
      }),
    );
    const lines = drawn(view, { width: 60, height: 7, unicode: true });
    expect(lines.slice(1).map((line) => line.split(/ +/).slice(0, 2).join(" "))).toEqual([
      "✗ t3",
      "✓ t17",
      "✓ t18",
      "✓ t19",
      expect.stringMatching(/^. t20$/),
      "… 25",
    ]);
    expect(lines.at(-1)).toBe("… 25 more: 9 none, 16 success");
  });

  test("where only ASCII can be shown, nothing else is drawn", () => {
    const view = runningView(pipelineOf({ a: [], "a-long-name-for-a-task": ["a"], c: ["a"] }), [
      taskRun("a", "success", { finished_at: T0 + 2_000 }),
      taskRun("a-long-name-for-a-task", "running"),
      taskRun("c", "upstream_failed"),
    ]);
    for (const line of drawn(view, { width: 30, height: 3, unicode: false })) expect(line).toMatch(/^[\x20-\x7e]*$/);
    expect(drawn(view, { width: 60, height: 9, unicode: false })[3]).toMatch(/^` o c/);
  });

  test("never exceeds the terminal, whatever the states, the names and the size", () => {
    const names = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        names,
        fc.array(fc.constantFrom(...TASK_STATES), { minLength: 12, maxLength: 12 }),
        fc.nat(60),
        fc.nat(16),
        fc.boolean(),
        (ids, states, width, height, unicode) => {
          const tasks = Object.fromEntries(ids.map((id, i) => [id, i === 0 ? [] : [ids[i >> 1] as string]]));
          const view = runningView(
            pipelineOf(tasks, 2),
            ids.map((id, i) => ({
              ...taskRun("x", states[i] ?? "none", { why: "because 日本 of 🚀" }),
              key: id,
              task: id,
            })),
          );
          view.notice = "a notice that is rather long for a narrow window";
          const lines = renderRun(view, { width, height, unicode }, T0 + 5_000);
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe("STATE_STYLES", () => {
  test("no two states look the same", () => {
    for (const part of ["symbol", "ascii"] as const) {
      const all = TASK_STATES.map((state) => STATE_STYLES[state][part]);
      expect(new Set(all).size).toBe(TASK_STATES.length);
    }
  });
});
