import {
  type AttemptEnd,
  type EpochMs,
  FINAL_TASK_STATES,
  type RunEvent,
  type RunState,
  type TaskState,
} from "../../core/index.ts";
import { layOutTree, type TreeRow, type TreeTask } from "./tree.ts";

/** What the view needs of a task run; the run's own state and the store's rows both have it. */
export interface TaskSource {
  readonly key: string;
  readonly task: string;
  readonly index?: number;
  readonly state: TaskState;
  readonly attempt: number;
  readonly retries_used?: number;
  readonly started_at?: EpochMs;
  readonly finished_at?: EpochMs;
  readonly wake_at?: EpochMs;
  readonly stopping?: unknown;
  readonly why?: string;
  readonly failure?: { readonly message?: unknown };
}

/** What the view needs of a run. */
export interface RunSource {
  readonly state: RunState;
  readonly started_at?: EpochMs | undefined;
  readonly finished_at?: EpochMs | undefined;
  readonly why?: string | undefined;
}

/** What the view needs of a pipeline. */
export interface PipelineSource {
  readonly name: string;
  readonly tasks: readonly (TreeTask & { readonly retries: { readonly count: number }; readonly for_each?: unknown })[];
}

/** One task of the run as it is shown. Of a mapped task, all items together. */
export interface TaskView {
  readonly id: string;
  state: TaskState;
  attempt: number;
  /** Retries spent since the task was last cleared. */
  retries_used: number;
  readonly retries_max: number;
  started_at: EpochMs | undefined;
  finished_at: EpochMs | undefined;
  wake_at: EpochMs | undefined;
  stopping: boolean;
  /** Why it is as it is: the failure's message, or the sentence that came with the decision. */
  why: string | undefined;
  /** How its last attempt failed, until the next one starts. */
  last_failure: string | undefined;
  /** The last line of its log, safe to show. */
  last_line: string | undefined;
  /** Of a `for_each` that was expanded: how many items there are in each state. */
  items: Partial<Record<TaskState, number>> | undefined;
}

/** A run as it is shown; kept up to date by `applyEvent`, read by `renderRun`. */
export interface RunView {
  readonly run_id: string;
  readonly pipeline: string;
  state: RunState;
  started_at: EpochMs | undefined;
  finished_at: EpochMs | undefined;
  why: string | undefined;
  /** What the person at the keyboard should know now: that a cancel is under way, for example. */
  notice: string | undefined;
  readonly rows: readonly TreeRow[];
  readonly tasks: ReadonlyMap<string, TaskView>;
  /** How many tasks are in each state. */
  readonly counts: Partial<Record<TaskState, number>>;
  /** The state of each item of a `for_each`, to keep the counts without looking at all of them. */
  readonly item_states: Map<string, TaskState>;
  /** The attempts that run now, by task run: those whose logs are worth a look. */
  readonly running: Map<string, RunningAttempt>;
}

/** An attempt that runs. */
export interface RunningAttempt {
  readonly task: string;
  readonly index?: number;
  readonly attempt: number;
}

const FINAL: ReadonlySet<TaskState> = new Set(FINAL_TASK_STATES);

/** True when the task run's state is decided. */
export function isFinalState(state: TaskState): boolean {
  return FINAL.has(state);
}

/** A view in which nothing has happened yet. */
export function newRunView(run_id: string, pipeline: PipelineSource): RunView {
  const tasks = new Map<string, TaskView>();
  for (const task of pipeline.tasks) {
    tasks.set(task.id, {
      id: task.id,
      state: "none",
      attempt: 0,
      retries_used: 0,
      retries_max: task.retries.count,
      started_at: undefined,
      finished_at: undefined,
      wake_at: undefined,
      stopping: false,
      why: undefined,
      last_failure: undefined,
      last_line: undefined,
      items: undefined,
    });
  }
  return {
    run_id,
    pipeline: pipeline.name,
    state: "queued",
    started_at: undefined,
    finished_at: undefined,
    why: undefined,
    notice: undefined,
    rows: layOutTree(pipeline.tasks),
    tasks,
    counts: tasks.size === 0 ? {} : { none: tasks.size },
    item_states: new Map(),
    running: new Map(),
  };
}

/** Brings the view to a run as a whole: at the start of a resumed run, and after tasks were cleared. */
export function syncRun(view: RunView, run: RunSource, task_runs: Iterable<TaskSource>): void {
  syncHead(view, run);
  view.item_states.clear();
  view.running.clear();
  for (const task of view.tasks.values()) task.items = undefined;
  for (const task_run of task_runs) syncTask(view, task_run);
}

/** Brings the view up to date after an event; costs only what the event touches. */
export function applyEvent(
  view: RunView,
  event: RunEvent,
  run: RunSource & { readonly task_runs: ReadonlyMap<string, TaskSource> },
): void {
  syncHead(view, run);
  if (event.type === "tasks_cleared" || event.type === "run_created") {
    syncRun(view, run, run.task_runs.values());
  } else if (event.type === "task_expanded") {
    const task = view.tasks.get(event.task);
    const whole = run.task_runs.get(event.task);
    if (task === undefined || whole === undefined) return;
    // What is left of the items of an earlier expansion does not count.
    task.items = {};
    for (const key of view.item_states.keys()) if (taskOf(key) === event.task) view.item_states.delete(key);
    syncTask(view, whole);
    for (let index = 0; index < event.items.length; index++) {
      const item = run.task_runs.get(`${event.task}[${index}]`);
      if (item !== undefined) syncTask(view, item);
    }
  } else if ("key" in event) {
    const task_run = run.task_runs.get(event.key);
    if (task_run === undefined) return;
    syncTask(view, task_run);
    const whole = task_run.index === undefined ? undefined : run.task_runs.get(task_run.task);
    if (whole !== undefined) syncTask(view, whole);
    if (event.type === "attempt_ended") noteFailure(view, task_run, event.outcome);
  }
}

function taskOf(key: string): string {
  const bracket = key.indexOf("[");
  return bracket === -1 ? key : key.slice(0, bracket);
}

function noteFailure(view: RunView, { task, index }: TaskSource, outcome: AttemptEnd): void {
  const shown = view.tasks.get(task);
  if (shown === undefined || (outcome.state !== "failed" && outcome.state !== "lost")) return;
  // What the task said last tells more than its exit code.
  const said = outcome.state === "failed" ? outcome.failure.log_tail?.at(-1) : undefined;
  const reason = outcome.state === "failed" ? outcome.failure.message : outcome.message;
  const message = said === undefined ? reason : `${reason}: ${said}`;
  shown.last_failure = index === undefined ? message : `[${index}] ${message}`;
}

function syncHead(view: RunView, run: RunSource): void {
  view.state = run.state;
  view.started_at = run.started_at;
  view.finished_at = run.finished_at;
  view.why = run.why;
}

function syncTask(view: RunView, source: TaskSource): void {
  const task = view.tasks.get(source.task);
  if (task === undefined) return;
  syncRunning(view, source);
  if (source.index !== undefined) {
    syncItem(view, task, source);
    return;
  }
  const before = task.state;
  task.state = source.state;
  task.attempt = source.attempt;
  // A row does not say it: as many as there were attempts, less the one that is under way.
  const over = source.state === "up_for_retry" ? source.attempt : source.attempt - 1;
  task.retries_used = source.retries_used ?? Math.max(over, 0);
  if (source.started_at !== undefined || task.items === undefined) task.started_at = source.started_at;
  task.finished_at = source.finished_at;
  task.wake_at = source.wake_at;
  task.stopping = source.stopping !== undefined;
  task.why = typeof source.failure?.message === "string" ? source.failure.message : source.why;
  if (task.items !== undefined && !isFinalState(source.state)) task.state = stateOfItems(task.items);
  recount(view, before, task.state);
}

function syncRunning(view: RunView, source: TaskSource): void {
  // A mapped task as a whole has no attempt of its own.
  if (source.state !== "running" || source.attempt === 0) {
    view.running.delete(source.key);
    return;
  }
  if (view.running.get(source.key)?.attempt === source.attempt) return;
  const shown = view.tasks.get(source.task);
  if (shown !== undefined && source.index === undefined) {
    shown.last_line = undefined;
    shown.last_failure = undefined;
  }
  const { task, index, attempt } = source;
  view.running.set(source.key, index === undefined ? { task, attempt } : { task, index, attempt });
}

/** Takes note of the last line of a running attempt's log. */
export function setLastLine(view: RunView, { task, index }: RunningAttempt, line: string): void {
  const shown = view.tasks.get(task);
  if (shown !== undefined) shown.last_line = index === undefined ? line : `[${index}] ${line}`;
}

function syncItem(view: RunView, task: TaskView, source: TaskSource): void {
  // A task that was cleared has no items until it is expanded again.
  if (task.state === "none") return;
  const before = view.item_states.get(source.key);
  view.item_states.set(source.key, source.state);
  task.items ??= {};
  if (before !== undefined) task.items[before] = (task.items[before] ?? 0) - 1;
  task.items[source.state] = (task.items[source.state] ?? 0) + 1;
  if (source.started_at !== undefined)
    task.started_at = Math.min(task.started_at ?? source.started_at, source.started_at);
  if (isFinalState(task.state)) return;
  const shown = task.state;
  task.state = stateOfItems(task.items);
  recount(view, shown, task.state);
}

function recount(view: RunView, before: TaskState, after: TaskState): void {
  if (before === after) return;
  view.counts[before] = (view.counts[before] ?? 0) - 1;
  view.counts[after] = (view.counts[after] ?? 0) + 1;
}

/** The liveliest state among the items; a mapped task whose items are all decided is about to be decided itself. */
function stateOfItems(items: Partial<Record<TaskState, number>>): TaskState {
  const order = ["running", "up_for_retry", "waiting", "queued", "scheduled"] as const;
  return order.find((state) => (items[state] ?? 0) > 0) ?? "running";
}
