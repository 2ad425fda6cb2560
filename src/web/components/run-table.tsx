import type { JSX } from "preact";
import type { Run } from "../generated/api.ts";
import { now } from "../lib/clock.ts";
import { exact } from "../lib/format.ts";
import { useListKeys } from "../lib/keys.ts";
import { go, path } from "../lib/router.ts";
import { isOpen } from "../lib/states.ts";
import { lengthOf } from "../lib/task-words.ts";
import { NoteMark } from "./run-note.tsx";
import { StateBadge } from "./state.tsx";
import { Ago } from "./time.tsx";
import { VirtualRows } from "./virtual-rows.tsx";

interface RunTableProps {
  readonly runs: readonly Run[];
  readonly hasPipeline: boolean;
}

/** Of a row, in pixels, as in the styles. */
const ROW = 32;

/** Runs in rows. */
export function RunTable({ runs, hasPipeline }: RunTableProps): JSX.Element {
  const current = useListKeys(runs.length, (index) => {
    const run = runs[index];
    if (run !== undefined) go(path("runs", run.run_id));
  });
  return (
    <div class={`list runs${hasPipeline ? " of-all" : ""}`}>
      <div class="row titles">
        <span>State</span>
        {hasPipeline && <span>Pipeline</span>}
        <span class="medium">Run</span>
        <span>Created</span>
        <span>Took</span>
        <span class="medium">For</span>
        <span class="medium">Started by</span>
      </div>
      <VirtualRows
        count={runs.length}
        height={ROW}
        keyOf={(index) => runs[index]?.run_id ?? String(index)}
        {...(current !== undefined && { current })}
        row={(index, style) => {
          const run = runs[index];
          if (run === undefined) return null;
          const href = path("runs", run.run_id);
          return (
            <div key={run.run_id} class={`row${index === current ? " current" : ""}`} style={style}>
              <a href={href} class="plain-link">
                <StateBadge state={run.state} />
                {run.note !== undefined && <NoteMark note={run.note} />}
              </a>
              {hasPipeline && (
                <a class="cut" href={path("pipelines", run.pipeline)}>
                  {run.pipeline}
                </a>
              )}
              <a class="medium cut mono" href={href}>
                {run.run_id}
              </a>
              <Ago at={run.created_at} />
              <span>
                {lengthOf(
                  isOpen(run.state) ? { ...(run.started_at !== undefined && { started_at: run.started_at }) } : run,
                  now.value,
                ) ?? "–"}
              </span>
              <span class="medium quiet-text cut">{exact(run.logical_date)}</span>
              <span class="medium quiet-text cut" title={run.why ?? ""}>
                {run.trigger === "schedule" ? "schedule" : `${run.trigger}, ${run.by}`}
              </span>
            </div>
          );
        }}
      />
    </div>
  );
}
