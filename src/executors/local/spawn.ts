import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { ProcessSpec } from "../../operators/index.ts";
import type { AttemptFiles } from "./files.ts";
import { WRAPPER, WRAPPER_NAME } from "./wrapper.ts";

/*
 * Starting a process is the hottest path of this room: synchronous calls, few files, no helper
 * library. docs/decisions/0004-processes.md has the measurements.
 */

/** POSIX has it there. */
const SH = "/bin/sh";

/** A script that speaks of these opens its own output by name, which would empty a file. */
const OPENS_ITS_OUTPUT = /\/dev\/std(?:out|err)|\/dev\/fd\/[12]|\/proc\/self\/fd\//;

/** Gives such a script pipes, which bear it, and two `cat` that carry on into the files. */
const RELAYED = 'exec "$0" -euo pipefail "$1" > >(exec cat) 2> >(exec cat >&2)';

export type SpawnRefusal =
  /** The attempt's files are there already, or nobody knows whether it was started: it is to be adopted. */
  | { readonly ok: false; readonly exists: true }
  /** `transient`: the machine may have what is missing in a moment. */
  | { readonly ok: false; readonly exists: false; readonly message: string; readonly transient: boolean };

export type SpawnedChild =
  | { readonly ok: true; readonly child: ChildProcess; readonly pid: number; readonly relayed: boolean }
  | SpawnRefusal;

/** What runs an attempt's script: a program's path and its arguments. */
export interface ScriptCommand {
  readonly command: readonly string[];
  /** The script's output goes through processes that outlive its shell for a moment. */
  readonly relayed: boolean;
}

/** Starts the wrapper with the script, detached. Never throws; resolves once the operating system has answered. */
export async function spawnScript(files: AttemptFiles, spec: ProcessSpec, bash: string): Promise<SpawnedChild> {
  const open: number[] = [];
  try {
    // The status file is the claim: who creates it starts the attempt.
    const status = openNew(files);
    if (status === undefined) return { ok: false, exists: true };
    open.push(status);
    for (const path of [files.stdout, files.stderr]) open.push(openSync(path, "a", 0o600));
    const { command, relayed } = prepareScript(files, spec, bash);
    accessSync(bash, constants.X_OK);
    const child = spawn(SH, ["-c", WRAPPER, WRAPPER_NAME, files.base, ...command], {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: ["ignore", open[1], open[2], open[0]],
    });
    const { pid } = child;
    if (pid !== undefined) return { ok: true, child, pid, relayed };
    const error = await new Promise<Error>((resolve) => child.once("error", resolve));
    return spawnFailed(error, spec, bash);
  } catch (error) {
    return spawnFailed(error as Error, spec, bash);
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

/** Creates the status file; undefined when it is there. */
function openNew(files: AttemptFiles): number | undefined {
  return createIn(files, () => openSync(files.status, "wx", 0o600));
}

/** Puts the script into its file. Throws what the file system throws. Only while the attempt can't be running. */
export function prepareScript(files: AttemptFiles, { script }: ProcessSpec, bash: string): ScriptCommand {
  const path = placeScript(files, script);
  const relayed = OPENS_ITS_OUTPUT.test(script);
  return { relayed, command: relayed ? [bash, "-c", RELAYED, bash, path] : [bash, "-euo", "pipefail", path] };
}

/** Where the script stands: all attempts of a task share a file as long as they have the same script. */
function placeScript(files: AttemptFiles, script: string): string {
  const created = createIn(files, () => {
    writeFileSync(files.script, script, { flag: "wx", mode: 0o600 });
    return true;
  });
  if (created || readFileSync(files.script, "utf8") === script) return files.script;
  writeFileSync(files.ownScript, script, { mode: 0o600 });
  return files.ownScript;
}

/** Creates a file; undefined when it is there. The run's folder is made on the way, by its first attempt. */
function createIn<T>(files: AttemptFiles, create: () => T): T | undefined {
  for (;;) {
    try {
      return create();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") return undefined;
      if (code !== "ENOENT") throw error;
      mkdirSync(files.folder, { recursive: true, mode: 0o700 });
    }
  }
}

/** What the machine runs out of for a moment: processes, file descriptors, memory. */
const TRANSIENT = new Set(["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"]);

/** Says why a process was not started, and whether to try again. */
export function spawnFailed(error: Error, spec: Pick<ProcessSpec, "cwd">, program: string): SpawnRefusal {
  const { code, path } = error as NodeJS.ErrnoException;
  const message = cwdProblem(spec.cwd) ?? explain(code, path, error, program);
  return { ok: false, exists: false, message, transient: TRANSIENT.has(code ?? "") };
}

function cwdProblem(cwd: string): string | undefined {
  try {
    if (!statSync(cwd).isDirectory()) return `the working directory ${cwd} is not a folder`;
    accessSync(cwd, constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return `the working directory ${cwd} does not exist`;
    if (code === "ENOTDIR") return `the working directory ${cwd} does not exist: a part of it is not a folder`;
    return code === "EACCES" ? `the working directory ${cwd} may not be entered` : undefined;
  }
}

function explain(code: string | undefined, path: string | undefined, error: Error, program: string): string {
  switch (code) {
    case "E2BIG":
      return "the environment is too large for a process (often 128 KiB a variable and 2 MiB in all): hand large values on in files";
    case "EMFILE":
    case "ENFILE":
      return "no file descriptor is free: raise the limit (ulimit -n) or lower the concurrency";
    case "EAGAIN":
      return "no process can be started: raise the limit (ulimit -u, pids of the container) or lower the concurrency";
    case "ENOMEM":
      return "there is no memory to start a process";
    case "ENOSPC":
      return "the disk that holds the data folder is full";
    case "ENOENT":
      return `${path === SH ? SH : program} does not exist`;
    default:
      return `the process can't be started: ${error.message}`;
  }
}

/** The first `bash` in PATH; undefined when there is none. */
export function findBash(path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "bash"))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK);
        return statSync(candidate).isFile();
      } catch {
        return false;
      }
    });
}
