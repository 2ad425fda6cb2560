import { expect } from "vitest";
import {
  type AttemptOutcome,
  createRun,
  decide,
  evolve,
  type FailureReason,
  type Input,
  type Intent,
  intents,
  newRun,
  queuedKeys,
  type Run,
  type RunEvent,
  type RunPlan,
  replay,
  type TaskRun,
} from "../../../src/core/index.ts";
import type { JsonObject } from "../../../src/lib/index.ts";
import { dumpRun } from "../../simulation/support/dump.ts";
import { CREATED, runId, taskId, taskKey } from "../../support/plans.ts";

/** When the runs of these tests are created. */
export const T0 = 1_000_000;

/**
 * Drives one run by hand, in words that are short in a test. After every input it makes sure that
 * deciding left the run alone and that the journal replays to the same run, indexes included.
 */
export class RunDriver {
  readonly plan: RunPlan;
  readonly journal: RunEvent[] = [];
  run: Run;
  now = T0;

  constructor(plan: RunPlan, only?: readonly string[]) {
    this.plan = plan;
    this.run = newRun(plan, runId("r1"));
    this.#store(createRun({ ...CREATED, ...(only && { only: only.map(taskId) }) }, this.now));
  }

  /** A run that has made its first decision. */
  static started(plan: RunPlan, only?: readonly string[]): RunDriver {
    const driver = new RunDriver(plan, only);
    driver.tick();
    return driver;
  }

  /** Gives the run an input; returns what happened, in short. */
  give(input: Input): string[] {
    const before = dumpRun(this.run);
    const events = decide(this.run, input, this.now);
    expect(dumpRun(this.run)).toBe(before);
    this.#store(events);
    return events.map(inShort);
  }

  #store(events: readonly RunEvent[]): void {
    for (const event of events) {
      this.run = evolve(this.run, event);
      this.journal.push(event);
    }
    expect(dumpRun(replay(this.plan, this.run.id, this.journal))).toBe(dumpRun(this.run));
  }

  tick(ms = 0): string[] {
    this.now += ms;
    return this.give({ type: "tick" });
  }

  /** Gives a slot to everything that waits for one, or to these. */
  grant(...keys: string[]): string[] {
    return this.give({ type: "slots_granted", keys: keys.length > 0 ? keys.map(taskKey) : queuedKeys(this.run) });
  }

  /** Reports the end of a task run's latest attempt, or of another. */
  report(key: string, outcome: AttemptOutcome, attempt = this.task(key).attempt): string[] {
    return this.give({ type: "attempt_reported", key: taskKey(key), attempt, outcome });
  }

  succeed(key: string, outputs: JsonObject = {}): string[] {
    return this.report(key, { state: "success", outputs });
  }

  choose(key: string, ...chosen: string[]): string[] {
    return this.report(key, { state: "success", outputs: {}, chosen: chosen.map(taskId) });
  }

  fail(key: string, reason: FailureReason = "exit_code"): string[] {
    return this.report(key, { state: "failed", failure: { reason, message: "it went wrong" } });
  }

  lose(key: string): string[] {
    return this.report(key, { state: "lost", message: "its machine is gone" });
  }

  skip(key: string): string[] {
    return this.report(key, { state: "skipped", message: "it skipped itself" });
  }

  wait(key: string): string[] {
    const { attempt } = this.task(key);
    return this.give({ type: "attempt_waits", key: taskKey(key), attempt });
  }

  cancel(): string[] {
    return this.give({ type: "cancel_requested", by: "ann" });
  }

  retry(...from: string[]): string[] {
    const what = from.length > 0 ? { from: from.map(taskId) } : "failed";
    return this.give({ type: "retry_requested", by: "ann", what });
  }

  mark(key: string, state: "success" | "failed" | "skipped"): string[] {
    return this.give({ type: "mark_requested", key: taskKey(key), state, by: "ann" });
  }

  task(key: string): TaskRun {
    const task = this.run.task_runs.get(taskKey(key));
    if (task === undefined) throw new Error(`there is no task run ${key}`);
    return task;
  }

  /** The state of every task run, or of these. */
  states(...keys: string[]): Record<string, string> {
    const all = [...this.run.task_runs.values()].filter((task) => keys.length === 0 || keys.includes(task.key));
    return Object.fromEntries(all.map((task) => [task.key, task.state]));
  }

  /** The same run once more, under another id. */
  copy(id: string): Run {
    return replay(this.plan, runId(id), this.journal);
  }

  intents(): Intent[] {
    return intents(this.run);
  }

  /** The events of one type so far. */
  all<T extends RunEvent["type"]>(type: T): Extract<RunEvent, { readonly type: T }>[] {
    return this.journal.filter((event): event is Extract<RunEvent, { readonly type: T }> => event.type === type);
  }

  last<T extends RunEvent["type"]>(type: T): Extract<RunEvent, { readonly type: T }> {
    const event = this.all(type).at(-1);
    if (event === undefined) throw new Error(`there is no ${type}`);
    return event;
  }
}

/** `attempt_started train#2`, `task_finished train failed exit_code`. */
function inShort(event: RunEvent): string {
  const words: unknown[] = [event.type];
  if ("key" in event) words.push("attempt" in event ? `${event.key}#${event.attempt}` : event.key);
  if ("task" in event) words.push(event.task);
  if ("state" in event) words.push(event.state);
  if (event.type === "attempt_ended") {
    const { outcome } = event;
    words.push(outcome.state === "failed" ? outcome.failure.reason : outcome.state);
  }
  if ("failure" in event && event.failure !== undefined) words.push(event.failure.reason);
  if (event.type === "retry_scheduled") words.push(event.why, `+${event.ready_at - event.at}`);
  if (event.type === "attempt_stopping") words.push(event.why);
  if (event.type === "tasks_cleared") words.push(...event.tasks, ...(event.items ?? []));
  return words.join(" ");
}
