import {
  type AttemptEnd,
  type FinalTaskState,
  ITEMS_MAX,
  isFinal,
  itemKey,
  type RunEvent,
  type RunPlan,
  type TaskId,
  type TaskKey,
  type TaskPlan,
  type TaskState,
} from "../../../src/core/index.ts";
import { Graph, isGood } from "./oracle.ts";
import { type AttemptName, taskOf, type World } from "./world.ts";

/** What the checker knows of a task run: a fold of its own, told by events alone. */
interface Watched {
  state: TaskState;
  chosen?: readonly TaskId[];
  attempt: number;
  /** An attempt holds a slot. */
  live: boolean;
  stopping: boolean;
  /** When its first attempt started, since it was last cleared. */
  started_at: number | undefined;
  wake_at: number;
  retries_used: number;
  lost_in_a_row: number;
  ended: AttemptEnd | undefined;
}

type Event<T extends RunEvent["type"]> = Extract<RunEvent, { readonly type: T }>;

/** What never happens, checked on every event that is stored, from the outside. */
export class Checker {
  readonly #plan: RunPlan;
  readonly #graph: Graph;
  readonly #name: string;
  readonly #run_id: AttemptName["run_id"];
  readonly #world: World;
  readonly tasks = new Map<TaskKey, Watched>();
  readonly #items = new Map<TaskId, number>();
  #seq = 0;
  #at = Number.NEGATIVE_INFINITY;
  #state: "queued" | "running" | "finished" = "queued";
  #cancelled = false;
  #timed_out = false;
  /** A person has decided something, so that states need not follow from one another. */
  #marked = false;

  constructor(plan: RunPlan, only: readonly TaskId[] | undefined, run_id: AttemptName["run_id"], world: World) {
    this.#plan = plan;
    this.#graph = new Graph(plan, only);
    this.#name = run_id;
    this.#run_id = run_id;
    this.#world = world;
    for (const task of plan.tasks) this.tasks.set(whole(task.id), untouched(0));
  }

  #claim(condition: boolean, message: string): asserts condition {
    if (!condition) throw new Error(`${this.#name}, event ${this.#seq}: ${message}`);
  }

  #task(key: TaskKey): Watched {
    const task = this.tasks.get(key);
    this.#claim(task !== undefined, `there is no task run ${key}`);
    return task;
  }

  get #ending(): boolean {
    return this.#cancelled || this.#timed_out;
  }

  check(event: RunEvent): void {
    this.#claim(event.seq === this.#seq + 1, `event ${event.seq} came next`);
    this.#claim(event.at >= this.#at, `time went back to ${event.at}`);
    this.#seq = event.seq;
    this.#at = event.at;
    switch (event.type) {
      case "run_created":
        this.#claim(event.seq === 1, "the run was created again");
        break;
      case "run_started":
        this.#claim(this.#state === "queued", "the run started twice");
        this.#state = "running";
        break;
      case "task_expanded":
        this.#expanded(event);
        break;
      case "task_queued":
        this.#queued(event);
        break;
      case "attempt_started":
        this.#started(event);
        break;
      case "attempt_waiting":
        this.#waiting(event);
        break;
      case "attempt_stopping":
        this.#claim(this.#task(event.key).live && !this.#task(event.key).stopping, `${event.key} had nothing to stop`);
        this.#task(event.key).stopping = true;
        break;
      case "attempt_ended":
        this.#ended(event);
        break;
      case "retry_scheduled":
        this.#retried(event);
        break;
      case "task_finished":
        this.#finished(event);
        break;
      case "cancel_accepted":
        this.#claim(this.#state !== "finished" && !this.#ending, "the run was ending already");
        this.#cancelled = true;
        break;
      case "run_timed_out":
        this.#claim(this.#state === "running" && !this.#ending, "the run was ending already");
        this.#claim(this.#plan.timeout_ms !== undefined, "the run has no timeout");
        this.#timed_out = true;
        break;
      case "tasks_cleared":
        this.#cleared(event);
        break;
      case "run_finished":
        this.#runFinished(event);
        break;
    }
  }

  /** After every decision: nothing that could be decided was left. */
  settled(): void {
    for (const [key, task] of this.tasks) {
      this.#claim(task.state !== "scheduled", `${key} was left in the middle of a decision`);
      if (this.#state !== "running" || key.includes("[")) continue;
      if (task.state === "none") {
        this.#claim(this.#graph.says(key as string as TaskId, this.tasks) === "wait", `${key} was forgotten`);
        this.#claim(!this.#ending, `${key} was left open when the run was ending`);
      }
      const items = this.#itemsOf(key as string as TaskId);
      const is_over = task.state === "running" && items.length > 0 && items.every((item) => isFinal(item.state));
      this.#claim(!is_over, `${key} was left running although all its items are decided`);
    }
    const all = [...this.tasks.values()];
    const over = all.every((task) => isFinal(task.state) && !task.live);
    this.#claim(this.#state !== "running" || !over, "the run was left running although all is decided");
  }

  #itemsOf(id: TaskId): readonly Watched[] {
    return Array.from({ length: this.#items.get(id) ?? 0 }, (_, index) => this.#task(itemKey(id, index)));
  }

  #expanded({ task, items }: Event<"task_expanded">): void {
    const watched = this.#task(whole(task));
    this.#claim(watched.state === "none", `${task} was expanded in ${watched.state}`);
    this.#claim(this.#graph.says(task, this.tasks) === "run", `${task} was expanded against its rule`);
    this.#claim(items.length > 0 && items.length <= ITEMS_MAX, `${task} got ${items.length} items`);
    watched.state = "running";
    this.#items.set(task, items.length);
    for (let index = 0; index < items.length; index++) {
      const key = itemKey(task, index);
      this.tasks.set(key, untouched(this.tasks.get(key)?.attempt ?? 0));
    }
  }

  #queued({ key, attempt, at }: Event<"task_queued">): void {
    const task = this.#task(key);
    this.#claim(!this.#ending, `${key} was queued although the run is ending`);
    this.#claim(!task.live, `${key} was queued while an attempt is live`);
    this.#claim(attempt === task.attempt + 1, `${key} was queued as attempt ${attempt}`);
    if (task.state === "none") {
      const id = taskOf(this.#plan, key).id;
      if (key.includes("[")) this.#claim(this.#task(whole(id)).state === "running", `${key} has no open whole`);
      else this.#claim(this.#graph.says(id, this.tasks) === "run", `${key} was queued against its rule`);
      this.#claim(this.#condition(key) === true, `${key} was queued although its \`if\` says no`);
    } else {
      this.#claim(task.state === "up_for_retry", `${key} was queued in ${task.state}`);
      this.#claim(at >= task.wake_at, `${key} was queued ${task.wake_at - at} ms early`);
    }
    task.state = "queued";
  }

  /** What its `if` gives; true for a task without one, undefined when it can't be evaluated. */
  #condition(key: TaskKey): boolean | undefined {
    if (!taskOf(this.#plan, key).conditional) return true;
    const { condition } = this.#plan.evaluator;
    // Random conditions depend on ids alone.
    const given = condition(undefined as never, key);
    return given.ok ? given.value : undefined;
  }

  #started({ key, attempt, deadline_at, at }: Event<"attempt_started">): void {
    const task = this.#task(key);
    this.#claim(task.state === "queued", `${key} started in ${task.state}`);
    this.#claim(!task.live, `${key} started twice`);
    this.#claim(attempt === task.attempt + 1, `${key} started attempt ${attempt}`);
    const started_at = task.started_at ?? at;
    const { timeout_ms, waits } = taskOf(this.#plan, key);
    const due = timeout_ms === undefined ? undefined : (waits ? started_at : at) + timeout_ms;
    this.#claim(deadline_at === due, `${key} times out at ${deadline_at}, not at ${due}`);
    this.#claim(due === undefined || at < due || due === at + (timeout_ms ?? 0), `${key} was begun after its time`);
    Object.assign(task, { state: "running", attempt, live: true, started_at } satisfies Partial<Watched>);
  }

  #waiting({ key, attempt }: Event<"attempt_waiting">): void {
    const task = this.#task(key);
    this.#claim(task.live && task.attempt === attempt && !task.stopping, `${key} had nothing to wait with`);
    this.#claim(task.state === "running", `${key} waits in ${task.state}`);
    Object.assign(task, { state: "waiting", live: false } satisfies Partial<Watched>);
  }

  #ended({ key, attempt, outcome }: Event<"attempt_ended">): void {
    const task = this.#task(key);
    const open = task.live || task.state === "waiting";
    this.#claim(task.attempt === attempt && open, `attempt ${attempt} of ${key} was not open`);
    const was_stopped = outcome.state === "failed" && ["timeout", "cancelled"].includes(outcome.failure.reason);
    this.#claim(!task.stopping || was_stopped, `${key} was stopped and counts as ${outcome.state}`);
    if (outcome.state === "success") this.#claim(this.#truths(key, attempt).length > 0, `${key} did not succeed`);
    task.lost_in_a_row = outcome.state === "lost" ? task.lost_in_a_row + 1 : 0;
    const state = isFinal(task.state) ? task.state : "scheduled";
    Object.assign(task, { state, live: false, stopping: false, ended: outcome } satisfies Partial<Watched>);
  }

  #truths(key: TaskKey, attempt: number): readonly unknown[] {
    const successes = this.#world.successesOf({ run_id: this.#run_id, key, attempt });
    return successes.map((outcome) => outcome.state === "success" && outcome.outputs);
  }

  #retried({ key, attempt, ready_at, at, why }: Event<"retry_scheduled">): void {
    const task = this.#task(key);
    const { retries, on_lost, waits } = taskOf(this.#plan, key);
    this.#claim(task.state === "scheduled" && task.attempt === attempt, `${key} is retried in ${task.state}`);
    this.#claim(!this.#ending, `${key} is retried although the run is ending`);
    if (why === "lost") {
      this.#claim(task.ended?.state === "lost" && on_lost === "rerun", `${key} was not lost`);
      this.#claim(task.lost_in_a_row <= 3, `${key} is rerun after ${task.lost_in_a_row} losses`);
      this.#claim(ready_at === at, `${key} waits although it was lost`);
    } else {
      this.#claim(task.ended?.state === "failed", `${key} is retried after ${task.ended?.state}`);
      this.#claim(task.retries_used < retries.count, `${key} has no retries left`);
      const { reason, final } = task.ended.failure;
      this.#claim(!final || retries.conditional, `${key} is retried in vain`);
      this.#claim(reason !== "cancelled" && !(reason === "timeout" && waits), `${key} is retried after ${reason}`);
      const [least, most] = delayBounds(retries, task.retries_used + 1);
      this.#claim(ready_at - at >= least && ready_at - at <= most, `${key} waits ${ready_at - at} ms for its retry`);
      task.retries_used++;
    }
    Object.assign(task, { state: "up_for_retry", wake_at: ready_at } satisfies Partial<Watched>);
  }

  #finished({ key, state, by, outputs, failure, chosen, at }: Event<"task_finished">): void {
    const task = this.#task(key);
    // An answer is a report like any other, but for who gave it. A mark cancels what waits.
    const reason = task.ended?.state === "failed" ? task.ended.failure.reason : undefined;
    const isAnswer = by !== undefined && task.state === "scheduled" && reason !== "cancelled";
    if (by === undefined || isAnswer) {
      this.#claim(!isFinal(task.state), `${key} was decided twice`);
      this.#claim(
        this.#endFits(key, task, state, failure?.reason) || this.#hadItsTime(key, task, state, at),
        `${key} became ${state} (${failure?.reason}) from ${task.state}`,
      );
    } else {
      this.#marked = true;
    }
    if (state === "success" && task.state === "scheduled") {
      this.#claim(
        by !== undefined || this.#truths(key, task.attempt).includes(outputs),
        `${key} hands on what its attempt did not`,
      );
    }
    task.state = state;
    if (chosen === undefined) delete task.chosen;
    else task.chosen = chosen;
  }

  /** Whether a task run may end so, nobody having decided it by hand. */
  #endFits(key: TaskKey, task: Watched, state: FinalTaskState, reason: string | undefined): boolean {
    const plan = taskOf(this.#plan, key);
    switch (task.state) {
      case "none": {
        if (this.#ending) return state === "cancelled";
        if (key.includes("[")) return this.#conditionEnds(key, state, reason);
        const said = this.#graph.says(plan.id, this.tasks);
        if (said !== "run") return said === state;
        if (plan.for_each === undefined) return this.#conditionEnds(key, state, reason);
        return state === "skipped" || (state === "failed" && reason === "expression_failed");
      }
      case "queued":
        return this.#ending ? state === "cancelled" : state === "failed" && reason === "pool_unavailable";
      case "waiting":
      case "up_for_retry":
        return this.#ending && state === "cancelled";
      case "scheduled":
        return this.#attemptEndFits(plan, task, state);
      case "running":
        return this.#wholeEndFits(plan, state);
      default:
        return false;
    }
  }

  /** Whether the time-out of a task that waits ends it between two attempts. */
  #hadItsTime(key: TaskKey, task: Watched, state: FinalTaskState, at: number): boolean {
    const { timeout_ms, waits, soft_fail } = taskOf(this.#plan, key);
    const between = (task.state === "queued" || task.state === "up_for_retry") && task.started_at !== undefined;
    if (!waits || timeout_ms === undefined || !between || this.#ending) return false;
    return at >= (task.started_at ?? at) + timeout_ms && state === (soft_fail ? "skipped" : "failed");
  }

  #conditionEnds(key: TaskKey, state: FinalTaskState, reason: string | undefined): boolean {
    const condition = this.#condition(key);
    if (condition === undefined) return state === "failed" && reason === "expression_failed";
    return condition === false && state === "skipped";
  }

  #attemptEndFits(plan: TaskPlan, task: Watched, state: FinalTaskState): boolean {
    const { ended } = task;
    if (ended?.state === "success" || ended?.state === "skipped") return state === ended.state;
    if (ended?.state === "lost") {
      const may_rerun = plan.on_lost === "rerun" && task.lost_in_a_row <= 3 && !this.#ending;
      return state === "failed" && !may_rerun;
    }
    const reason = ended?.failure.reason ?? "";
    if (this.#ending) return state === (reason === "cancelled" ? "cancelled" : "failed");
    const never_retried = ["cancelled", "expression_failed", "pool_unavailable"].includes(reason);
    const in_vain = reason === "timeout" && plan.waits;
    const is_final = ended?.failure.final === true;
    const exhausted = task.retries_used >= plan.retries.count;
    if (!never_retried && !in_vain && !is_final && !exhausted && !plan.retries.conditional) return false;
    if (state === "failed") return reason !== "timeout" || !plan.soft_fail || plan.retries.conditional;
    return state === "skipped" && reason === "timeout" && plan.soft_fail;
  }

  #wholeEndFits(plan: TaskPlan, state: FinalTaskState): boolean {
    const states = this.#itemsOf(plan.id).map((item) => item.state);
    if (states.length === 0 || !states.every(isFinal)) return false;
    if (states.includes("failed")) return state === "failed";
    if (states.includes("cancelled")) return state === "cancelled";
    return state === (states.every((one) => one === "skipped") ? "skipped" : "success");
  }

  #cleared({ tasks, items = [] }: Event<"tasks_cleared">): void {
    this.#claim(this.#state === "finished", "tasks were cleared although the run is not finished");
    this.#claim(tasks.length + items.length > 0, "nothing was cleared");
    const reopened = items.map((key) => taskOf(this.#plan, key).id);
    for (const id of this.#graph.downstreamOf([...tasks, ...reopened])) {
      this.#claim(tasks.includes(id) || reopened.includes(id), `${id} is downstream of what was cleared`);
    }
    for (const id of tasks) {
      this.#items.delete(id);
      for (const [key, task] of this.tasks) {
        if (key === whole(id)) this.tasks.set(key, untouched(task.attempt));
        else if (key.startsWith(`${id}[`)) this.tasks.set(key, { ...untouched(task.attempt), state: "skipped" });
      }
    }
    for (const key of items) {
      this.#claim(!["success", "skipped"].includes(this.#task(key).state), `${key} was good and is cleared`);
      this.tasks.set(key, untouched(this.#task(key).attempt));
      this.#task(whole(taskOf(this.#plan, key).id)).state = "running";
    }
    this.#state = "queued";
    this.#cancelled = false;
    this.#timed_out = false;
  }

  #runFinished({ state }: Event<"run_finished">): void {
    const again = this.#state === "finished";
    this.#claim(!again || this.#marked, "the run finished twice");
    for (const [key, task] of this.tasks) {
      this.#claim(isFinal(task.state) && !task.live, `the run finished before ${key}, which is ${task.state}`);
    }
    const deserved = this.#cancelled
      ? "cancelled"
      : this.#timed_out || !isGood(this.#plan, this.tasks)
        ? "failed"
        : "success";
    this.#claim(state === deserved, `the run is called ${state} and deserves ${deserved}`);
    this.#state = "finished";
  }
}

function whole(id: TaskId): TaskKey {
  return id as string as TaskKey;
}

function untouched(attempt: number): Watched {
  return {
    state: "none",
    attempt,
    live: false,
    stopping: false,
    started_at: undefined,
    wake_at: Number.NEGATIVE_INFINITY,
    retries_used: 0,
    lost_in_a_row: 0,
    ended: undefined,
  };
}

/** The shortest and the longest delay that a policy allows before a retry. */
function delayBounds(policy: TaskPlan["retries"], retry: number): readonly [number, number] {
  let delay = policy.delay_ms;
  if (policy.backoff === "exponential") for (let i = 1; i < retry; i++) delay *= policy.factor;
  delay = Math.min(delay, policy.max_delay_ms ?? Number.POSITIVE_INFINITY);
  return [Math.floor(delay * (1 - policy.jitter)), Math.ceil(delay * (1 + policy.jitter))];
}
