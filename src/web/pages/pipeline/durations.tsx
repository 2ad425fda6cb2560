import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client.ts";
import { Chart } from "../../components/chart.tsx";
import { Empty, Ready } from "../../components/problem.tsx";
import type { Routes } from "../../generated/api.ts";
import type { PipelineAnswer } from "../../lib/pipeline-answer.ts";
import { useData } from "../../lib/use-data.ts";

type Rows = Routes["GET /pipelines/:pipeline/task-runs"]["answer"];

/** Runs that are drawn. */
const RUNS = 100;
/** Tasks that are drawn at first: those that take longest. */
const TASKS = 5;

/** How long the runs took, and each of their tasks. */
export function DurationsTab({ data: { pipeline } }: { readonly data: PipelineAnswer }): JSX.Element {
  const { name } = pipeline;
  const loaded = useData(
    `durations ${name}`,
    (signal) => ask("GET /pipelines/:pipeline/task-runs", { path: { pipeline: name }, query: { runs: RUNS }, signal }),
    (event) => event.type === "run" && event.pipeline === name && event.event.type === "run_finished",
  );
  return <Ready of={loaded}>{(rows) => <Durations rows={rows} />}</Ready>;
}

function Durations({ rows }: { readonly rows: Rows }): JSX.Element {
  const runs = rows.runs
    .filter(({ started_at, finished_at }) => started_at !== undefined && finished_at !== undefined)
    .toReversed();
  const lengths = new Map(rows.task_runs.map((row) => [`${row.run_id} ${row.key}`, lengthOf(row)]));
  const totals = new Map<string, number>();
  for (const row of rows.task_runs) totals.set(row.key, (totals.get(row.key) ?? 0) + (lengthOf(row) ?? 0));
  const tasks = [...totals].sort(([, a], [, b]) => b - a).map(([key]) => key);
  const [picked, setPicked] = useState<readonly string[] | undefined>();
  const shown = picked ?? tasks.slice(0, TASKS);
  if (runs.length === 0) return <Empty title="No run has ended yet" />;
  const x = runs.map(({ created_at }) => created_at / 1000);
  return (
    <>
      <div class="card">
        <h2>Runs</h2>
        <Chart x={x} series={[{ label: "Run", values: runs.map(lengthOf) }]} />
      </div>
      <div class="card">
        <h2>Tasks</h2>
        <div class="filters">
          {tasks.slice(0, 30).map((task) => (
            <button
              key={task}
              type="button"
              class="tag"
              aria-pressed={shown.includes(task)}
              onClick={() => setPicked(shown.includes(task) ? shown.filter((each) => each !== task) : [...shown, task])}
            >
              {task}
            </button>
          ))}
        </div>
        <Chart
          x={x}
          series={tasks
            .filter((task) => shown.includes(task))
            .map((task) => ({ label: task, values: runs.map(({ run_id }) => lengths.get(`${run_id} ${task}`)) }))}
        />
      </div>
    </>
  );
}

/** In seconds. */
function lengthOf({
  started_at,
  finished_at,
}: {
  readonly started_at?: number;
  readonly finished_at?: number;
}): number | undefined {
  return started_at === undefined || finished_at === undefined ? undefined : (finished_at - started_at) / 1000;
}
