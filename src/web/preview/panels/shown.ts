import type { Panel, Series, Target } from "../lib/model.ts";
import type { Choices } from "../lib/templates.ts";

/** What a board shows now: which time, and what of it. Times are seconds since 1970. */
export interface Shown {
  readonly choices: Choices;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  /** As the address has it: `now-6h`. */
  readonly from: string;
  readonly isSample: boolean;
  /** When it was looked, which is where panels of one moment look. */
  readonly now: number;
}

/** Something that happened, to be marked in all panels over time. */
export interface Mark {
  readonly name: string;
  readonly at: number;
  readonly title: string;
  readonly color: string;
}

/** The answer to one of a panel's queries. */
export interface TargetAnswer {
  readonly target: Target;
  readonly series: readonly Series[];
}

export interface DrawProps {
  readonly panel: Panel;
  readonly answers: readonly TargetAnswer[];
  readonly shown: Shown;
  readonly marks: readonly Mark[];
}
