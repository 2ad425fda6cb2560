import type { Range } from "../diagnostic.ts";

/** What a rule of engine.yaml makes of a code. `off`: its findings are dropped, and appear nowhere. */
export type Level = "off" | "info" | "warn" | "error";

/** `validate` of engine.yaml: what its owner made of the findings. Plain data. Globs are of paths from the repository's root. */
export interface Policy {
  /** The level of a code, everywhere. */
  readonly rules: Readonly<Record<string, Level>>;
  /** The level of a code in some files; of several that fit, the last counts. */
  readonly overrides: readonly { readonly files: string; readonly rules: Readonly<Record<string, Level>> }[];
  readonly ignore: readonly IgnoreEntry[];
}

/** Findings of one code in some files that somebody accepted. */
export interface IgnoreEntry {
  readonly code: string;
  /** A glob. */
  readonly path: string;
  readonly reason: string;
  /** The last day on which it holds, in UTC: `2027-01-31`. Absent: for good. */
  readonly until?: string;
  /** Where it stands in engine.yaml. */
  readonly place: { readonly file: string; readonly range: Range };
}

export interface SettleOptions {
  readonly policy: Policy;
  /** Where names of files begin, as a path from the repository's root, with slashes: `""`, `pipelines/etl`, `../other`. */
  readonly folder: string;
  /** The time, for what holds until a day. Absent: nothing has expired. */
  readonly now_ms?: number;
  /** Whether all of the project was checked, so that what matched nothing is known to be of no use. */
  readonly complete: boolean;
}

/** Where there is no engine.yaml. */
export const NO_POLICY: Policy = { rules: {}, overrides: [], ignore: [] };
