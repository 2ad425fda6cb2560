import { describe, expect, test } from "vitest";
import { LiveReporter } from "../../../../src/cli/live/live-reporter.ts";
import type { RunSummary } from "../../../../src/cli/live/summary.ts";
import type { TaskSource } from "../../../../src/cli/live/view.ts";
import type { RunEvent } from "../../../../src/core/index.ts";
import type { Committed } from "../../../../src/daemon/index.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { VirtualTerminal } from "../../../support/virtual-terminal.ts";
import { eventOf, pipelineOf, T0, taskRun } from "./sources.ts";

const SUMMARY: RunSummary = {
  run_id: "r1",
  pipeline: "training",
  state: "success",
  duration_ms: 3_000,
  counts: { success: 1 },
  failures: [],
  outputs: {},
};

function setUp() {
  const clock = new VirtualClock(T0);
  const screen = new VirtualTerminal(60, 10);
  const followed: { key: string; attempt: number; say: (line: string) => void; stopped: boolean }[] = [];
  const listeners = {
    resize: new Set<() => void>(),
    exit: new Set<() => void>(),
    pause: new Set<() => void>(),
    goOn: new Set<() => void>(),
  };
  const on = (name: "resize" | "exit") => (listener: () => void) => {
    listeners[name].add(listener);
    return () => listeners[name].delete(listener);
  };
  const terminal = {
    write: (text: string) => screen.write(text),
    get columns() {
      return screen.columns;
    },
    get rows() {
      return screen.rows;
    },
    unicode: true,
    colorDepth: 8,
    onResize: on("resize"),
    onExit: on("exit"),
    onPause(pausing: () => void, goingOn: () => void) {
      listeners.pause.add(pausing);
      listeners.goOn.add(goingOn);
      return () => {
        listeners.pause.clear();
        listeners.goOn.clear();
      };
    },
  } as const;
  const reporter = new LiveReporter(terminal, clock, (_, key, attempt, say) => {
    const follow = { key, attempt, say, stopped: false };
    followed.push(follow);
    return () => {
      follow.stopped = true;
    };
  });
  return { clock, screen, followed, listeners, reporter };
}

const PIPELINE = pipelineOf({ train: [] });

function committed(event: RunEvent, train: TaskSource): Committed {
  const run = { id: "r1", state: "running", started_at: T0, task_runs: new Map([["train", train]]) };
  return { event, run, pipeline: PIPELINE } as unknown as Committed;
}

const STARTED = committed(eventOf({ type: "attempt_started", key: "train", attempt: 1 }), taskRun("train", "running"));

describe("LiveReporter", () => {
  test("draws events that come together in one frame, and goes on drawing while the run lasts", () => {
    const { clock, screen, reporter } = setUp();
    reporter.committed(STARTED);
    expect(screen.transcript).toEqual([]);
    clock.advance(40);
    expect(screen.screen[0]).toContain("training  running  0s");
    clock.advance(2_000);
    expect(screen.screen[0]).toContain("training  running  2s");
    reporter.close();
    expect(clock.pending).toBe(0);
  });

  test("follows the log of what runs, and lets go when its attempt ends", () => {
    const { clock, screen, followed, reporter } = setUp();
    reporter.committed(STARTED);
    clock.advance(40);
    followed[0]?.say("epoch \x1b[31m1\x1b[0m");
    clock.advance(40);
    expect(screen.screen[1]).toMatch(/train .* {2}epoch 1$/);
    reporter.committed(
      committed(
        eventOf({ type: "retry_scheduled", key: "train", attempt: 1, ready_at: T0 + 9_000, why: "failed" }),
        taskRun("train", "up_for_retry", { wake_at: T0 + 9_000 }),
      ),
    );
    clock.advance(40);
    expect(followed).toMatchObject([{ key: "train", attempt: 1, stopped: true }]);
    reporter.committed(
      committed(
        eventOf({ type: "attempt_started", key: "train", attempt: 2 }),
        taskRun("train", "running", { attempt: 2 }),
      ),
    );
    clock.advance(40);
    expect(followed[1]).toMatchObject({ attempt: 2, stopped: false });
    reporter.close();
    expect(followed[1]?.stopped).toBe(true);
  });

  test("leaves the last frame and the summary, the cursor visible below them", () => {
    const { clock, screen, listeners, reporter } = setUp();
    reporter.committed(STARTED);
    clock.advance(40);
    reporter.notice("cancelling");
    reporter.ended(SUMMARY, 0);
    expect(screen.transcript.map((line) => line.replace(/ {2,}.*/, ""))).toEqual([
      expect.stringContaining("training"),
      expect.stringContaining("train"),
      "✓ training success after 3.0s",
      "",
    ]);
    expect(screen.cursorVisible).toBe(true);
    expect(Object.values(listeners).every((each) => each.size === 0)).toBe(true);
  });

  test("gives the terminal back when the process ends on its own", () => {
    const { clock, screen, listeners, reporter } = setUp();
    reporter.committed(STARTED);
    clock.advance(40);
    expect(screen.cursorVisible).toBe(false);
    for (const ending of listeners.exit) ending();
    expect(screen).toMatchObject({ cursorVisible: true, wraps: true, row: 2 });
  });

  test("gives the terminal back while the process is paused, and draws below when it goes on", () => {
    const { clock, screen, listeners, reporter } = setUp();
    reporter.committed(STARTED);
    clock.advance(40);
    for (const pausing of listeners.pause) pausing();
    expect(screen).toMatchObject({ cursorVisible: true, row: 2 });
    screen.write("[1]+ Stopped\r\n$ fg\r\n");
    for (const goingOn of listeners.goOn) goingOn();
    clock.advance(40);
    expect(screen.cursorVisible).toBe(false);
    expect(screen.screen.slice(2, 5)).toEqual(["[1]+ Stopped", "$ fg", expect.stringContaining("training")]);
    reporter.close();
  });

  test("draws anew after a change of size", () => {
    const { clock, screen, listeners, reporter } = setUp();
    reporter.committed(STARTED);
    clock.advance(40);
    screen.resize(16, 6);
    for (const changed of listeners.resize) changed();
    clock.advance(40);
    expect(screen.transcript).toEqual([
      expect.stringMatching(/^. training {2}run…$/),
      expect.stringMatching(/^. train/),
    ]);
  });

  test("a run that is taken up again is drawn as it stands", () => {
    const { clock, screen, reporter } = setUp();
    const row = { run_id: "r1", state: "running", started_at: T0 - 60_000 };
    const tasks = [taskRun("train", "running", { attempt: 2 })];
    reporter.resumed(...([row, tasks, PIPELINE] as unknown as Parameters<LiveReporter["resumed"]>));
    clock.advance(40);
    expect(screen.screen[0]).toContain("running  1m 00s");
    expect(screen.screen[1]).toContain("attempt 2");
    reporter.close();
  });
});
