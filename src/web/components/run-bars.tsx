import type { JSX } from "preact";
import type { RunSummary } from "../generated/api.ts";
import { now } from "../lib/clock.ts";
import { exact } from "../lib/format.ts";
import { path } from "../lib/router.ts";
import { labelOf } from "../lib/states.ts";
import { duration } from "../lib/words.ts";

/** The lowest and the highest bar, in pixels. */
const LOW = 6;
const HIGH = 28;

/** The last runs, the newest at the right: colour for the state, height for how long it took. */
export function RunBars({ runs }: { readonly runs: readonly RunSummary[] }): JSX.Element {
  const lengths = runs.map(({ started_at, finished_at }) =>
    started_at === undefined ? 0 : (finished_at ?? now.value) - started_at,
  );
  const longest = Math.max(1, ...lengths);
  const bars = runs.map(({ run_id, state, created_at }, index) => {
    const length = lengths[index] ?? 0;
    const words = `${labelOf(state)}, ${duration(length)}, ${exact(created_at)}`;
    const height = LOW + (HIGH - LOW) * Math.sqrt(length / longest);
    return (
      <a
        key={run_id}
        href={path("runs", run_id)}
        class={`state-${state}`}
        title={words}
        aria-label={words}
        tabIndex={-1}
      >
        <i style={{ height: `${height}px` }} />
      </a>
    );
  });
  return <div class="bars">{bars.reverse()}</div>;
}

/** The share of the ended runs that succeeded; undefined when none has ended. */
export function successRate(runs: readonly RunSummary[]): number | undefined {
  const ended = runs.filter(({ state }) => state === "success" || state === "failed");
  return ended.length === 0 ? undefined : ended.filter(({ state }) => state === "success").length / ended.length;
}
