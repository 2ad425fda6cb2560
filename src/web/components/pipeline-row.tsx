import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { ask } from "../api/client.ts";
import type { PipelineSummary } from "../generated/api.ts";
import { now } from "../lib/clock.ts";
import { exact } from "../lib/format.ts";
import { freshnessOf } from "../lib/freshness.ts";
import { mayOperate } from "../lib/me.ts";
import { asked, type SortKey } from "../lib/pipeline-filter.ts";
import { showRuns } from "../lib/pipelines-store.ts";
import { path, query, setQuery } from "../lib/router.ts";
import { type Schedule, scheduleWords } from "../lib/schedule-words.ts";
import { chooseAll, selected } from "../lib/selection.ts";
import { count, duration } from "../lib/words.ts";
import { openBulk } from "./bulk-bar.tsx";
import { RunBars } from "./run-bars.tsx";
import { StateMark } from "./state.tsx";
import { Ago } from "./time.tsx";
import { attempt, tellGood } from "./toast.tsx";
import { openTrigger } from "./trigger-dialog.tsx";

/** In pixels, as in the styles. */
export const ROW_HEIGHT = 46;

/** What stands above the list. */
export function PipelineTitles({ names }: { readonly names: readonly string[] }): JSX.Element {
  const chosen = names.filter((name) => selected.value.has(name)).length;
  return (
    <div class="row titles">
      {mayOperate.value && (
        <input
          type="checkbox"
          class="check"
          aria-label="Choose all that are shown"
          checked={chosen > 0 && chosen === names.length}
          indeterminate={chosen > 0 && chosen < names.length}
          onChange={({ currentTarget }) => chooseAll(names, currentTarget.checked)}
        />
      )}
      <span class="medium">
        <span class="unseen">Last state</span>
      </span>
      <Title by="name">Pipeline</Title>
      <span class="medium">Schedule</span>
      <span class="wide">
        <Title by="next">Next</Title>
      </span>
      <span>
        <Title by="last">Last runs</Title>
      </span>
      <span class="wide">
        <Title by="rate">Success</Title>
      </span>
      <span class="wide">
        <Title by="fresh">Fresh</Title>
      </span>
      <span class="wide">Now</span>
      <span />
    </div>
  );
}

function Title({ by, children }: { readonly by: SortKey; readonly children: string }): JSX.Element {
  const { sort, descending } = asked(query.value);
  const isSorted = sort === by;
  const next = isSorted && !descending ? `-${by}` : by;
  return (
    <button type="button" onClick={() => setQuery({ sort: next === "name" ? undefined : next })}>
      {children}
      {isSorted && (descending ? " ↓" : " ↑")}
    </button>
  );
}

interface RowProps {
  readonly pipeline: PipelineSummary;
  readonly style: { readonly transform: string };
  readonly isCurrent: boolean;
  /** Chosen or let go of; with the shift key, with all to the row before. */
  readonly onChoose: (isOn: boolean, isRange: boolean) => void;
}

/** A pipeline in the list. */
export function PipelineRow({ pipeline, style, isCurrent, onChoose }: RowProps): JSX.Element {
  const { name, description, owner, tags, schedule, next_slot, paused, broken, recent_runs, active_runs, queued_runs } =
    pipeline;
  const rate = pipeline.success_rate;
  useEffect(() => showRuns(name), [name]);
  const words = scheduleWords(schedule as Schedule | null);
  const last = recent_runs[0];
  // The same bars are not compared again, while rows move and others get theirs.
  const bars = useMemo(() => <RunBars runs={recent_runs} />, [recent_runs]);
  return (
    <div class={`row${isCurrent ? " current" : ""}`} style={style}>
      {mayOperate.value && (
        <input
          type="checkbox"
          class="check"
          aria-label={`Choose ${name}`}
          checked={selected.value.has(name)}
          onClick={({ currentTarget, shiftKey }) => onChoose(currentTarget.checked, shiftKey)}
        />
      )}
      <span class="medium" title={last === undefined ? "never run" : `last run: ${last.state}`}>
        <StateMark state={last?.state ?? "none"} />
      </span>
      <div class="name-cell">
        <div class="first">
          <a class="cut" href={path("pipelines", name)}>
            {name}
          </a>
          {paused !== undefined && (
            <span class="pill warn" title={`by ${paused.by}${paused.why === undefined ? "" : `: ${paused.why}`}`}>
              paused
            </span>
          )}
          {broken !== undefined && (
            <span class="pill bad" title={`${broken}. The last good version is live.`}>
              file broken
            </span>
          )}
        </div>
        <div class="second">
          <span class="cut">{description ?? owner ?? count(pipeline.tasks, "task")}</span>
          {tags.slice(0, 3).map((tag) => (
            <span key={tag} class="tag wide">
              {tag}
            </span>
          ))}
        </div>
      </div>
      <span
        class="medium cut"
        title={schedule === null ? "it has no schedule" : `${words} (${(schedule as unknown as Schedule).timezone})`}
      >
        {words}
      </span>
      <span class="wide quiet-text">
        {next_slot !== undefined && paused === undefined ? <Ago at={next_slot} /> : "–"}
      </span>
      {bars}
      <span class="wide">{rate === undefined ? "–" : `${Math.round(rate * 100)}%`}</span>
      <Fresh pipeline={pipeline} />
      <span class="wide quiet-text cut">
        {[active_runs > 0 && `${active_runs} running`, queued_runs > 0 && `${queued_runs} queued`]
          .filter(Boolean)
          .join(", ")}
      </span>
      <span class="do">
        {mayOperate.value && (
          <>
            {(schedule !== null || paused !== undefined) && (
              <button
                type="button"
                class="quiet medium"
                title={paused === undefined ? "Pause its schedule" : "Let its schedule go on"}
                aria-label={`${paused === undefined ? "Pause" : "Resume"} ${name}`}
                onClick={() => void togglePause(pipeline)}
              >
                {paused === undefined ? "Pause" : "Resume"}
              </button>
            )}
            <button
              type="button"
              class="quiet"
              aria-label={`Run ${name}`}
              title="Start a run"
              onClick={() => openTrigger(name)}
            >
              Run
            </button>
          </>
        )}
      </span>
    </div>
  );
}

/** Whether the last success is as young as `slo` promises. */
function Fresh({ pipeline }: { readonly pipeline: PipelineSummary }): JSX.Element {
  const fresh = freshnessOf(pipeline, now.value);
  const { target_ms = 0, last_success_at } = pipeline.freshness ?? {};
  const last = last_success_at === undefined ? "none yet" : exact(last_success_at);
  const title = `last success: ${last}; it may be ${duration(target_ms)} old`;
  if (fresh === undefined) return <span class="wide quiet-text">–</span>;
  if (fresh.state === "fresh") {
    return (
      <span class="wide" title={title}>
        fresh
      </span>
    );
  }
  return (
    <span class="wide" title={title}>
      <span class="pill bad">{fresh.state === "late" ? `${duration(fresh.by_ms)} late` : "no success"}</span>
    </span>
  );
}

/** Asks why a pipeline's schedule is to pause; or has it go on. */
export async function togglePause(pipeline: PipelineSummary): Promise<void> {
  const { name, paused } = pipeline;
  if (paused === undefined) {
    openBulk("pause", () => [pipeline]);
    return;
  }
  const isDone = await attempt(() => ask("POST /pipelines/:pipeline/resume", { path: { pipeline: name } }));
  if (isDone) tellGood(`${name} is resumed.`);
}
