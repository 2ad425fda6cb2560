import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { WRAPPER_NAME } from "./wrapper.ts";

/*
 * What the operating system knows of processes: /proc on Linux, `ps` elsewhere. Looked at when
 * attempts are adopted or stopped, never while all goes well.
 */

interface ProcessInfo {
  readonly pid: number;
  readonly group: number;
  readonly session: number;
}

/** All processes that run; those that ended and were not collected yet are left out. */
function listProcesses(platform: NodeJS.Platform): readonly ProcessInfo[] {
  return platform === "linux" ? listProc() : listPs();
}

function listProc(): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = readOrEmpty(`/proc/${name}/stat`);
    // After the program's name, which stands in brackets and may hold anything: state, parent, group, session.
    const [state, , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === undefined || state === "" || state === "Z" || state === "X") continue;
    found.push({ pid, group: Number(group), session: Number(session) });
  }
  return found;
}

/** `ps` tells sessions in a way of its own on each system; the group has to do. */
function listPs(): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const line of ps("-Ao", "pid=,pgid=,stat=").split("\n")) {
    const [pid, group, state] = line.trim().split(/\s+/);
    if (pid === undefined || group === undefined || state?.startsWith("Z")) continue;
    found.push({ pid: Number(pid), group: Number(group), session: Number(group) });
  }
  return found;
}

function ps(...args: string[]): string {
  try {
    return execFileSync("ps", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "";
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/**
 * Whether `pid` is the wrapper of the attempt whose files have `base` in common. A process id is used
 * again some day; the wrapper's command line, which holds `base`, is not.
 */
export function isWrapper(pid: number, base: string, platform = process.platform): boolean {
  if (platform !== "linux") return ps("-ww", "-o", "command=", "-p", `${pid}`).includes(` ${base} `);
  const args = Buffer.from(readOrEmpty(`/proc/${pid}/cmdline`), "latin1")
    .toString("utf8")
    .split("\0");
  return args[3] === WRAPPER_NAME && args[4] === base;
}

/**
 * The groups of what still runs of the session that `leader` began: its own group, and those that
 * the script made in it (as `timeout` and `set -m` do).
 */
export function liveGroups(leader: number, platform = process.platform): readonly number[] {
  return groupsOf(listProcesses(platform).filter(({ group, session }) => session === leader || group === leader));
}

/**
 * The same after `leader` is gone, when its id may belong to somebody else: only processes whose
 * environment names this output file count. Outside of Linux that can't be seen, and nothing is returned.
 */
export function orphanedGroups(leader: number, output: string): readonly number[] {
  if (process.platform !== "linux") return [];
  const ours = (pid: number): boolean => {
    const environment = Buffer.from(readOrEmpty(`/proc/${pid}/environ`), "latin1").toString("utf8");
    return environment.split("\0").includes(`ENGINE_OUTPUT=${output}`);
  };
  return groupsOf(listProcesses("linux").filter(({ pid, session }) => session === leader && ours(pid)));
}

function groupsOf(processes: readonly ProcessInfo[]): readonly number[] {
  return [...new Set(processes.map(({ group }) => group))];
}

/** Sends a signal to a process group. False when there is no such group (any more). */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
