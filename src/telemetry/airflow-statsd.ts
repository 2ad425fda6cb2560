import type { Pipeline } from "../language/index.ts";
import type { AirflowFacts } from "./airflow-facts.ts";
import type { Snapshot } from "./sink.ts";
import type { StatsdClient } from "./statsd-client.ts";

/** Sends what Airflow would send, so that a mapping of statsd_exporter and the dashboards on it go on working. Times in milliseconds. */
export class AirflowStatsd implements AirflowFacts {
  readonly #client: StatsdClient;

  constructor(client: StatsdClient) {
    this.#client = client;
  }

  taskStarted(dag_id: string, task_id: string, queued_seconds: number | undefined): void {
    this.#client.send("c", "ti.start", 1, { dag_id, task_id });
    if (queued_seconds !== undefined) this.#task(dag_id, task_id, "queued_duration", queued_seconds);
  }

  taskEnded({ dag_id, task_id, operator, state, lost }: Parameters<AirflowFacts["taskEnded"]>[0]): void {
    this.#client.send("c", "ti.finish", 1, { dag_id, task_id, state });
    if (lost) this.#client.send("c", "zombies_killed", 1);
    if (state === "skipped") return;
    const ended = state === "success" ? "successes" : "failures";
    for (const name of [`ti_${ended}`, `operator_${ended}_${operator}`]) {
      this.#client.send("c", name, 1, { dag_id, task_id }, [name]);
    }
  }

  taskDuration(dag_id: string, task_id: string, seconds: number): void {
    this.#task(dag_id, task_id, "duration", seconds);
  }

  runEnded(dag_id: string, state: "success" | "failed", seconds: number): void {
    this.#client.send("ms", `dagrun.duration.${state}`, seconds * 1_000, { dag_id });
  }

  scheduleDelay(dag_id: string, seconds: number): void {
    this.#client.send("ms", "dagrun.schedule_delay", seconds * 1_000, { dag_id });
  }

  dagBag(pipelines: readonly Pipeline[], import_errors: number): void {
    this.#client.send("g", "dagbag_size", pipelines.length);
    this.#client.send("g", "dag_processing.import_errors", import_errors);
  }

  parseTime(seconds: number): void {
    this.#client.send("g", "dag_processing.total_parse_time", seconds);
  }

  state({ executors }: Snapshot): void {
    const client = this.#client;
    client.send("c", "scheduler_heartbeat", 1);
    for (const { pool: pool_name, slots, used, queued, running } of executors) {
      if (pool_name === "") {
        client.send("g", "executor.open_slots", slots - used);
        client.send("g", "executor.queued_tasks", queued);
        client.send("g", "executor.running_tasks", running);
      } else {
        client.send("g", "pool.open_slots", slots - used, { pool_name });
        client.send("g", "pool.queued_slots", queued, { pool_name });
        client.send("g", "pool.running_slots", used, { pool_name });
      }
    }
  }

  /** Where there are no tags, the ids stand in the middle of the name. */
  #task(dag_id: string, task_id: string, what: string, seconds: number): void {
    const tags = { dag_id, task_id };
    this.#client.send("ms", `task.${what}`, seconds * 1_000, tags, ["dag", dag_id, task_id, what]);
  }
}
