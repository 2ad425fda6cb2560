import type { Command } from "commander";
import type { Cli } from "./terminal.ts";

/*
 * The form of a command. A command is one file in commands/, which exports `define`, and one entry in
 * command-list.ts with its name, its summary and how to load it. Only the chosen command's file is
 * loaded, so what a command needs costs the others nothing; `--help` loads none.
 *
 *   export const define: DefineCommand = (command, act) => {
 *     command
 *       .argument("<code>", "the code of a finding")
 *       .option("--json", "print JSON")
 *       .action(act(async (cli, code: string, options: { json?: true }) => {
 *         cli.out.write("…\n");
 *         return EXIT.ok;
 *       }));
 *   };
 *
 * `command` comes with its name and summary. A command with subcommands (`runs list`) adds them with
 * `command.command("list")`. A handler gets the `Cli`, then commander's arguments and options. It returns
 * the exit code or throws: a `CliError`, an `EngineError`, a `StoreError` or a system error is printed
 * as `error:` and `hint:` with the exit code that belongs to it; anything else is a bug and prints its stack.
 */

/** What the process ends with. The same codes in every command. */
export const EXIT = {
  ok: 0,
  /** Findings, or the run failed. */
  failed: 1,
  /** The command line or engine.yaml is wrong. */
  usage: 2,
  /** A bug, or a file, network or process that failed. */
  internal: 3,
} as const;

/** Carries a command out; the result is the exit code. */
export type Handler<Args extends unknown[]> = (cli: Cli, ...args: Args) => number | Promise<number>;

/** Turns a handler into an action for commander. */
export type Act = <Args extends unknown[]>(handler: Handler<Args>) => (...args: Args) => Promise<void>;

/** Adds arguments, options and actions to a command that has its name and summary already. */
export type DefineCommand = (command: Command, act: Act) => void;

/** One command, as far as it is known before its file is loaded. */
export interface CommandEntry {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly define: DefineCommand }>;
}
