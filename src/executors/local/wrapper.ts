/*
 * What stands between the engine and a script: a shell of one page that outlives the engine and
 * remembers how the script ended.
 */

/** How a wrapper ends that found the fence. Looked at together with the status file, so that a script may use it too. */
const FENCED_EXIT_CODE = 70;

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
 * the shell itself says of a command that a signal ended ("Killed") goes to the status file as well.
 */
export const WRAPPER = `exec 4>&2 2>&3
echo "pid $$" >&3
[ -e "$1.fence" ] && exit ${FENCED_EXIT_CODE}
shift
trap : TERM INT HUP
(exec "$@" 2>&4 3>&- 4>&-)
code=$?
echo "end $code" >&3
exit "$code"`;

/** What the wrapper's `$0` is: the beginning of anything that its shell says. */
export const WRAPPER_NAME = "engine";

/** A shell adds the signal's number to this when what it ran was ended by a signal. */
const SIGNAL_EXIT_BASE = 128;

/** What a status file says. */
export type AttemptStatus =
  /** The process has not begun, or was kept from it. */
  | { readonly type: "none"; readonly text: string }
  | { readonly type: "began"; readonly pid: number; readonly text: string }
  /** `signal`: the script's own shell was ended by this signal number. */
  | { readonly type: "ended"; readonly pid: number; readonly code: number; readonly signal?: number }
  /** Closed by the engine: the process is gone and nothing more is to come. */
  | { readonly type: "closed" };

/** The last line of a status file whose attempt ended without telling how. */
export const CLOSED_LINE = "closed\n";

/** Reads a status file's text. A line that is not complete yet does not count. */
export function parseStatus(text: string): AttemptStatus {
  const lines = text.split("\n");
  lines.pop();
  if (lines.at(-1) === "closed") return { type: "closed" };
  const pid = Number(/^pid (\d+)$/.exec(lines[0] ?? "")?.[1] ?? Number.NaN);
  if (Number.isNaN(pid)) return { type: "none", text };
  const said = lines.slice(1);
  const end = /^end (\d+)$/.exec(said.at(-1) ?? "");
  if (end === null) return { type: "began", pid, text: said.join("\n") };
  const code = Number(end[1]);
  // The shell speaks only of a signal that ended the script's shell itself, not one of its commands.
  const signalled = said.length > 1 && code > SIGNAL_EXIT_BASE;
  return { type: "ended", pid, code, ...(signalled && { signal: code - SIGNAL_EXIT_BASE }) };
}
