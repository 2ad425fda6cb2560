import type { JSX } from "preact";
import { ask } from "../../api/client.ts";
import { Graph } from "../../components/graph.tsx";
import { Empty, Ready } from "../../components/problem.tsx";
import type { Routes } from "../../generated/api.ts";
import { exact } from "../../lib/format.ts";
import { graphTasks } from "../../lib/graph-tasks.ts";
import type { PipelineAnswer } from "../../lib/pipeline-answer.ts";
import { path, query, setQuery } from "../../lib/router.ts";
import { labelOf } from "../../lib/states.ts";
import { type Loaded, useData } from "../../lib/use-data.ts";
import { RunTimeline } from "../run.tsx";

interface TabProps {
  readonly data: PipelineAnswer;
}

type RunAnswer = Routes["GET /runs/:run"]["answer"];

/** The run that the address names, or the newest. */
function useChosenRun({ summary }: PipelineAnswer): {
  readonly run_id: string | undefined;
  readonly loaded: Loaded<RunAnswer>;
} {
  const run_id = query.value.get("run") ?? summary.recent_runs[0]?.run_id;
  const loaded = useData(
    run_id && `run ${run_id}`,
    (signal) => ask("GET /runs/:run", { path: { run: run_id ?? "" }, signal }),
    (event) => event.type === "run" && event.run_id === run_id,
  );
  return { run_id, loaded };
}

function Choice({ data: { summary }, run_id }: TabProps & { readonly run_id: string }): JSX.Element {
  return (
    <div class="filters">
      <label class="switch">
        Run
        <select value={run_id} onChange={({ currentTarget }) => setQuery({ run: currentTarget.value })}>
          {summary.recent_runs.every((run) => run.run_id !== run_id) && <option value={run_id}>{run_id}</option>}
          {summary.recent_runs.map((run) => (
            <option key={run.run_id} value={run.run_id}>
              {labelOf(run.state)}, {exact(run.created_at)}
            </option>
          ))}
        </select>
      </label>
      <a href={path("runs", run_id)}>Open the run</a>
    </div>
  );
}

/** The tasks by what they need, in the states of a run. */
export function GraphTab({ data }: TabProps): JSX.Element {
  const { run_id, loaded } = useChosenRun(data);
  const { tasks } = data.pipeline;
  return (
    <>
      {run_id === undefined ? <p class="hint filters">It has not run yet.</p> : <Choice data={data} run_id={run_id} />}
      <Graph tasks={graphTasks(tasks, loaded.data?.task_runs ?? [], loaded.data === undefined ? undefined : run_id)} />
    </>
  );
}

/** When the tasks of a run waited and ran. */
export function TimelineTab({ data }: TabProps): JSX.Element {
  const { run_id, loaded } = useChosenRun(data);
  if (run_id === undefined) return <Empty title="It has not run yet" />;
  return (
    <>
      <Choice data={data} run_id={run_id} />
      <Ready of={loaded}>{(run) => <RunTimeline data={run} pipeline={data.pipeline} />}</Ready>
    </>
  );
}
