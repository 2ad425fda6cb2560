import type { AttemptOutcome, EpochMs } from "../core/index.ts";
import type { Clock, NotificationReport, NotificationWork, Notifier } from "../engine/index.ts";
import { createMasker } from "../lib/index.ts";
import type { AttemptHost, Operator } from "../operators/index.ts";

/** Waits before another try, in milliseconds: a mail server that restarts is back by then. */
const RETRY_AFTER_MS = [5_000, 30_000];
/** Who is asked to wait for longer (`Retry-After`) does so; but no longer than this, in milliseconds: news grow old. */
const ASKED_MAX_MS = 600_000;
/** A try takes no longer, in milliseconds. */
const TRY_MAX_MS = 30_000;

export interface NotifierOptions {
  readonly operators: ReadonlyMap<string, Operator>;
  readonly clock: Clock;
}

/** Sends messages with the operators that tasks send theirs with, and tries a few times. */
export function createNotifier({ operators, clock }: NotifierOptions): Notifier {
  const sending = new Map<string, Sending>();
  let listener: ((report: NotificationReport) => void) | undefined;
  return {
    send({ run_id, notification, work }) {
      const id = `${run_id}/${notification}`;
      if (sending.has(id)) return;
      const one = new Sending(work, operators.get(work.operator), clock);
      sending.set(id, one);
      void one.run().then((problem) => {
        if (!sending.delete(id)) return;
        listener?.({ run_id, notification, ...(problem !== undefined && { problem }) });
      });
    },
    onReport(next) {
      listener = next;
    },
    close() {
      const all = [...sending.values()];
      sending.clear();
      for (const one of all) one.close();
    },
  };
}

/** One message on its way. */
class Sending {
  readonly #work: NotificationWork["work"];
  readonly #operator: Operator | undefined;
  readonly #clock: Clock;
  readonly #closing = new AbortController();

  constructor(work: NotificationWork["work"], operator: Operator | undefined, clock: Clock) {
    this.#work = work;
    this.#operator = operator;
    this.#clock = clock;
  }

  close(): void {
    this.#closing.abort();
  }

  /** Undefined when it was sent, else why not, masked. */
  async run(): Promise<string | undefined> {
    const { operator } = this.#work;
    if (this.#operator === undefined) return `there is no operator ${operator} in this engine`;
    const { mask } = createMasker(this.#work.secrets);
    for (let tries = 0; ; tries++) {
      const outcome = await this.#try(this.#operator);
      const problem = problemOf(outcome);
      const wait_ms = RETRY_AFTER_MS[tries];
      if (problem === undefined) return undefined;
      const isFinal = outcome.state === "failed" && outcome.failure.final;
      if (isFinal || wait_ms === undefined) return mask(`${operator}: ${problem}`);
      const asked_ms = outcome.state === "failed" ? (outcome.failure.retry_after_ms ?? 0) : 0;
      await this.#sleep(Math.max(wait_ms, Math.min(asked_ms, ASKED_MAX_MS)), this.#closing.signal);
      // Nobody asks any more; whoever drives the run next sends it.
      if (this.#closing.signal.aborted) return undefined;
    }
  }

  async #try(operator: Operator): Promise<AttemptOutcome> {
    const limit = new AbortController();
    const tooLong = this.#clock.wakeIn(TRY_MAX_MS, () => limit.abort("timeout"));
    try {
      return await operator.start(this.#host(AbortSignal.any([limit.signal, this.#closing.signal]), limit.signal));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { state: "failed", failure: { reason: "operator_failed", message } };
    } finally {
      tooLong();
    }
  }

  #host(signal: AbortSignal, limit: AbortSignal): AttemptHost {
    const here = "a message is sent inside the engine";
    return {
      work: this.#work,
      signal,
      get stopReason() {
        return limit.aborted ? "timeout" : signal.aborted ? "cancelled" : undefined;
      },
      now: (): EpochMs => this.#clock.now(),
      // What matters of it is in the report.
      log: () => {},
      process: () => Promise.reject(new Error(here)),
      call: () => Promise.reject(new Error(here)),
      readError: () => undefined,
      readOutputs: () => Promise.reject(new Error(here)),
      checkOutputs: async () => ({ ok: true, outputs: {} }),
      giveSlotBack: () => {},
      get outside(): never {
        throw new Error(here);
      },
      get runs(): never {
        throw new Error(here);
      },
      sleep: (ms) => this.#sleep(ms, signal),
    };
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener("abort", done);
        callOff();
        resolve();
      };
      const callOff = this.#clock.wakeIn(ms, done);
      if (signal.aborted) done();
      else signal.addEventListener("abort", done);
    });
  }
}

function problemOf(outcome: AttemptOutcome): string | undefined {
  switch (outcome.state) {
    case "success":
      return undefined;
    case "failed":
      return outcome.failure.message;
    default:
      return outcome.message;
  }
}
