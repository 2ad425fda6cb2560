import type { CatalogState } from "../catalog/index.ts";
import type { Run, RunEvent } from "../core/index.ts";
import type { SchedulerEvent } from "../engine/index.ts";
import type { Pipeline } from "../language/index.ts";
import type { Observer } from "./observer.ts";
import type { Snapshot } from "./sink.ts";

/** What Airflow measures, whatever the names. A pipeline is a DAG, an attempt a task instance. */
export interface AirflowFacts {
  taskStarted(dag_id: string, task_id: string, queued_seconds: number | undefined): void;
  taskEnded(ended: {
    readonly dag_id: string;
    readonly task_id: string;
    /** The class, such as BashOperator. */
    readonly operator: string;
    readonly state: "success" | "failed" | "skipped";
    readonly lost: boolean;
  }): void;
  taskDuration(dag_id: string, task_id: string, seconds: number): void;
  runEnded(dag_id: string, state: "success" | "failed", seconds: number): void;
  scheduleDelay(dag_id: string, seconds: number): void;
  /** The pipelines that are live, and files with errors. */
  dagBag(pipelines: readonly Pipeline[], import_errors: number): void;
  parseTime(seconds: number): void;
  state(snapshot: Snapshot): void;
}

/** Tells in the words of Airflow what happens. */
export class AirflowObserver implements Observer {
  readonly #facts: AirflowFacts;

  constructor(facts: AirflowFacts) {
    this.#facts = facts;
  }

  committed(event: RunEvent, run: Run, { name, tasks }: Pipeline): void {
    switch (event.type) {
      case "attempt_started": {
        const task_run = run.task_runs.get(event.key);
        const { task = event.key, queued_at } = task_run ?? {};
        this.#facts.taskStarted(name, task, queued_at === undefined ? undefined : (event.at - queued_at) / 1_000);
        break;
      }
      case "attempt_ended": {
        const task_id = run.task_runs.get(event.key)?.task ?? event.key;
        const operator = tasks.find(({ id }) => id === task_id)?.operator ?? "";
        const { state } = event.outcome;
        const lost = state === "lost";
        const of = { dag_id: name, task_id, operator: classOf(operator), lost };
        this.#facts.taskEnded({ ...of, state: state === "lost" ? "failed" : state });
        break;
      }
      case "task_finished": {
        const { task, started_at, items } = run.task_runs.get(event.key) ?? {};
        if (task === undefined || started_at === undefined || items !== undefined) break;
        this.#facts.taskDuration(name, task, Math.max(0, event.at - started_at) / 1_000);
        break;
      }
      case "run_finished":
        // Airflow knows two ways to end: what was cancelled there is marked as failed.
        this.#facts.runEnded(
          name,
          event.state === "success" ? "success" : "failed",
          (event.at - (run.started_at ?? event.at)) / 1_000,
        );
        break;
      default:
    }
  }

  slots(event: SchedulerEvent): void {
    if (event.type === "slot_run") this.#facts.scheduleDelay(event.pipeline, Math.max(0, event.delay_ms) / 1_000);
  }

  catalog({ pipelines, broken }: CatalogState): void {
    this.#facts.dagBag([...pipelines.values()], broken.size);
  }

  looked(seconds: number): void {
    this.#facts.parseTime(seconds);
  }

  snapshot(snapshot: Snapshot): void {
    this.#facts.state(snapshot);
  }

  // Airflow has no names for these.
  history(): void {}
  synced(): void {}
  httpRequest(): void {}
  storeOperation(): void {}
  used(): void {}
}

function classOf(operator: string): string {
  return `${operator.charAt(0).toUpperCase()}${operator.slice(1)}Operator`;
}
