import { askHolder } from "../../daemon/index.ts";
import { isFolderHeld } from "../../store/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { loadConfig, pick } from "../load.ts";
import { printJson } from "../output/json.ts";
import { readLogicalDate } from "../run/logical-date.ts";
import { readParams, readParamsFile } from "../run/params.ts";
import { collect, whoAmI } from "../run/session.ts";
import type { Cli } from "../terminal.ts";

interface TriggerOptions {
  readonly param: readonly string[];
  readonly params?: string;
  readonly logicalDate?: string;
  readonly json?: true;
}

export const define: DefineCommand = (command, act) => {
  command
    .argument("<pipeline>", "a pipeline's name")
    .option("-p, --param <key=value>", "a parameter; may be given several times", collect, [])
    .option("--params <file>", "parameters in YAML or JSON; `-` reads standard input; -p outweighs it")
    .option("--logical-date <date>", "the date that the run is for, in the pipeline's time zone (default: now)")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(act(trigger));
};

const HELP = `
The daemon that holds the data folder starts the run, and this command doesn't wait for
it: \`engine runs show RUN\` does. Without a daemon, \`engine run\` runs a pipeline here.`;

async function trigger(cli: Cli, name: string, options: TriggerOptions): Promise<number> {
  const config = loadConfig(cli);
  if (isFolderHeld(config.data) !== true) {
    throw usageError("no daemon holds the data folder", "start `engine serve`, or run it here with `engine run`");
  }
  const { logicalDate } = options;
  // The daemon has its own pipelines: of a file that is broken now, the last good version. The zone alone is asked for here.
  const zone = (): string => pick(cli, config, name).pipeline.schedule?.timezone ?? "UTC";
  const date = logicalDate === undefined ? {} : { logical_date: readLogicalDate(logicalDate, zone()) };
  const params = readParams(options.param, await readParamsFile(cli, options.params));
  const request = { type: "trigger", pipeline: name, params, by: whoAmI(cli), ...date } as const;
  const run_id = await askHolder(config.data, request);
  if (options.json) printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, run_id });
  else cli.out.line(`run ${String(run_id)} of ${name} is created`);
  return EXIT.ok;
}
