import type { JSX } from "preact";
import { boardOf } from "../lib/grafana.ts";

interface BoardLinkProps {
  readonly pipeline: string;
  /** The time of a run. */
  readonly span?: { readonly from: number; readonly to?: number };
}

/** Leads to the pipeline's board in Grafana, where there is one. */
export function BoardLink({ pipeline, span }: BoardLinkProps): JSX.Element | null {
  const board = boardOf(pipeline, span);
  if (board === undefined) return null;
  return (
    <a href={board} target="_blank" rel="noreferrer">
      Grafana
    </a>
  );
}
