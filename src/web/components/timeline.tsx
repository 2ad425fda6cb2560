import type { JSX } from "preact";
import type { Attempt, Pipeline, TaskRun } from "../generated/api.ts";
import { now } from "../lib/clock.ts";
import { exact } from "../lib/format.ts";
import { path } from "../lib/router.ts";
import { isOpen, labelOf } from "../lib/states.ts";
import { criticalPath } from "../lib/task-words.ts";
import { ticksOf, timelineOf } from "../lib/timeline.ts";
import { duration } from "../lib/words.ts";
import { StateMark } from "./state.tsx";
import { VirtualRows } from "./virtual-rows.tsx";

interface TimelineProps {
  readonly task_runs: readonly TaskRun[];
  readonly attempts: readonly Attempt[];
  readonly pipeline: Pipeline | undefined;
}

/** Of a row, in pixels, as in the styles. */
const ROW = 26;

/** A page is narrow below this width, in pixels, as in the styles. */
const NARROW = 720;

/** When each task run waited and ran. The path that made the run as long as it is is marked. */
export function Timeline({ task_runs, attempts, pipeline }: TimelineProps): JSX.Element {
  const isLive = task_runs.some(({ state }) => isOpen(state));
  const last = Math.max(0, ...task_runs.map(({ finished_at }) => finished_at ?? 0));
  const { begin, end, rows } = timelineOf(task_runs, attempts, isLive ? now.value : last);
  const critical = criticalPath(pipeline?.tasks ?? [], task_runs);
  const part = (at: number): string => `${((at - begin) / (end - begin)) * 100}%`;
  return (
    <div class="list timeline">
      <div class="row titles">
        <span>Task</span>
        <div class="track">
          {ticksOf(end - begin, window.innerWidth < NARROW ? 2 : 8).map((tick) => (
            <span key={tick} class="tick" style={{ left: part(begin + tick) }}>
              {duration(tick)}
            </span>
          ))}
        </div>
      </div>
      <VirtualRows
        count={rows.length}
        height={ROW}
        keyOf={(index) => rows[index]?.row.key ?? String(index)}
        row={(index, style) => {
          const each = rows[index];
          if (each === undefined) return null;
          const { row, stretches } = each;
          return (
            <a key={row.key} class="row" style={style} href={path("runs", row.run_id, "tasks", row.key)}>
              <span class="cut">
                <StateMark state={row.state} /> {row.key}
                {critical.has(row.key) && <span class="critical-word"> critical</span>}
                <span class="unseen">, {labelOf(row.state)}</span>
              </span>
              <span class={`track${critical.has(row.key) ? " critical" : ""}`}>
                {stretches.map(({ kind, state, from, to }) => (
                  <i
                    key={`${kind}${from}`}
                    class={`${kind} state-${state}`}
                    title={`${kind === "queued" ? "waited" : labelOf(state)}: ${duration(to - from)}, from ${exact(from)}`}
                    style={{ left: part(from), width: `max(3px, ${((to - from) / (end - begin)) * 100}%)` }}
                  />
                ))}
              </span>
            </a>
          );
        }}
      />
    </div>
  );
}
