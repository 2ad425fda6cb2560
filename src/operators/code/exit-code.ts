import { constants } from "node:os";
import type { JsonObject } from "../../lib/index.ts";

/*
 * What operators make of the exit code of a script, a program or a container.
 */

/** Ends a task as skipped. Free in the usual conventions (sysexits.h ends at 78, the shell's own begin at 126). */
export const SKIP_EXIT_CODE = 99;
/** A shell adds the signal's number to this when a command was ended by a signal. */
const SIGNAL_EXIT_BASE = 128;

/** The key `skip_exit_code` in an operator's schema. */
export const skipExitCode: JsonObject = {
  type: "integer",
  description: "The exit code that skips the task instead of failing it.",
  minimum: 1,
  maximum: 255,
  default: SKIP_EXIT_CODE,
  examples: [3],
};

/** What the shell means by a code of its own; empty for the codes that programs choose. */
export function exitCodeMeaning(code: number): string {
  if (code === 126) return "a command was found but can't be executed (is it executable, and for this machine?)";
  if (code === 127) return "a command was not found (see the last lines of the log, and PATH)";
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - SIGNAL_EXIT_BASE)?.[0];
  if (signal === undefined) return "";
  const often = signal === "SIGKILL" ? ", often because the machine or its container ran out of memory" : "";
  return `it, or a command of it, was ended by ${signal}${often}`;
}
