import { EXIT } from "./command.ts";
import type { Style } from "./live/text.ts";
import type { Cli } from "./terminal.ts";

/** An expected failure of a command: what is wrong, what to do, and the exit code. */
export class CliError extends Error {
  readonly hint: string | undefined;
  readonly exit_code: number;

  constructor(message: string, options: { hint?: string; exit_code: number; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "CliError";
    this.hint = options.hint;
    this.exit_code = options.exit_code;
  }
}

/** The command line is wrong: exit code 2. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, { exit_code: EXIT.usage, ...(hint === undefined ? {} : { hint }) });
}

const RED: Style = { color: [196, 1], bold: true };
const CYAN: Style = { color: [44, 6] };

/** Prints `error: what` and `hint: what to do`. Every failure of every command looks like this. */
export function printError(cli: Cli, message: string, hint?: string): void {
  cli.err.line([{ text: "error", style: RED }, { text: `: ${message}` }]);
  if (hint !== undefined) cli.err.line([{ text: "hint", style: CYAN }, { text: `: ${hint}` }]);
}

/** Prints what a command threw; the result is the exit code. */
export function reportFailure(cli: Cli, error: unknown): number {
  if (!(error instanceof Error)) return reportBug(cli, error);
  // The engine's expected failures carry a hint and an exit code as well; the store's say in their message what to do.
  if ("exit_code" in error && typeof error.exit_code === "number") {
    printError(cli, error.message, "hint" in error && typeof error.hint === "string" ? error.hint : undefined);
    return error.exit_code;
  }
  if (error.name === "StoreError" || isSystemError(error)) {
    printError(cli, error.message);
    return EXIT.internal;
  }
  return reportBug(cli, error);
}

function isSystemError(error: Error): boolean {
  return "syscall" in error && "code" in error;
}

function reportBug(cli: Cli, error: unknown): number {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  printError(cli, `this is a bug in engine: ${text}`, "report it with the lines above and the command you ran");
  return EXIT.internal;
}
