import { Command, type CommanderError, Help, Option } from "commander";
import type { Act, CommandEntry } from "./command.ts";
import { type Cli, COLOR_CHOICES, type ColorChoice } from "./terminal.ts";
import { VERSION } from "./version.ts";

/** What became of a command line. */
export interface Parsed {
  /** What the command's handler returned. */
  exit_code: number | undefined;
  /** The command that was chosen last: `engine runs list`. */
  path: string;
}

const EXIT_CODES = `
Exit codes: 0 fine; 1 findings, or a run that failed; 2 wrong usage or
configuration; 3 a failure of engine or the system.`;

const COMMON_OPTIONS = "\nEvery command takes the options of `engine --help` as well.";

/** The whole command line for commander. Commands have a name and a summary; the rest is loaded when one is chosen. */
export function buildProgram(entries: readonly CommandEntry[], cli: Cli): { program: Command; parsed: Parsed } {
  const parsed: Parsed = { exit_code: undefined, path: "engine" };
  const act: Act =
    (handler) =>
    async (...args) => {
      parsed.exit_code = await handler(cli, ...args);
    };

  const program = new Command("engine")
    .description("Runs pipelines written in YAML: checked before they run, remembered after.")
    .usage("<command> [options]")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "Print help for a command")
    .addOption(new Option("--color <when>", "write in colour").choices(COLOR_CHOICES).default("auto"))
    .optionsGroup("Configuration (outweighs the environment and engine.yaml):")
    .option("--pipelines <folder>", "the folder of pipelines")
    .option("--data <folder>", "the folder that remembers runs")
    .option("--concurrency <number>", "how many attempts may run at once")
    .option("--pool <name=slots>", "the slots of a pool; may be given several times", gather)
    .option("--var <name=value>", "a value of `vars`; may be given several times", gather)
    .addHelpText("after", EXIT_CODES)
    .configureHelp({ optionDescription: describeOption })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.out.write(text),
      writeErr: (text) => cli.err.write(text),
      // `main` prints errors, all in one format.
      outputError: () => {},
      getOutHelpWidth: () => cli.out.columns,
      getErrHelpWidth: () => cli.err.columns,
      getOutHasColors: () => cli.out.depth > 1,
      getErrHasColors: () => cli.err.depth > 1,
    });
  program.on("option:color", (choice: ColorChoice) => {
    cli.out.setColor(choice);
    cli.err.setColor(choice);
  });
  for (const entry of entries) program.command(entry.name).description(entry.summary);

  program.hook("preSubcommand", async (_, chosen) => {
    const entry = entries.find(({ name }) => name === chosen.name());
    if (entry === undefined) return;
    parsed.path = `engine ${entry.name}`;
    const { define } = await entry.load();
    cli.flags = program.opts();
    define(chosen, act);
    for (const command of [chosen, ...chosen.commands]) {
      command.helpOption("-h, --help", "print help").addHelpText("after", COMMON_OPTIONS);
    }
    chosen.hook("preSubcommand", (_group, sub) => {
      parsed.path = `engine ${entry.name} ${sub.name()}`;
    });
  });
  return { program, parsed };
}

/** As commander says it, but for the default of an option that gathers: an empty list says nothing. */
function describeOption(this: Help, option: Option): string {
  const { defaultValue, description } = option;
  if (Array.isArray(defaultValue) && defaultValue.length === 0) return description;
  return Help.prototype.optionDescription.call(this, option);
}

function gather(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** What commander found wrong, as a message and a hint. */
export function explainUsage(error: CommanderError, parsed: Parsed): { message: string; hint: string } {
  const [first = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const similar = /^\(Did you mean (.*)\?\)$/.exec(suggestion ?? "")?.[1];
  const quoted = similar
    ?.replace(/^one of /, "")
    .replaceAll(/[\w-]+/g, (word) => `\`${word}\``)
    .replaceAll(", ", " or ");
  return {
    // Of an argument it speaks in words of its own making.
    message: first
      .replace(/\.$/, "")
      .replace(/^command-argument value ('.*') is invalid for argument '(.*?)'/, "argument <$2> $1 is invalid"),
    hint: `${quoted === undefined ? "" : `did you mean ${quoted}? `}see \`${parsed.path} --help\``,
  };
}
