/*
 * What stands between the engine and a script: a shell of one page that outlives the engine and
 * remembers how the script ended.
 */

/** How a wrapper ends that found the fence. Looked at together with the status file, so that a script may use it too. */
const FENCED_EXIT_CODE = 70;

/** What a shell gives for a process that SIGTERM ended, and for a script that was stopped before it began. */
export const SIGTERM_EXIT_CODE = 143;

/**
 * The process that an attempt starts, in a session and a process group of its own. POSIX sh, for it
 * starts several times faster than bash where sh is small, and the script then is the script of a
 * bash of its own: `$$`, `$0`, traps and `exec` are what they always are.
 *
 * Arguments: what the attempt's files have in common, then the command. Descriptor 3 is the status file.
 *
 * The process id is written before the fence is looked for, and whoever puts up the fence looks for
 * the process id after it. So at least one of the two sees the other, and an attempt that somebody
 * gave up never begins. A signal to the group ends the script; the wrapper stays to tell of it. What
 * the shell says itself goes to the status file as well.
 *
 * Whoever stops the attempt puts up the fence before the signal. The subshell looks for it once signals
 * would end it again, so one that the wrapper caught before there was a script is not lost.
 *
 * `times` says on one line what the shell took of the processors, and on the next what its children took.
 */
export const WRAPPER = `exec 4>&2 2>&3
echo "pid $$" >&3
[ -e "$1.fence" ] && exit ${FENCED_EXIT_CODE}
trap : HUP INT QUIT USR1 USR2 ALRM TERM
( [ -e "$1.fence" ] && exit ${SIGTERM_EXIT_CODE}; shift; exec "$@" ) 2>&4 3>&- 4>&-
code=$?
times >&3
echo "end $code" >&3
exit "$code"`;

/** What the wrapper's `$0` is: the beginning of anything that its shell says. */
export const WRAPPER_NAME = "engine";

/** An attempt's wrapper. */
export interface Leader {
  /** Its process id, which is that of its process group. */
  readonly pid: number;
  /** The session that it is in: its own, or a launcher's, with other attempts in it. */
  readonly session: number;
}

/** What a status file says. */
export type AttemptStatus =
  /** The process has not begun, or was kept from it. */
  | { readonly type: "none"; readonly text: string }
  | { readonly type: "began"; readonly leader: Leader; readonly text: string }
  /** `said`: the wrapper's shell had something to say of how the script's shell ended. */
  | {
      readonly type: "ended";
      readonly leader: Leader;
      readonly code: number;
      readonly said: boolean;
      /** What its processes took of the processors, of those that were waited for. */
      readonly cpu_seconds?: number;
    }
  /** Closed by the engine: the process is gone and nothing more is to come. */
  | { readonly type: "closed" };

/** The last line of a status file whose attempt ended without telling how. */
export const CLOSED_LINE = "closed\n";

/** Reads a status file's text. A line that is not complete yet does not count. */
export function parseStatus(text: string): AttemptStatus {
  const lines = text.split("\n");
  lines.pop();
  if (lines.at(-1) === "closed") return { type: "closed" };
  const [, pid, session = pid] = /^pid (\d+)(?: (\d+))?$/.exec(lines[0] ?? "") ?? [];
  if (pid === undefined) return { type: "none", text };
  const leader = { pid: Number(pid), session: Number(session) };
  const { said, cpu_seconds } = splitUsage(lines.slice(1));
  const end = /^end (\d+)$/.exec(said.at(-1) ?? "");
  if (end === null) return { type: "began", leader, text: said.join("\n") };
  const ended = { type: "ended", leader, code: Number(end[1]), said: said.length > 1 } as const;
  return cpu_seconds === undefined ? ended : { ...ended, cpu_seconds };
}

/** `0m1.234s 0m0.100s`, or with a comma. */
const TIMES_LINE = /^(\d+)m(\d+[.,]\d+)s (\d+)m(\d+[.,]\d+)s$/;
/** As a Node process says it. */
const CPU_LINE = /^cpu (\d+(?:\.\d+)?)$/;

function splitUsage(lines: readonly string[]): { readonly said: readonly string[]; readonly cpu_seconds?: number } {
  const said: string[] = [];
  let cpu_seconds: number | undefined;
  for (const line of lines) {
    const [, ...times] = TIMES_LINE.exec(line) ?? [];
    const [, cpu] = CPU_LINE.exec(line) ?? [];
    if (times.length > 0) {
      const [user_minutes = 0, user = 0, system_minutes = 0, system = 0] = times.map((text) =>
        Number(text.replace(",", ".")),
      );
      // The children's line comes last.
      cpu_seconds = (user_minutes + system_minutes) * 60 + user + system;
    } else if (cpu !== undefined) cpu_seconds = Number(cpu);
    else said.push(line);
  }
  return cpu_seconds === undefined ? { said } : { said, cpu_seconds };
}
