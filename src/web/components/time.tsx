import type { JSX } from "preact";
import { now } from "../lib/clock.ts";
import { exact } from "../lib/format.ts";
import { duration, relative } from "../lib/words.ts";

/** How long ago, or how soon, with the exact time on hover. */
export function Ago({ at }: { readonly at: number }): JSX.Element {
  return (
    <time dateTime={new Date(at).toISOString()} title={exact(at)}>
      {relative(at, now.value)}
    </time>
  );
}

/** The exact time, with how long ago on hover. */
export function Moment({ at }: { readonly at: number }): JSX.Element {
  return (
    <time dateTime={new Date(at).toISOString()} title={relative(at, now.value)}>
      {exact(at)}
    </time>
  );
}

interface SpanProps {
  readonly from: number | undefined;
  /** Absent: it goes on. */
  readonly to?: number | undefined;
}

/** How long something took, or has gone on. */
export function Span({ from, to }: SpanProps): JSX.Element | null {
  if (from === undefined) return null;
  return (
    <span title={`from ${exact(from)}${to === undefined ? "" : ` to ${exact(to)}`}`}>
      {duration((to ?? now.value) - from)}
    </span>
  );
}
