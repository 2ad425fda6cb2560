import { type Line, toAnsi } from "../live/text.ts";
import type { Cli } from "../terminal.ts";

/** With LESS unset: colours as they are, exit when it fits on one screen, leave the text on the screen (git's choice too). */
const LESS_DEFAULT = "FRX";
/** The same, and lines that are too long are moved with the arrow keys instead of broken. */
const LESS_WIDE = "FRSX";

export interface PageOptions {
  /** The lines make a picture: they must not be broken. */
  readonly wide?: boolean;
}

/**
 * Prints lines; on a terminal that is lower than they are, through $PAGER (default `less`; empty or
 * `cat` for none). A pager that can't be started is done without.
 */
export async function page(cli: Cli, lines: readonly (Line | string)[], options: PageOptions = {}): Promise<void> {
  const { out } = cli;
  const pager = cli.env.PAGER ?? "less";
  if (!out.isTerminal || lines.length < out.rows || pager.trim() === "" || pager === "cat") {
    for (const line of lines) out.line(line);
    return;
  }
  const text = lines.map((line) => `${typeof line === "string" ? line : toAnsi(line, out.depth)}\n`).join("");
  if (!(await runPager(pager, text, { LESS: options.wide ? LESS_WIDE : LESS_DEFAULT, ...cli.env }))) out.write(text);
}

/** True when the pager showed the text; also when the reader left it before its end. */
async function runPager(pager: string, text: string, env: Cli["env"]): Promise<boolean> {
  // Loaded when it is needed: most commands print no page.
  const { execa } = await import("execa");
  // A Ctrl-C in the pager is for the pager.
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  try {
    const { exitCode } = await execa(pager, {
      shell: true,
      input: text,
      stdout: "inherit",
      stderr: "inherit",
      env,
      extendEnv: false,
      reject: false,
    });
    // The shell's answer when there is no such program, or none that it may run.
    return exitCode !== 126 && exitCode !== 127;
  } finally {
    process.off("SIGINT", ignore);
  }
}
