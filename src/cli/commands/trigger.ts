import { setTimeout as pause } from "node:timers/promises";
import type { RunId } from "../../core/index.ts";
import { EngineError, type RunRow } from "../../engine/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { runStateStyle } from "../live/state-style.ts";
import { plainText } from "../live/text.ts";
import { loadConfig } from "../load.ts";
import { printJson } from "../output/json.ts";
import { pipelineAt } from "../place/live-pipelines.ts";
import { type Place, placeOf } from "../place/place.ts";
import { isOver } from "../run/find-run.ts";
import { exitCodeOf } from "../run/foreground.ts";
import { readLogicalDate } from "../run/logical-date.ts";
import { readParams, readParamsFile } from "../run/params.ts";
import { collect, whoAmI } from "../run/session.ts";
import type { Cli } from "../terminal.ts";

interface TriggerOptions {
  readonly param: readonly string[];
  readonly params?: string;
  readonly logicalDate?: string;
  readonly idempotencyKey?: string;
  readonly wait?: true;
  readonly json?: true;
}

/** How often the run that is waited for is looked at: soon at first, then every second. In milliseconds. */
const LOOK_FIRST_MS = 50;
const LOOK_MAX_MS = 1_000;

export const define: DefineCommand = (command, act) => {
  command
    .argument("<pipeline>", "a pipeline's name")
    .option("-p, --param <key=value>", "a parameter; may be given several times", collect, [])
    .option("--params <file>", "parameters in YAML or JSON; `-` reads standard input; -p outweighs it")
    .option("--logical-date <date>", "the date that the run is for, in the pipeline's time zone (default: now)")
    .option("--idempotency-key <key>", "asked again with the same key, the answer is the same run")
    .option("--wait", "wait until the run has ended; exit code 1 when it has not succeeded")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(act(trigger));
};

const HELP = `
The daemon that holds the data folder starts the run (or the one at ENGINE_URL), and
this command doesn't wait for it unless told to: \`engine runs show RUN\` tells of it.
Without a daemon, \`engine run\` runs a pipeline here.`;

async function trigger(cli: Cli, name: string, options: TriggerOptions): Promise<number> {
  const config = loadConfig(cli);
  const place = placeOf(cli, config);
  if (place.isDriven() !== true) {
    throw usageError("no daemon holds the data folder", "start `engine serve`, or run it here with `engine run`");
  }
  const { logicalDate, idempotencyKey } = options;
  const zone = async (): Promise<string> => (await pipelineAt(cli, config, place, name)).schedule?.timezone ?? "UTC";
  const date = logicalDate === undefined ? {} : { logical_date: readLogicalDate(logicalDate, await zone()) };
  const key = idempotencyKey === undefined ? {} : { idempotency_key: idempotencyKey };
  const params = readParams(options.param, await readParamsFile(cli, options.params));
  const request = { type: "trigger", pipeline: name, params, by: whoAmI(cli), ...date, ...key } as const;
  const run_id = (await place.ask(request)) as RunId;
  if (options.wait) return waitFor(cli, place, run_id, options);
  if (options.json) printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, run_id });
  else cli.out.line(`run ${run_id} of ${name} is created`);
  return EXIT.ok;
}

/** Waits for the end of a run, also over a restart of the daemon. The result is the exit code. */
async function waitFor(cli: Cli, place: Place, run_id: RunId, { json }: TriggerOptions): Promise<number> {
  if (!json) cli.err.line(`waiting for run ${run_id}`);
  let row: RunRow;
  for (let wait_ms = LOOK_FIRST_MS; ; wait_ms = Math.min(wait_ms * 2, LOOK_MAX_MS)) {
    await pause(wait_ms);
    const found = await place.read((store) => store.getRun(run_id));
    if (found === undefined) throw new EngineError("RUN_NOT_FOUND", { run: run_id });
    row = found;
    if (isOver(row)) break;
  }
  const { state, why } = row;
  if (json) printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, run: row });
  else {
    const after = why === undefined ? [] : [{ text: `: ${plainText(why)}` }];
    cli.out.line([{ text: `run ${run_id} ` }, { text: state, style: runStateStyle(state).style }, ...after]);
  }
  return exitCodeOf(state, undefined);
}
