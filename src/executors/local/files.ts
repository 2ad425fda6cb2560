import { dirname, join } from "node:path";
import type { AttemptKey } from "../../engine/index.ts";

/**
 * The files of one attempt. They stand side by side in one folder a run (0700), named by task run and
 * attempt (0600): `<data>/attempts/<run id>/train.1.log`, or `train@3.1.log` for the item 3 of a `for_each`.
 */
export interface AttemptFiles {
  /** What the files of this attempt have in common; it stands in the command line of the attempt's process. */
  readonly base: string;
  /** The run's folder. */
  readonly folder: string;
  /** Written by the attempt's process: that it began and how it ended. */
  readonly status: string;
  /** Its presence forbids a process that has not begun yet to begin. */
  readonly fence: string;
  /** What the script wrote to standard output, and to standard error, until it is in the log. */
  readonly stdout: string;
  readonly stderr: string;
  /** What `$ENGINE_OUTPUT` names. */
  readonly output: string;
  /** What `$ENGINE_CONTEXT` names: what the script is told of its attempt, for as long as it runs. */
  readonly context: string;
  /** What `$ENGINE_ERROR` names: why the script failed, until that is read. */
  readonly error: string;
  readonly log: string;
  /** The script, shared by the attempts of a task that have the same one. */
  readonly script: string;
  /** The script of this attempt alone, when its text is another than the shared one's. */
  readonly ownScript: string;
}

/** Where an attempt's files are. `data` is the data folder. */
export function attemptFiles(data: string, { run_id, key, attempt }: AttemptKey): AttemptFiles {
  const base = join(attemptsFolder(data), encode(run_id), `${encode(key)}.${attempt}`);
  const folder = dirname(base);
  return {
    base,
    folder,
    status: `${base}.status`,
    fence: `${base}.fence`,
    stdout: `${base}.stdout`,
    stderr: `${base}.stderr`,
    output: `${base}.output`,
    context: `${base}.context`,
    error: `${base}.error`,
    log: `${base}.log`,
    script: join(folder, `${encode(key.replace(/\[\d+\]$/, ""))}.sh`),
    ownScript: `${base}.sh`,
  };
}

/** Where the folders of all runs are. */
export function attemptsFolder(data: string): string {
  return join(data, "attempts");
}

/** A name that every file system takes, and that a shell doesn't expand: `train[3]` becomes `train@3`. */
function encode(name: string): string {
  return name
    .replace(/\[(\d+)\]$/, "@$1")
    .replace(/[^A-Za-z0-9_@-]/g, (char) => `%${char.codePointAt(0)?.toString(16)}`);
}
