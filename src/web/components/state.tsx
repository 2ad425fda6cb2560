import type { JSX } from "preact";
import { labelOf } from "../lib/states.ts";

/** What is drawn for each state, in a square of 16: colour is never the only sign. */
const MARKS: Readonly<Record<string, string>> = {
  none: "M7 8h2",
  scheduled: "M8 6.5a1.5 1.5 0 1 1 0 3a1.5 1.5 0 1 1 0-3",
  queued: "M4.5 8h.01M8 8h.01M11.5 8h.01",
  running: "M6 4.5v7l5.5-3.5z",
  waiting: "M8 4v4l3 2",
  up_for_retry: "M11.5 6A4 4 0 1 0 12 9M11.8 3.5V6H9.3",
  success: "M4.5 8.5l2.4 2.4l4.6-5.4",
  failed: "M5 5l6 6M11 5l-6 6",
  skipped: "M4.5 10.5c0-5 5-5.5 7-2.5M11.8 5v3.2H8.6",
  upstream_failed: "M8 4v5M8 11.8v.01",
  cancelled: "M4.5 8h7",
  lost: "M6 6a2 2 0 1 1 2.4 2c-.4.2-.4.6-.4 1.2M8 11.8v.01",
};

interface StateProps {
  readonly state: string;
}

interface MarkProps extends StateProps {
  /** Where it stands in a drawing, in pixels. */
  readonly x?: number;
  readonly y?: number;
}

/** A filled square with the state's sign. Says nothing by itself: its word stands beside it, or in its label. */
export function StateMark({ state, x, y }: MarkProps): JSX.Element {
  return (
    <svg class={`mark state-${state}`} viewBox="0 0 16 16" x={x} y={y} width="16" height="16" aria-hidden="true">
      <rect x="1" y="1" width="14" height="14" rx="3.5" />
      <path d={MARKS[state] ?? MARKS.none} />
    </svg>
  );
}

/** A state with its word. */
export function StateBadge({ state }: StateProps): JSX.Element {
  return (
    <span class="badge" data-state={state}>
      <StateMark state={state} />
      {labelOf(state)}
    </span>
  );
}
