import { describe, expect, test } from "vitest";
import type { AttemptOutcome, RunId, TaskKey } from "../../src/core/index.ts";
import type { AttemptKey, AttemptReport, AttemptWork, Executor } from "../../src/engine/index.ts";

/** What the attempts of this suite do; each harness knows how to bring it about. */
export type Behaviour =
  | "succeeds"
  /** Ends with exit code 3. */
  | "fails"
  | "skips"
  /** Hands on `answer`: 42. */
  | "hands_on"
  /** Runs for as long as nobody stops it, and ends at SIGTERM. */
  | "waits"
  /** The same, and ignores SIGTERM. */
  | "waits_deaf"
  /** Runs until the harness lets it go on, and then succeeds. */
  | "waits_for_go"
  /** Gives its slot back, sleeps until the harness lets it go on, and then succeeds. Ends when it is stopped. */
  | "sleeps_for_go";

/** A place where attempts run, and outlive the executors that start them. */
export interface ExecutorHarness {
  /** Another executor of this place; each as if in a process of its own. */
  executor(): Executor;
  /** What makes an attempt do this. */
  work(
    behaviour: Behaviour,
  ): Pick<AttemptWork, "operator" | "config" | "outputs"> & Partial<Pick<AttemptWork, "cwd" | "env" | "evaluate">>;
  /** Resolves once the attempt does what it does: a stop from now on finds it. */
  running(attempt: AttemptKey): Promise<void>;
  /** Lets attempts that wait for it go on. */
  go(): Promise<void>;
  /** Ends every process, so that nothing tells of it: the machine went down. */
  lose(): Promise<void>;
  /** Lets time pass until `done` resolves. */
  pass<T>(done: Promise<T>): Promise<T>;
  /** How many processes were started for an attempt. */
  starts(attempt: AttemptKey): number;
}

const GRACE_MS = 100;
/** Long enough to show that nobody waits for it. */
const LONG_GRACE_MS = 3_600_000;

/** Holds an adapter to the Executor port. */
export function executorConformance(name: string, make: () => ExecutorHarness): void {
  describe(`executor: ${name}`, () => {
    test("an attempt that succeeds is reported once, with its name and epoch", async () => {
      const { harness, start, ended, reports } = world(make());
      const work = start("succeeds", { epoch: 7 });
      expect(await ended(work)).toEqual({ state: "success", outputs: {} });
      await harness.pass(Promise.resolve());
      const { run_id, key, attempt } = work;
      expect(reports).toEqual([
        { run_id, key, attempt, epoch: 7, type: "ended", outcome: { state: "success", outputs: {} } },
      ]);
    });

    test("a report never comes before start has returned", async () => {
      const { start, reports, ended } = world(make());
      const work = start("succeeds");
      expect(reports).toEqual([]);
      await ended(work);
    });

    test("a failure has its reason and its exit code", async () => {
      const { start, ended } = world(make());
      expect(await ended(start("fails"))).toMatchObject({
        state: "failed",
        failure: { reason: "exit_code", exit_code: 3 },
      });
    });

    test("an attempt can skip itself", async () => {
      const { start, ended } = world(make());
      expect(await ended(start("skips"))).toMatchObject({ state: "skipped" });
    });

    test("outputs are handed on", async () => {
      const { start, ended } = world(make());
      expect(await ended(start("hands_on"))).toEqual({ state: "success", outputs: { answer: 42 } });
    });

    test("a start that is repeated starts nothing", async () => {
      const { harness, executor, start, ended, reports } = world(make());
      const work = start("waits_for_go");
      executor.start(work);
      executor.adopt(work);
      await harness.running(work);
      await harness.go();
      await ended(work);
      await ended(start("succeeds", { key: "other" as TaskKey }));
      expect(reports.filter(({ key }) => key === work.key)).toHaveLength(1);
      expect(harness.starts(work)).toBe(1);
    });

    test("attempts of one task are told apart, and so are runs", async () => {
      const { start, ended } = world(make());
      const first = start("fails");
      const second = start("succeeds", { attempt: 2 });
      const third = start("skips", { run_id: "other" as RunId });
      expect((await ended(first)).state).toBe("failed");
      expect((await ended(second)).state).toBe("success");
      expect((await ended(third)).state).toBe("skipped");
    });

    test.each(["timeout", "cancelled"] as const)("one that is stopped fails with the reason %s", async (why) => {
      const { harness, executor, start, ended } = world(make());
      const work = start("waits");
      await harness.running(work);
      executor.stop(work, why, LONG_GRACE_MS);
      const outcome = await ended(work);
      expect(outcome).toMatchObject({ state: "failed", failure: { reason: why } });
      expect(outcome).not.toMatchObject({ failure: { signal: "SIGKILL" } });
    });

    test("one that ignores it is ended after its grace", async () => {
      const { harness, executor, start, ended } = world(make());
      const work = start("waits_deaf");
      await harness.running(work);
      executor.stop(work, "timeout", GRACE_MS);
      expect(await ended(work)).toMatchObject({ state: "failed", failure: { reason: "timeout", signal: "SIGKILL" } });
    });

    test("kill ends a stopping attempt without waiting for its grace", async () => {
      const { harness, executor, start, ended } = world(make());
      const work = start("waits_deaf");
      await harness.running(work);
      executor.stop(work, "cancelled", LONG_GRACE_MS);
      executor.kill(work);
      expect(await ended(work)).toMatchObject({ state: "failed", failure: { reason: "cancelled", signal: "SIGKILL" } });
    });

    test("the first reason to stop counts", async () => {
      const { harness, executor, start, ended } = world(make());
      const work = start("waits_deaf");
      await harness.running(work);
      executor.stop(work, "timeout", LONG_GRACE_MS);
      executor.stop(work, "cancelled", LONG_GRACE_MS);
      executor.kill(work);
      expect(await ended(work)).toMatchObject({ failure: { reason: "timeout" } });
    });

    test("kill leaves an attempt alone that was not told to stop", async () => {
      const { harness, executor, start, ended } = world(make());
      const work = start("waits_for_go");
      await harness.running(work);
      executor.kill(work);
      await harness.go();
      expect((await ended(work)).state).toBe("success");
    });

    test("stopping and killing what is unknown or has ended does nothing", async () => {
      const { executor, start, ended, reports } = world(make());
      const work = start("succeeds");
      await ended(work);
      for (const attempt of [work, { ...work, attempt: 9 }]) {
        executor.stop(attempt, "cancelled", GRACE_MS);
        executor.kill(attempt);
      }
      await ended(start("succeeds", { key: "other" as TaskKey }));
      expect(reports).toHaveLength(2);
    });

    test("what a detached executor started goes on, and another one adopts it", async () => {
      const { harness, executor, start, reports, successor } = world(make());
      const work = start("waits_for_go");
      await harness.running(work);
      await executor.detach();
      const next = successor();
      next.executor.adopt({ ...work, epoch: 2 });
      await harness.go();
      expect((await next.ended(work)).state).toBe("success");
      expect(next.reports).toMatchObject([{ key: work.key, epoch: 2 }]);
      expect(reports).toEqual([]);
      expect(harness.starts(work)).toBe(1);
    });

    test("what ended meanwhile is found with its result, adopted twice or once", async () => {
      const { harness, executor, start, successor } = world(make());
      const work = start("waits_for_go", { attempt: 3 });
      const failing = start("fails");
      await harness.running(work);
      await harness.running(failing);
      await executor.detach();
      await harness.go();
      const next = successor();
      next.executor.adopt(work);
      next.executor.adopt(work);
      next.executor.adopt(failing);
      expect((await next.ended(work)).state).toBe("success");
      expect(await next.ended(failing)).toMatchObject({ failure: { exit_code: 3 } });
      expect(next.reports).toHaveLength(2);
    });

    test("an adopted attempt can be stopped, also at once", async () => {
      const { harness, executor, start, successor } = world(make());
      const work = start("waits");
      const deaf = start("waits_deaf", { attempt: 2 });
      await harness.running(work);
      await harness.running(deaf);
      await executor.detach();
      const next = successor();
      for (const attempt of [work, deaf]) {
        next.executor.adopt(attempt);
        next.executor.stop(attempt, "cancelled", GRACE_MS);
      }
      expect(await next.ended(work)).toMatchObject({ failure: { reason: "cancelled" } });
      expect((await next.ended(deaf)).state).not.toBe("success");
    });

    test("one that gives its slot back says so, after start has returned, and its end comes later", async () => {
      const { harness, start, ended, said, reports } = world(make());
      const work = start("sleeps_for_go", { epoch: 7 });
      expect(reports).toEqual([]);
      await said(work);
      const { run_id, key, attempt } = work;
      expect(reports).toEqual([{ run_id, key, attempt, epoch: 7, type: "waits" }]);
      await harness.go();
      expect((await ended(work)).state).toBe("success");
      expect(reports.map(({ type }) => type)).toEqual(["waits", "ended"]);
    });

    test.each(["timeout", "cancelled"] as const)(
      "one that sleeps is stopped at once, with the reason %s",
      async (why) => {
        const { executor, start, ended, said } = world(make());
        const work = start("sleeps_for_go");
        await said(work);
        executor.stop(work, why, LONG_GRACE_MS);
        expect(await ended(work)).toMatchObject({ state: "failed", failure: { reason: why } });
      },
    );

    test("one that is stopped before it sleeps doesn't sleep", async () => {
      const { executor, start, ended } = world(make());
      const work = start("sleeps_for_go");
      executor.stop(work, "cancelled", LONG_GRACE_MS);
      expect(await ended(work)).toMatchObject({ state: "failed", failure: { reason: "cancelled" } });
    });

    test("one that sleeps goes on under the executor that adopts it, and says again that it holds no slot", async () => {
      const { harness, executor, start, said, reports, successor } = world(make());
      const work = start("sleeps_for_go");
      await said(work);
      await executor.detach();
      const next = successor();
      next.executor.adopt({ ...work, epoch: 2 });
      await next.said(work);
      await harness.go();
      expect((await next.ended(work)).state).toBe("success");
      expect(next.reports).toMatchObject([
        { type: "waits", epoch: 2 },
        { type: "ended", epoch: 2 },
      ]);
      expect(reports).toHaveLength(1);
    });

    test("one that sleeps and is adopted can be stopped at once", async () => {
      const { executor, start, said, successor } = world(make());
      const work = start("sleeps_for_go");
      await said(work);
      await executor.detach();
      const next = successor();
      next.executor.adopt(work);
      next.executor.stop(work, "timeout", LONG_GRACE_MS);
      expect(await next.ended(work)).toMatchObject({ state: "failed", failure: { reason: "timeout" } });
    });

    test("one that is adopted while it is known says all again, under the epoch of who asked last", async () => {
      const { harness, executor, start, ended, said, reports } = world(make());
      const work = start("sleeps_for_go");
      await said(work);
      executor.adopt({ ...work, epoch: 3 });
      await harness.go();
      await ended(work);
      expect(reports).toMatchObject([
        { type: "waits", epoch: 1 },
        { type: "waits", epoch: 3 },
        { type: "ended", epoch: 3 },
      ]);
    });

    test("what is gone and left no result is lost", async () => {
      const { harness, executor, start, successor } = world(make());
      const work = start("waits");
      await harness.running(work);
      await executor.detach();
      await harness.lose();
      const next = successor();
      next.executor.adopt(work);
      expect((await next.ended(work)).state).toBe("lost");
    });

    test("what goes away after it was adopted is lost", async () => {
      const { harness, executor, start, successor } = world(make());
      const work = start("waits");
      await harness.running(work);
      await executor.detach();
      const next = successor();
      next.executor.adopt(work);
      await harness.lose();
      expect((await next.ended(work)).state).toBe("lost");
    });

    test("what was never started is lost, not started", async () => {
      const { harness, successor } = world(make());
      const next = successor();
      const work = next.work("succeeds");
      next.executor.adopt(work);
      expect((await next.ended(work)).state).toBe("lost");
      expect(harness.starts(work)).toBe(0);
    });
  });
}

interface Attached {
  readonly harness: ExecutorHarness;
  readonly executor: Executor;
  readonly reports: AttemptReport[];
  work(behaviour: Behaviour, more?: Partial<AttemptWork>): AttemptWork;
  start(behaviour: Behaviour, more?: Partial<AttemptWork>): AttemptWork;
  ended(attempt: AttemptKey): Promise<AttemptOutcome>;
  /** Resolves once the attempt has said that it gives its slot back. */
  said(attempt: AttemptKey): Promise<void>;
  successor(): Attached;
}

function world(harness: ExecutorHarness): Attached {
  const executor = harness.executor();
  const reports: AttemptReport[] = [];
  const ends = new Map<string, (outcome: AttemptOutcome) => void>();
  const words = new Map<string, () => void>();
  const idOf = ({ run_id, key, attempt }: AttemptKey): string => `${run_id}/${key}/${attempt}`;
  executor.onReport((report) => {
    reports.push(report);
    if (report.type === "ended") ends.get(idOf(report))?.(report.outcome);
    else words.get(idOf(report))?.();
  });
  const work = (behaviour: Behaviour, more: Partial<AttemptWork> = {}): AttemptWork => ({
    run_id: "run" as RunId,
    key: "task" as TaskKey,
    attempt: 1,
    epoch: 1,
    pipeline: "p",
    env: {},
    cwd: "/",
    output_values: {},
    secrets: [],
    grace_ms: GRACE_MS,
    logical_date: 0,
    started_at: 0,
    evaluate: () => ({ ok: false, message: "no expression was expected" }),
    ...harness.work(behaviour),
    ...more,
  });
  return {
    harness,
    executor,
    reports,
    work,
    start(behaviour, more) {
      const started = work(behaviour, more);
      executor.start(started);
      return started;
    },
    ended(attempt) {
      const found = reports.find((report) => report.type === "ended" && idOf(report) === idOf(attempt));
      if (found?.type === "ended") return Promise.resolve(found.outcome);
      return harness.pass(new Promise((resolve) => ends.set(idOf(attempt), resolve)));
    },
    said(attempt) {
      if (reports.some((report) => report.type === "waits" && idOf(report) === idOf(attempt))) return Promise.resolve();
      return harness.pass(new Promise((resolve) => words.set(idOf(attempt), resolve)));
    },
    successor: () => world(harness),
  };
}
