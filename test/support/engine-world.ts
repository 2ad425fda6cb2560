import type { Evaluated, Run, RunId, RunPlan, StopReason, TaskId, TaskKey, TaskPlan } from "../../src/core/index.ts";
import {
  type AttemptKey,
  type AttemptReport,
  type AttemptWork,
  type CommittedEvent,
  Engine,
  type Executor,
  type NewRun,
  type NotificationReport,
  type NotificationResolution,
  type NotificationWork,
  type Notifier,
  type Program,
  type Store,
} from "../../src/engine/index.ts";
import type { Pipeline } from "../../src/language/index.ts";
import { createMemoryStore } from "../../src/store/index.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** An executor that does nothing by itself: a test looks at what it was told and says what came of it. */
class ScriptedExecutor implements Executor {
  readonly started: AttemptWork[] = [];
  readonly adopted: AttemptWork[] = [];
  readonly stopped: { attempt: AttemptKey; why: StopReason; grace_ms: number }[] = [];
  readonly killed: AttemptKey[] = [];
  detached = false;
  readonly #works: AttemptWork[] = [];
  #listener: ((report: AttemptReport) => void) | undefined;

  start(work: AttemptWork): void {
    this.started.push(work);
    this.#works.push(work);
  }
  adopt(work: AttemptWork): void {
    this.adopted.push(work);
    this.#works.push(work);
  }
  stop(attempt: AttemptKey, why: StopReason, grace_ms: number): void {
    this.stopped.push({ attempt, why, grace_ms });
  }
  kill(attempt: AttemptKey): void {
    this.killed.push(attempt);
  }
  onReport(listener: (report: AttemptReport) => void): void {
    this.#listener = listener;
  }
  async detach(): Promise<void> {
    this.detached = true;
  }

  /** Reports of the latest start or adoption of a task run; of that in one run, if it is named. */
  report(key: string, what: ReportBody, run_id?: RunId): void {
    const isMeant = (work: AttemptWork): boolean => work.key === key && (run_id ?? work.run_id) === work.run_id;
    const work = this.#works.findLast(isMeant);
    if (work === undefined) throw new Error(`nothing was started for ${key}`);
    this.reportOf(work, what);
  }

  reportOf({ run_id, key, attempt, epoch }: AttemptWork, what: ReportBody): void {
    this.#listener?.({ run_id, key, attempt, epoch, ...what });
  }

  succeed(key: string, outputs = {}, run_id?: RunId): void {
    this.report(key, { type: "ended", outcome: { state: "success", outputs } }, run_id);
  }

  fail(key: string, exit_code = 1): void {
    const failure = { reason: "exit_code", message: `exit code ${exit_code}`, exit_code } as const;
    this.report(key, { type: "ended", outcome: { state: "failed", failure } });
  }
}

type ReportBody = AttemptReport extends infer R
  ? R extends AttemptReport
    ? Omit<R, keyof AttemptWork>
    : never
  : never;

const TASK_DEFAULTS: Omit<TaskPlan, "id"> = {
  needs: [],
  trigger_rule: "all_success",
  conditional: false,
  branch: false,
  retries: { count: 0, delay_ms: 0, backoff: "constant", factor: 1, jitter: 0, conditional: false },
  grace_ms: 10_000,
  waits: false,
  soft_fail: false,
  on_lost: "rerun",
  allow_failure: false,
  pool_slots: 1,
  priority: 0,
  notify: {},
};

const nothingToEvaluate = (): Evaluated<never> => ({ ok: false, message: "no expression was expected" });

type TaskShape = Partial<Omit<TaskPlan, "id" | "needs">> & { readonly needs?: readonly string[] };

/** A program of these tasks, without a language behind it. */
export function aProgram(tasks: Readonly<Record<string, TaskShape>>, more: Partial<RunPlan> = {}): Program {
  const plan: RunPlan = {
    pipeline: "p",
    max_active_tasks: 16,
    tasks: Object.entries(tasks).map(([id, task]) => ({
      ...TASK_DEFAULTS,
      ...task,
      id: id as TaskId,
      needs: (task.needs ?? []) as readonly TaskId[],
    })),
    notify: {},
    evaluator: { condition: nothingToEvaluate, items: nothingToEvaluate, retry: nothingToEvaluate },
    ...more,
  };
  return programOf(plan);
}

/** A program of a plan, without a language behind it. */
export function programOf(plan: RunPlan, more: Partial<Pipeline> = {}): Program {
  const pipeline = {
    name: plan.pipeline,
    version: "v1",
    file: "p.yaml",
    source: "",
    tasks: [],
    ...more,
  } as unknown as Pipeline;
  const resolved = {
    ok: true,
    operator: "scripted",
    grace_ms: 10_000,
    waits: false,
    config: {},
    env: {},
    cwd: "/",
    outputs: {},
    output_values: {},
    secrets: [],
    evaluate: nothingToEvaluate,
  } as const;
  const notification = (run: Run, number: number): NotificationResolution => {
    const name = { run_id: run.id, key: "run" as TaskKey, attempt: number, epoch: 1 };
    return { ok: true, work: { ...name, pipeline: "p", logical_date: 0, started_at: 0, ...resolved } };
  };
  return {
    pipeline,
    plan,
    resolve: () => resolved,
    outputs: nothingToEvaluate,
    metrics: () => ({ metrics: [], checks: [], failures: [], warnings: [] }),
    notification,
    asWritten: () => resolved,
  };
}

/** Takes messages and says nothing of them until a test does. */
export class ScriptedNotifier implements Notifier {
  readonly sent: NotificationWork[] = [];
  closed = false;
  #listener: ((report: NotificationReport) => void) | undefined;

  send(work: NotificationWork): void {
    this.sent.push(work);
  }

  onReport(listener: (report: NotificationReport) => void): void {
    this.#listener = listener;
  }

  /** Of the message that was given last, unless another is named. */
  report(problem?: string, work: NotificationWork | undefined = this.sent.at(-1)): void {
    if (work === undefined) throw new Error("nothing was sent");
    const { run_id, notification } = work;
    this.#listener?.({ run_id, notification, ...(problem !== undefined && { problem }) });
  }

  close(): void {
    this.closed = true;
  }
}

/** An engine on scripted parts. */
export interface EngineWorld {
  readonly engine: Engine;
  readonly executor: ScriptedExecutor;
  readonly notifier: ScriptedNotifier;
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly events: CommittedEvent[];
  readonly troubles: string[];
  create(more?: Partial<NewRun["created"]>): Promise<RunId>;
  /** Resolves once the loop has nothing left to do. */
  idle(): Promise<void>;
  /** Moves the clock and lets the loop come to rest. */
  advance(by_ms: number): Promise<void>;
  state(run_id: RunId, key: string): Promise<string | undefined>;
}

let engines = 0;

export function anEngine(
  program: Program,
  parts: {
    store?: Store;
    clock?: VirtualClock;
    concurrency?: number;
    pools?: Record<string, number>;
    gated?: boolean;
  } = {},
): EngineWorld {
  const {
    store = createMemoryStore(),
    clock = new VirtualClock(),
    concurrency = 16,
    pools = {},
    gated = false,
  } = parts;
  const executor = new ScriptedExecutor();
  const notifier = new ScriptedNotifier();
  const events: CommittedEvent[] = [];
  const troubles: string[] = [];
  let runs = 0;
  const owner = `engine-${++engines}`;
  const engine = new Engine(
    {
      store,
      executor,
      notifier,
      clock,
      ids: { runId: () => `${owner}-run-${++runs}` as RunId },
      loadProgram: () => program,
    },
    { owner, concurrency, pools, gated, onTrouble: (message) => troubles.push(message) },
  );
  engine.subscribe((committed) => events.push(committed));
  const idle = async (): Promise<void> => {
    // The loop takes a turn per macrotask; a few without a new event mean that it rests.
    for (let quiet = 0, seen = -1; quiet < 4; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = seen === events.length + executor.started.length ? quiet + 1 : 0;
      seen = events.length + executor.started.length;
    }
  };
  return {
    engine,
    executor,
    notifier,
    clock,
    store,
    events,
    troubles,
    idle,
    async create(more = {}) {
      const now = clock.now();
      const dates = { logical_date: now, data_interval_start: now, data_interval_end: now };
      return engine.createRun({ program, created: { trigger: "manual", by: "test", params: {}, ...dates, ...more } });
    },
    async advance(by_ms) {
      clock.advance(by_ms);
      await idle();
    },
    async state(run_id, key) {
      return (await store.listTaskRuns(run_id)).find((row) => row.key === (key as TaskKey))?.state;
    },
  };
}
