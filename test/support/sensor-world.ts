import type { AttemptOutcome, StopReason } from "../../src/core/index.ts";
import type { AttemptWork, RunService } from "../../src/engine/index.ts";
import type { JsonObject } from "../../src/lib/index.ts";
import { type AttemptHost, operators } from "../../src/operators/index.ts";
import { until } from "./local-world.ts";
import { NO_RUNS } from "./no-runs.ts";
import { type TaskWorld, taskWork } from "./task-work.ts";
import { VirtualClock } from "./virtual-clock.ts";

const unexpected = (): never => {
  throw new Error("a sensor has no process");
};

/** A sensor that waits, with a clock that stands still until the test moves it. */
export interface Waiting {
  readonly clock: VirtualClock;
  readonly ended: Promise<AttemptOutcome>;
  readonly log: string[];
  /** The pauses between looks so far, in milliseconds. */
  readonly pauses: number[];
  /** How often it gave its slot back. */
  readonly gaveBack: () => number;
  readonly signal: AbortSignal;
  /** Resolves once it has looked so often and waits. */
  looked(times: number): Promise<void>;
  /** Lets the pause that it is in pass. */
  pass(): void;
  stop(why: StopReason): void;
}

export interface Settings extends Partial<TaskWorld> {
  readonly outputs?: JsonObject;
  readonly runs?: Partial<RunService>;
  readonly clock?: VirtualClock;
  readonly work?: Partial<AttemptWork>;
}

/** Starts a sensor as it stands under `sensor`. */
export function waiting(sensor: JsonObject, settings: Settings = {}): Waiting {
  const { outputs, runs, clock = new VirtualClock(), work: more, cwd = "/", ...world } = settings;
  const task = { sensor, ...(outputs === undefined ? {} : { outputs }) };
  const work = { ...taskWork(task, { cwd, ...world }), ...more };
  const log: string[] = [];
  const pauses: number[] = [];
  const abort = new AbortController();
  let stopReason: StopReason | undefined;
  let given = 0;
  let wake: (() => void) | undefined;
  const host: AttemptHost = {
    work,
    signal: abort.signal,
    get stopReason() {
      return stopReason;
    },
    now: () => clock.now(),
    log: (line) => log.push(line),
    process: unexpected,
    call: unexpected,
    readError: unexpected,
    readOutputs: unexpected,
    async checkOutputs(values, result) {
      const found = Object.entries(work.output_values).map(([name, text]) => {
        const evaluated = work.evaluate(text, result);
        return [name, evaluated.ok ? evaluated.value : evaluated.message] as const;
      });
      return { ok: true, outputs: { ...values, ...Object.fromEntries(found) } };
    },
    giveSlotBack: () => {
      given++;
    },
    get outside() {
      return unexpected();
    },
    runs: { ...NO_RUNS, ...runs },
    sleep(ms) {
      pauses.push(ms);
      return new Promise((resolve) => {
        wake = resolve;
        clock.wakeAt(clock.now() + ms, resolve);
      });
    },
  };
  const operator = operators.get("sensor");
  if (operator === undefined) throw new Error("there is no sensor");
  return {
    clock,
    ended: operator.start(host),
    log,
    pauses,
    gaveBack: () => given,
    signal: abort.signal,
    looked: (times) => until(`it has looked ${times} times`, () => pauses.length >= times),
    pass: () => clock.advance(pauses.at(-1) ?? 0),
    stop(why) {
      stopReason = why;
      abort.abort(why);
      wake?.();
    },
  };
}
