import { Command, CommanderError } from "commander";
import { type CommandEntry, EXIT } from "./command.ts";
import { printError, reportFailure } from "./errors.ts";
import { buildProgram, explainUsage } from "./program.ts";
import { type Cli, processCli } from "./terminal.ts";

/**
 * Carries a command line out (without `node` and the script), which calls for one of `commands`. The result is the
 * exit code; nothing is thrown, and nothing exits here.
 */
export async function main(
  argv: readonly string[],
  commands: readonly CommandEntry[],
  cli: Cli = processCli(),
): Promise<number> {
  const exit_code = await perform(argv, commands, cli);
  try {
    await cli.out.flushed();
    return exit_code;
  } catch (error) {
    return reportFailure(cli, error);
  }
}

async function perform(argv: readonly string[], commands: readonly CommandEntry[], cli: Cli): Promise<number> {
  const { program, parsed } = buildProgram(commands, cli);
  try {
    await program.parseAsync([...(await askedForHelp(argv, commands))], { from: "user" });
    return parsed.exit_code ?? EXIT.ok;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(cli, error);
    if (error.code === "commander.helpDisplayed" || error.code === "commander.version") return EXIT.ok;
    // No command was given: commander has printed the help.
    if (error.code === "commander.help") return EXIT.usage;
    const { message, hint } = explainUsage(error, parsed);
    printError(cli, message, hint);
    return EXIT.usage;
  }
}

/**
 * `help validate` is `validate --help`: that way the command is loaded before its help is printed. Help for a command
 * that doesn't exist is not asked for as help, so that it is refused like the command itself.
 */
async function askedForHelp(argv: readonly string[], commands: readonly CommandEntry[]): Promise<readonly string[]> {
  const asked = argv[0] === "help" ? [...argv.slice(1), "--help"] : argv;
  const [name = "", sub = ""] = asked;
  if (!asked.some(isHelpOption) || name === "help" || name.startsWith("-")) return asked;
  const entry = commands.find((each) => each.name === name);
  if (entry === undefined) return [name];
  if (sub === "" || sub.startsWith("-")) return asked;
  const command = new Command(name);
  (await entry.load()).define(command, () => async () => {});
  const subcommands = command.commands.map((each) => each.name());
  return subcommands.length === 0 || subcommands.includes(sub) ? asked : [name, sub];
}

function isHelpOption(text: string): boolean {
  return text === "--help" || text === "-h";
}
