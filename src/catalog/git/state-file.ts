import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** A commit that was live, and since when: milliseconds since the epoch. */
export interface LiveCommit {
  readonly commit: string;
  readonly at: number;
}

/** What is remembered of a repository from one daemon to the next. */
export interface Remembered {
  /** Another repository, or another part of it, has another past. */
  readonly url: string;
  readonly path: string;
  /** Absent: the repository's own. */
  readonly branch?: string;
  /** Commits that were live, the present one last. */
  readonly history: readonly LiveCommit[];
  /** Commits that somebody went back from: they don't come back by themselves. */
  readonly held: readonly string[];
}

/** What the file remembers; undefined when there is none. Throws when it can't be read. */
export function readRemembered(path: string): Remembered | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const value = JSON.parse(text) as Remembered;
  const names = [...value.history.map(({ commit }) => commit), ...value.held];
  // They become paths.
  if (!names.every((name) => /^[0-9a-f]{40,64}$/.test(name))) throw new Error(`${path} names what is no commit`);
  return value;
}

/** Puts the file in the place of the one before: a crash leaves one of the two. */
export function writeRemembered(path: string, remembered: Remembered): void {
  const draft = `${path}.new`;
  const file = openSync(draft, "w", 0o600);
  try {
    writeSync(file, `${JSON.stringify(remembered)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
