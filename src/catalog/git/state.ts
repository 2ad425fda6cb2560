import type { Diagnostic } from "../../language/index.ts";
import type { LiveCommit } from "./state-file.ts";

/** What is wrong in a file of a commit. */
export interface Finding {
  readonly code: string;
  readonly name: string;
  readonly severity: string;
  /** From the repository's root on. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

/** How a daemon stands to the repository that it follows. Times in milliseconds since the epoch. */
export interface GitState {
  /** Without credentials. */
  readonly url: string;
  /** The folder of pipelines in it. */
  readonly path: string;
  /** Absent until the repository has said which one is its own. */
  readonly branch?: string;
  /** The commit whose pipelines are live. */
  readonly live?: LiveCommit;
  /** The one that a rollback goes to. */
  readonly before?: string;
  /** The newest of the branch, and since when it is known. */
  readonly seen?: LiveCommit;
  /** Somebody went back, and nothing newer has arrived. */
  readonly rolled_back: boolean;
  /** When the repository was last asked with success. */
  readonly synced_at?: number;
  /** The newest commit has errors: how many, and the first of them. */
  readonly refused?: LiveCommit & { readonly errors: number; readonly findings: readonly Finding[] };
  /** Why the repository can't be asked, since when, and how often that was tried. */
  readonly failure?: { readonly message: string; readonly first_at: number; readonly times: number };
}

export function stateFinding(diagnostic: Diagnostic): Finding {
  const { code, name, severity, file, range, message, hint } = diagnostic;
  const { line, column } = range.start;
  return { ...{ code, name, severity, file, line, column, message }, ...(hint !== undefined && { hint }) };
}
