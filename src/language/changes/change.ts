import type { Check } from "../checks/check.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { PipelineSource } from "../model.ts";
import type { SourceText, Span } from "../text.ts";

/*
 * A pipeline beside itself: as it stands now, and as it stood at an earlier revision.
 */

/** A pipeline at one of the two moments. */
export interface PipelineVersion {
  /** As diagnostics name it. */
  readonly file: string;
  /** Of a file that can't be parsed: what its text says, else the file's own name. */
  readonly name: string;
  readonly text: SourceText;
  /** Absent when the file can't be parsed. */
  readonly source?: PipelineSource;
  /** What is wrong with it by itself. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface PipelineChange {
  /** How messages call the earlier revision. */
  readonly revision: string;
  readonly before: PipelineVersion;
  /** Of the same name, else what it was renamed to; absent when it is gone. */
  readonly after?: PipelineVersion;
}

export interface ChangeContext {
  /** The time, in milliseconds since the epoch: slots are counted from here. */
  readonly now_ms: number;
  report(finding: Pick<Diagnostic, "file" | "range" | "message" | "hint" | "related" | "fix">): void;
}

/** A check that looks at changes, when there is an earlier revision to compare with. */
export interface ChangeCheck extends Check {
  change(change: PipelineChange, context: ChangeContext): void | Promise<void>;
}

/** Where to say something about the pipeline as a whole: its name, else its first key. */
export function headOf({ root, nameAt }: PipelineSource): Span {
  return root.get("name") === undefined ? (root.entries[0]?.keyNode ?? { start: 0, end: 0 }) : nameAt;
}
