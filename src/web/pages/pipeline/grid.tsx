import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { ask } from "../../api/client.ts";
import { Empty, Ready } from "../../components/problem.tsx";
import { StateMark } from "../../components/state.tsx";
import type { Routes } from "../../generated/api.ts";
import { exact } from "../../lib/format.ts";
import type { PipelineAnswer } from "../../lib/pipeline-answer.ts";
import { path } from "../../lib/router.ts";
import { labelOf, TASK_STATES } from "../../lib/states.ts";
import { useData } from "../../lib/use-data.ts";
import { duration } from "../../lib/words.ts";

type Grid = Routes["GET /pipelines/:pipeline/task-runs"]["answer"];

/** Runs that stand beside each other. */
const RUNS = 40;
/** The highest bar above a run, in pixels. */
const BAR = 48;

/** Runs across, the newest at the right; tasks down. */
export function GridTab({ data: { pipeline } }: { readonly data: PipelineAnswer }): JSX.Element {
  const loaded = useData(
    `grid ${pipeline.name}`,
    (signal) =>
      ask("GET /pipelines/:pipeline/task-runs", { path: { pipeline: pipeline.name }, query: { runs: RUNS }, signal }),
    (event) => event.type === "run" && event.pipeline === pipeline.name,
  );
  return (
    <Ready of={loaded}>
      {(grid) =>
        grid.runs.length === 0 ? (
          <Empty title="It has not run yet" />
        ) : (
          <Squares grid={grid} tasks={pipeline.tasks.map(({ id }) => id)} />
        )
      }
    </Ready>
  );
}

function Squares({ grid, tasks }: { readonly grid: Grid; readonly tasks: readonly string[] }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // The newest runs are what people come for.
    if (box.current !== null) box.current.scrollLeft = box.current.scrollWidth;
  }, []);
  const runs = grid.runs.toReversed();
  const cells = new Map(grid.task_runs.map((row) => [`${row.run_id} ${row.key}`, row]));
  const gone = new Set(grid.task_runs.map(({ key }) => key));
  const rows = [...tasks, ...[...gone].filter((key) => !tasks.includes(key))];
  const longest = Math.max(1, ...runs.map(lengthOf));
  const present = TASK_STATES.filter((state) => grid.task_runs.some((row) => row.state === state));
  return (
    <>
      <div class="card grid-scroll" ref={box}>
        <table class="grid">
          <thead>
            <tr>
              <td />
              {runs.map((run) => {
                const words = `${labelOf(run.state)}, ${duration(lengthOf(run))}, ${exact(run.created_at)}`;
                return (
                  <td key={run.run_id} class="bar">
                    <a
                      href={path("runs", run.run_id)}
                      title={words}
                      aria-label={`Run: ${words}`}
                      class={`state-${run.state}`}
                    >
                      <i style={{ height: `${6 + (BAR - 6) * (lengthOf(run) / longest)}px` }} />
                    </a>
                  </td>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {rows.map((task) => (
              <tr key={task}>
                <th scope="row">{task}</th>
                {runs.map(({ run_id }) => {
                  const cell = cells.get(`${run_id} ${task}`);
                  if (cell === undefined) return <td key={run_id} />;
                  const words = `${task}: ${labelOf(cell.state)}${cell.attempt > 1 ? `, ${cell.attempt} attempts` : ""}`;
                  return (
                    <td key={run_id}>
                      <a href={path("runs", run_id, "tasks", task)} title={words} aria-label={words}>
                        <StateMark state={cell.state} />
                      </a>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="legend below">
        {present.map((state) => (
          <span key={state} class="badge">
            <StateMark state={state} /> {labelOf(state)}
          </span>
        ))}
      </div>
    </>
  );
}

function lengthOf({ started_at, finished_at }: Grid["runs"][number]): number {
  return started_at === undefined || finished_at === undefined ? 0 : finished_at - started_at;
}
