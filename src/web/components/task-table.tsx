import type { JSX } from "preact";
import { ask } from "../api/client.ts";
import type { Pipeline, Routes, TaskRun } from "../generated/api.ts";
import { now } from "../lib/clock.ts";
import { useListKeys } from "../lib/keys.ts";
import { go, path, query, setQuery } from "../lib/router.ts";
import { isOpen, labelOf, TASK_STATES } from "../lib/states.ts";
import { failureWords, lengthOf, whyNotRunning } from "../lib/task-words.ts";
import { useData } from "../lib/use-data.ts";
import { StateBadge, StateMark } from "./state.tsx";
import { Ago } from "./time.tsx";
import { VirtualRows } from "./virtual-rows.tsx";

interface TaskTableProps {
  readonly data: Routes["GET /runs/:run"]["answer"];
  readonly pipeline: Pipeline | undefined;
}

/** Of a row, in pixels, as in the styles. */
const ROW = 32;

/** The task runs of a run. */
export function TaskTable({ data: { run, task_runs }, pipeline }: TaskTableProps): JSX.Element {
  const pools = useData(
    isOpen(run.state) ? `pools of ${run.run_id}` : undefined,
    (signal) => ask("GET /pools", { signal }),
    (event) => event.type === "run" && event.run_id === run.run_id,
  );
  const all = inOrder(task_runs, pipeline);
  const state = query.value.get("state");
  const rows = state === null ? all : all.filter((row) => row.state === state);
  const open = (index: number): void => {
    const row = rows[index];
    if (row !== undefined) go(path("runs", run.run_id, "tasks", row.key));
  };
  const current = useListKeys(rows.length, open);
  const surroundings = { pipeline, task_runs, uses: pools.data?.uses ?? [], now: now.value };
  return (
    <>
      <div class="filters" role="group" aria-label="States">
        {TASK_STATES.filter((each) => all.some((row) => row.state === each)).map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === state}
            class={each === state ? "selected" : ""}
            onClick={() => setQuery({ state: each === state ? undefined : each })}
          >
            <StateMark state={each} /> {all.filter((row) => row.state === each).length} {labelOf(each)}
          </button>
        ))}
      </div>
      <div class="list tasks">
        <div class="row titles">
          <span>Task</span>
          <span>State</span>
          <span class="medium">Attempts</span>
          <span class="medium">Started</span>
          <span>Took</span>
          <span class="medium">Why</span>
        </div>
        <VirtualRows
          count={rows.length}
          height={ROW}
          keyOf={(index) => rows[index]?.key ?? String(index)}
          {...(current !== undefined && { current })}
          row={(index, style) => {
            const row = rows[index];
            if (row === undefined) return null;
            const why = failureWords(row.failure) ?? row.why ?? whyNotRunning(row, surroundings) ?? "";
            return (
              <div key={row.key} class={`row${index === current ? " current" : ""}`} style={style}>
                <a
                  class={`cut${row.index === undefined ? "" : " item"}`}
                  href={path("runs", run.run_id, "tasks", row.key)}
                >
                  {row.key}
                </a>
                <StateBadge state={row.state} />
                <span class="medium">{row.attempt === 0 ? "–" : row.attempt}</span>
                <span class="medium quiet-text">
                  {row.started_at === undefined ? "–" : <Ago at={row.started_at} />}
                </span>
                <span>{lengthOf(row, now.value) ?? "–"}</span>
                <span class="medium cut quiet-text" title={why}>
                  {why}
                </span>
              </div>
            );
          }}
        />
      </div>
    </>
  );
}

/** In the order of the file, the items of a mapped task behind it. */
function inOrder(task_runs: readonly TaskRun[], pipeline: Pipeline | undefined): readonly TaskRun[] {
  const places = new Map(pipeline?.tasks.map(({ id }, index) => [id, index]));
  const placeOf = ({ task }: TaskRun): number => places.get(task) ?? places.size;
  return task_runs.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.index ?? -1) - (b.index ?? -1));
}
