import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { AttemptFiles } from "./files.ts";
import { STATUS_FD } from "./node-messages.ts";
import { type Leader, WRAPPER_NAME } from "./wrapper.ts";

/*
 * What the operating system knows of processes: /proc on Linux, `ps` elsewhere. Looked at when
 * attempts are adopted or stopped; while all goes well for their memory alone.
 */

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

/** All processes that run; those that ended and were not collected yet are left out. */
export function listProcesses(platform: NodeJS.Platform = process.platform): readonly ProcessInfo[] {
  return platform === "linux" ? listProc() : listPs();
}

function listProc(): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = readOrEmpty(`/proc/${name}/stat`);
    // After the program's name, which stands in brackets and may hold anything: state, parent, group, session.
    const [state, parent, group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === undefined || state === "" || state === "Z" || state === "X") continue;
    found.push({ pid, parent: Number(parent), group: Number(group), session: Number(session) });
  }
  return found;
}

/** The memory that a process has now, in bytes: 0 for one that is gone, and outside of Linux. What processes share counts for each of them. */
export function memoryOf(pid: number): number {
  const BYTES_IN_KIB = 1_024;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1] ?? 0) * BYTES_IN_KIB;
}

/** `ps` tells sessions in a way of its own on each system; the group has to do. */
function listPs(): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const line of ps("-Ao", "pid=,ppid=,pgid=,stat=").split("\n")) {
    const [pid, parent, group, state] = line.trim().split(/\s+/);
    if (pid === undefined || group === undefined || state?.startsWith("Z")) continue;
    found.push({ pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(group) });
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
 * Whether `pid` is the wrapper of the attempt with these files. A process id is used again some day; that
 * process then has neither the files' names in its command line, as a wrapper of its own has, nor the status
 * file open, as a launcher's has.
 */
export function isWrapper(pid: number, { base, status }: AttemptFiles, platform = process.platform): boolean {
  if (platform !== "linux") return ps("-ww", "-o", "command=", "-p", `${pid}`).includes(` ${base} `);
  const args = Buffer.from(readOrEmpty(`/proc/${pid}/cmdline`), "latin1")
    .toString("utf8")
    .split("\0");
  if (args[3] === WRAPPER_NAME) return args[4] === base;
  try {
    const open = readlinkSync(`/proc/${pid}/fd/${STATUS_FD}`);
    return open === status || open === `${status} (deleted)`;
  } catch {
    return false;
  }
}

/**
 * The groups of what still runs of the attempt that `leader` stands around: its own group, and those that the
 * script made (as `timeout` and `set -m` do). In a session of its own that is the session. In a launcher's it
 * is whoever descends from the group, and whoever's environment names the attempt's output file: what makes a
 * group, clears its environment and outlives its parent gets away.
 */
export function liveGroups(leader: Leader, files: AttemptFiles, platform = process.platform): readonly number[] {
  const candidates = listProcesses(platform).filter(
    ({ group, session }) => session === leader.session || group === leader.pid,
  );
  if (leader.session === leader.pid) return groupsOf(candidates);
  const found = new Map<number, ProcessInfo>();
  const isOurs = (one: ProcessInfo): boolean =>
    one.group === leader.pid || found.has(one.parent) || namesOutput(one.pid, files.output);
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const one of candidates) if (!found.has(one.pid) && isOurs(one)) found.set(one.pid, one);
  }
  return groupsOf([...found.values()]);
}

/**
 * The same after `leader` is gone, when its id may belong to somebody else: only processes whose
 * environment names the attempt's output file count. Outside of Linux that can't be seen, and nothing is returned.
 */
export function orphanedGroups({ session }: Leader, files: AttemptFiles): readonly number[] {
  if (process.platform !== "linux") return [];
  return groupsOf(listProc().filter((one) => one.session === session && namesOutput(one.pid, files.output)));
}

function namesOutput(pid: number, output: string): boolean {
  const environment = Buffer.from(readOrEmpty(`/proc/${pid}/environ`), "latin1").toString("utf8");
  return environment.split("\0").includes(`ENGINE_OUTPUT=${output}`);
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
