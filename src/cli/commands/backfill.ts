import { type Command, Option } from "commander";
import type { BackfillRequest, BackfillRow, BackfillSlot, RunRow } from "../../engine/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { loadConfig } from "../load.ts";
import { printJson } from "../output/json.ts";
import { page } from "../output/pager.ts";
import { count } from "../output/words.ts";
import { pipelineAt } from "../place/live-pipelines.ts";
import { type Place, placeOf, type ReadStore } from "../place/place.ts";
import { renderBackfill, renderBackfillList, renderPreview } from "../run/backfill-tables.ts";
import { hasOffset, readLastMoment, readLogicalDate } from "../run/logical-date.ts";
import { readParams, readParamsFile } from "../run/params.ts";
import { collect, whoAmI } from "../run/session.ts";
import type { Cli } from "../terminal.ts";
import { wholeNumber } from "../whole-number.ts";

interface StartOptions {
  readonly from: string;
  readonly to: string;
  readonly reprocess: BackfillRequest["reprocess"];
  readonly maxActive?: number;
  readonly reverse?: true;
  readonly param: readonly string[];
  readonly params?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Backfills that are listed, and looked through for one that is named. */
const LISTED_MAX = 100;
/** Rows that are read at a time. */
const PAGE_ROWS = 1_000;

export const define: DefineCommand = (command, act) => {
  command
    .addHelpText("after", "\n`start` may be left out: `engine backfill PIPELINE --from D --to D`.")
    .command("start", { isDefault: true })
    .description("Run the slots of a range")
    .argument("<pipeline>", "a pipeline's name")
    .requiredOption("--from <date>", "the first slot, or a moment before it, in the pipeline's time zone")
    .requiredOption("--to <date>", "the last slot, or a moment after it; a date without a time counts whole")
    .addOption(
      new Option("--reprocess <which>", "of the slots that have a run: which get another one")
        .choices(["none", "failed", "all"])
        .default("none"),
    )
    .option("--max-active <n>", "how many of its runs may go at once (default: max_active_runs)", wholeNumber)
    .option("--reverse", "the newest slot first")
    .option("-p, --param <key=value>", "a parameter; may be given several times", collect, [])
    .option("--params <file>", "parameters in YAML or JSON; `-` reads standard input; -p outweighs it")
    .option("--dry-run", "show what would become of each slot, and start nothing")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(act(start));
  command
    .command("list")
    .description("List backfills, newest first")
    .argument("[pipeline]", "only those of this pipeline")
    .option("--json", "print JSON")
    .action(act(list));
  onBackfill(command, "show", "Show a backfill and its runs").option("--json", "print JSON").action(act(show));
  onBackfill(command, "cancel", "Make no further runs, and cancel those that have not ended").action(act(cancel));
};

function onBackfill(command: Command, name: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .argument("<backfill>", "a backfill's id, the beginning of one, or `latest`");
}

const HELP = `
Runs the slots of a schedule that lie in the past, so many at once. The daemon makes the
runs, and goes on with them after a restart; this command doesn't wait for them. Slots
that have a run already are left out, unless --reprocess says otherwise.`;

async function start(cli: Cli, pipeline: string, options: StartOptions): Promise<number> {
  const config = loadConfig(cli);
  const place = drivenPlace(cli);
  const { from, to } = options;
  const known = hasOffset(from) && hasOffset(to) ? undefined : await pipelineAt(cli, config, place, pipeline);
  const zone = known?.schedule?.timezone;
  const asked: BackfillRequest = {
    pipeline,
    from: readLogicalDate(from, zone ?? "UTC", "--from"),
    to: readLastMoment(to, zone ?? "UTC", "--to"),
    reprocess: options.reprocess,
    reverse: options.reverse === true,
    params: readParams(options.param, await readParamsFile(cli, options.params)),
    ...(options.maxActive !== undefined && { max_active: options.maxActive }),
  };
  if (options.dryRun) return preview(cli, place, asked, options);
  const answer = await place.ask({ type: "backfill", by: whoAmI(cli), ...asked });
  const backfill = answer as unknown as BackfillRow;
  if (options.json) {
    printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, backfill });
    return EXIT.ok;
  }
  const { backfill_id, slots, max_active } = backfill;
  if (slots.length === 0) cli.out.line(`every slot of ${pipeline} in that range has a run already: nothing to do`);
  else {
    cli.out.line(`backfill ${backfill_id} of ${pipeline} makes ${count(slots.length, "run")}, ${max_active} at once`);
  }
  return EXIT.ok;
}

async function preview(cli: Cli, place: Place, asked: BackfillRequest, { json }: StartOptions): Promise<number> {
  const found = (await place.ask({ type: "backfill_preview", ...asked })) as unknown as readonly BackfillSlot[];
  const slots = asked.reverse ? [...found].reverse() : found;
  if (json) {
    printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, pipeline: asked.pipeline, slots });
    return EXIT.ok;
  }
  const left_out = slots.filter(({ fate }) => fate === "left_out").length;
  const summary = `${count(slots.length - left_out, "run")} would be made; ${count(left_out, "slot")} left out`;
  await page(cli, [...renderPreview(slots, widthOf(cli)), "", summary]);
  return EXIT.ok;
}

async function list(cli: Cli, pipeline: string | undefined, { json }: { readonly json?: true }): Promise<number> {
  const place = placeOf(cli, loadConfig(cli));
  const backfills = await place.read((store) => store.listBackfills(LISTED_MAX, pipeline));
  if (json) printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, backfills });
  else if (backfills.length === 0) cli.out.line("No backfills.");
  else await page(cli, renderBackfillList(backfills, cli.now(), widthOf(cli)));
  return EXIT.ok;
}

async function show(cli: Cli, named: string, { json }: { readonly json?: true }): Promise<number> {
  const place = placeOf(cli, loadConfig(cli));
  return place.read(async (store) => {
    const backfill = await findBackfill(store, named);
    const runs: RunRow[] = [];
    for (let after: string | undefined; ; ) {
      const { backfill_id } = backfill;
      const read = await store.listRuns({ backfill_id, limit: PAGE_ROWS, ...(after !== undefined && { after }) });
      runs.push(...read.rows);
      after = read.next;
      if (after === undefined) break;
    }
    if (json) printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, backfill, runs });
    else await page(cli, renderBackfill(backfill, runs, cli.now(), widthOf(cli)));
    return EXIT.ok;
  });
}

async function cancel(cli: Cli, named: string): Promise<number> {
  const place = drivenPlace(cli);
  const { backfill_id } = await place.read((store) => findBackfill(store, named));
  await place.ask({ type: "backfill_cancel", backfill_id, by: whoAmI(cli) });
  cli.out.line(`backfill ${backfill_id} is cancelled`);
  return EXIT.ok;
}

function drivenPlace(cli: Cli): Place {
  const place = placeOf(cli, loadConfig(cli));
  if (place.isDriven() === true) return place;
  throw usageError("no daemon holds the data folder", "start `engine serve`: it makes the runs of backfills");
}

/** The backfill that a person names. Throws a usage error when there is none or more than one. */
async function findBackfill(store: ReadStore, named: string): Promise<BackfillRow> {
  const rows = await store.listBackfills(LISTED_MAX);
  const exact = named === "latest" ? rows[0] : rows.find(({ backfill_id }) => backfill_id === named);
  const [first, second] = exact === undefined ? rows.filter((row) => row.backfill_id.startsWith(named)) : [exact];
  if (first === undefined) throw usageError(`there is no backfill ${named}`, "list them with `engine backfill list`");
  if (second === undefined) return first;
  throw usageError(
    `several backfills begin with ${named}, such as ${first.backfill_id} and ${second.backfill_id}`,
    "write more of it",
  );
}

function widthOf({ out }: Cli): number | undefined {
  return out.isTerminal ? out.columns : undefined;
}
