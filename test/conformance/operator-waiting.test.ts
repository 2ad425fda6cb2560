import type { RunId } from "../../src/core/index.ts";
import type { ChildResult, RunService } from "../../src/engine/index.ts";
import { until } from "../support/local-world.ts";
import { NO_RUNS } from "../support/no-runs.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { type OperatorHarness, operatorConformance } from "./operator.ts";

/*
 * Operators that wait for a run or for a person.
 */

operatorConformance("pipeline", pipelineHarness);
operatorConformance("approval", approvalHarness);

const TOKEN = `\${{ secrets.TOKEN }}`;
/** Its value in the suite. */
const TOKEN_VALUE = "s3cret-of-the-suite";

/** Runs of pipelines that do what their name says, and outlive the engine. */
function runsByName() {
  const started = new Map<string, { readonly ended: PromiseWithResolvers<Omit<ChildResult, "run_id">> }>();
  let waitedFor = 0;
  const service: RunService = {
    ...NO_RUNS,
    async start({ run_id, key, attempt }, { pipeline }) {
      const child = `${run_id}-${key}-${attempt}`;
      if (started.has(child)) return child as RunId;
      const ended = Promise.withResolvers<Omit<ChildResult, "run_id">>();
      started.set(child, { ended });
      if (pipeline === "answers") ended.resolve({ state: "success", outputs: { answer: 42 } });
      if (pipeline === "says") ended.resolve({ state: "success", outputs: { answer: "many" } });
      if (pipeline === "tells") ended.resolve({ state: "success", outputs: { answer: TOKEN_VALUE } });
      if (pipeline === "fails") ended.resolve({ state: "failed", why: `no ${TOKEN_VALUE}`, outputs: {} });
      return child as RunId;
    },
    async finished(run_id) {
      waitedFor++;
      const result = await started.get(run_id)?.ended.promise;
      if (result === undefined) throw new Error(`there is no run ${run_id}`);
      return { run_id, ...result };
    },
    async cancel(run_id) {
      started.get(run_id)?.ended.resolve({ state: "cancelled", outputs: {} });
    },
  };
  return { service, started, waitedFor: () => waitedFor };
}

function pipelineHarness(): OperatorHarness {
  const { service, started, waitedFor } = runsByName();
  let seen = 0;
  const outputs = { answer: "integer" };
  return {
    runs: service,
    tasks: {
      succeeds: { pipeline: "answers", outputs },
      fails: { pipeline: "fails" },
      hangs: { pipeline: "hangs" },
      waits_for_go: { pipeline: "hangs", outputs },
      leaks: { pipeline: "fails", env: { TOKEN } },
      hands_on_secret: { pipeline: "tells", env: { TOKEN }, outputs: { answer: "string" } },
      gives_wrong_output: { pipeline: "says", outputs },
    },
    failure: { reason: "run_failed" },
    async running() {
      await until("it waits once more", () => waitedFor() > seen);
      seen = waitedFor();
    },
    go() {
      for (const { ended } of started.values()) ended.resolve({ state: "success", outputs: { answer: 42 } });
    },
    crash: "adopts",
    starts: () => started.size,
    bad: [
      { task: "pipeline: ''", at: "''" },
      { task: "pipeline: { params: { a: 1 } }", at: "pipeline" },
      { task: "pipeline: { name: a, wait: maybe }", at: "maybe" },
      { task: "pipeline: { name: a, params: [1] }", at: "[1]" },
      { task: "pipeline: a\noutputs: { n: { type: integer, value: n } }", at: "n" },
    ],
  };
}

const MINUTE_MS = 60_000;

function approvalHarness(): OperatorHarness {
  // Attempts of this suite start at 0.
  const clock = new VirtualClock(30 * MINUTE_MS);
  const firingWhatIsDue = (at: number, wake: () => void): (() => void) => {
    const callOff = clock.wakeAt(at, wake);
    queueMicrotask(() => clock.fireDue());
    return callOff;
  };
  const form = { answer: 42 };
  const outputs = { answer: "integer" };
  return {
    clock: {
      now: () => clock.now(),
      wakeAt: firingWhatIsDue,
      wakeIn: (delay_ms, wake) => firingWhatIsDue(clock.now() + delay_ms, wake),
    },
    tasks: {
      // Nobody answers in this suite: their time is over when they begin.
      succeeds: { approval: { message: "Well?", form, default: "approve" }, timeout: "1m", outputs },
      fails: { approval: { message: "Well?", default: "reject" }, timeout: "1m" },
      hangs: { approval: { message: "Well?", default: "approve" }, timeout: "1h" },
      waits_for_go: { approval: { message: "Well?", form, default: "approve" }, timeout: "1h", outputs },
      leaks: { never: "no secret can stand in it" },
      hands_on_secret: { never: "no secret can stand in it" },
      gives_wrong_output: { never: "an answer that doesn't fit is no answer" },
    },
    failure: { reason: "rejected", final: true },
    running: () => until("it waits", () => clock.pending > 0),
    go: () => clock.advance(60 * MINUTE_MS),
    crash: "adopts",
    bad: [
      { task: "approval: ''", at: "''" },
      { task: "approval: { form: { n: 1 } }", at: "approval" },
      { task: "approval: { message: a, on_reject: retry }", at: "retry" },
      { task: "approval: { message: a, approvers: [] }", at: "approvers" },
      { task: "approval: { message: a, default: maybe }", at: "maybe" },
      { task: "approval: { message: a, form: { Percent: 1 } }", at: "Percent" },
    ],
  };
}
