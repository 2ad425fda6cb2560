import { Option } from "commander";
import type { Config } from "../../config/index.ts";
import type { RunId, TaskId } from "../../core/index.ts";
import type { RunRow } from "../../engine/index.ts";
import { checkParams, type Pipeline } from "../../language/index.ts";
import { suggest } from "../../lib/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { summarise } from "../live/summary.ts";
import { loadConfig, loadPipeline } from "../load.ts";
import { printJson } from "../output/json.ts";
import { page } from "../output/pager.ts";
import { placeOf, type ReadStore } from "../place/place.ts";
import { findRun, isOver } from "../run/find-run.ts";
import { readLogicalDate } from "../run/logical-date.ts";
import { readParams, readParamsFile } from "../run/params.ts";
import { type Plan, planRun, renderPlan } from "../run/plan.ts";
import { actOn, collect, drive, reportAsItStands, type Session, whoAmI, withEngine } from "../run/session.ts";
import type { Cli } from "../terminal.ts";

/** Unfinished runs that are named one by one; the rest is counted. */
const UNFINISHED_SHOWN_MAX = 3;

interface RunOptions {
  readonly param: readonly string[];
  readonly params?: string;
  readonly logicalDate?: string;
  readonly from: readonly string[];
  readonly only: readonly string[];
  readonly dryRun?: true;
  readonly json?: true;
  readonly resume?: string;
}

export const define: DefineCommand = (command, act) => {
  command
    .argument("[pipeline]", "a pipeline's file, the folder of one, or its name")
    .option("-p, --param <key=value>", "a parameter; may be given several times", collect, [])
    .option("--params <file>", "parameters in YAML or JSON; `-` reads standard input; -p outweighs it")
    .option("--logical-date <date>", "the date that the run is for, in the pipeline's time zone (default: now)")
    .option("--only <task>", "run only this task and skip the others; may be given several times", collect, [])
    .option(
      "--from <task>",
      "go on with the pipeline's latest run, from this task on; may be given several times",
      collect,
      [],
    )
    .option("--resume <run>", "go on with a run that was interrupted: its id, the beginning of one, or `latest`")
    .option("--dry-run", "print what would run, and start nothing")
    .addOption(new Option("--json", "print JSON lines: one per event, and the result"))
    .addHelpText("after", HELP)
    .action(act(run));
};

const HELP = `
--from runs the named tasks and all downstream of them again, in the latest run of the pipeline: what is
upstream keeps its state and outputs. The run goes on with its params and with the version of the pipeline
that it began with.

The first Ctrl-C cancels the run and waits for what still runs; the second kills it. After a crash,
\`--resume\` goes on: finished tasks stay finished, running ones are found again.

Exit codes: 0 success; 1 the run failed or was cancelled; 128 + the signal's number when a signal cancelled
it (130 after Ctrl-C); 2 wrong usage; 3 a failure of engine or the system.`;

async function run(cli: Cli, target: string | undefined, options: RunOptions): Promise<number> {
  checkCombination(target, options);
  const config = loadConfig(cli);
  if (options.resume !== undefined) return resume(cli, config, options.resume, options);
  const pipeline = loadPipeline(cli, config, target ?? "");
  checkTasks(pipeline, [...options.only, ...options.from]);
  if (options.from.length > 0) return runFrom(cli, config, pipeline, options);

  const given = readParams(options.param, await readParamsFile(cli, options.params));
  const timezone = pipeline.schedule?.timezone ?? "UTC";
  const logical_date = options.logicalDate === undefined ? cli.now() : readLogicalDate(options.logicalDate, timezone);
  const only = options.only.length === 0 ? {} : { only: options.only as readonly TaskId[] };
  const checked = checkParams(pipeline, given);
  if (!checked.ok) {
    throw usageError(
      `the params don't fit pipeline ${pipeline.name}: ${checked.problems.join("; ")}`,
      `see its params with \`engine pipelines show ${pipeline.name}\``,
    );
  }
  if (options.dryRun) {
    return printPlan(
      cli,
      options,
      planRun(pipeline, { params: checked.params, logical_date, pools: config.pools, vars: config.vars, ...only }),
    );
  }
  return withEngine(cli, config, options, async (session) => {
    await tellUnfinished(session);
    return drive(session, {
      begin: () =>
        session.handle.createRun({
          pipeline,
          params: given,
          trigger: "manual",
          by: whoAmI(cli),
          logical_date,
          ...only,
        }),
    });
  });
}

/** What goes on with an earlier run takes all that makes a run from there. */
function checkCombination(target: string | undefined, options: RunOptions): void {
  const making = [
    ["-p", options.param.length > 0],
    ["--params", options.params !== undefined],
    ["--logical-date", options.logicalDate !== undefined],
    ["--only", options.only.length > 0],
  ] as const;
  const old = options.resume !== undefined ? "--resume" : options.from.length > 0 ? "--from" : undefined;
  const [clash] = making.find(([, given]) => given) ?? [];
  if (old !== undefined && clash !== undefined) {
    throw usageError(
      `${old} goes on with a run that was made before, so ${clash} can't change it`,
      `leave ${clash} out`,
    );
  }
  if (options.resume === undefined) {
    if (target === undefined) throw usageError("which pipeline?", "give a file, a folder or a name: engine run FILE");
    return;
  }
  const extra = target !== undefined ? target : options.from.length > 0 ? "--from" : options.dryRun && "--dry-run";
  if (extra)
    throw usageError(`--resume goes on with a run as it is, without ${extra}`, `engine run --resume ${options.resume}`);
}

function checkTasks(pipeline: Pipeline, named: readonly string[]): void {
  const ids = pipeline.tasks.map(({ id }) => id);
  const unknown = named.find((id) => !ids.includes(id));
  if (unknown === undefined) return;
  const similar = suggest(unknown, ids);
  throw usageError(
    `pipeline ${pipeline.name} has no task ${unknown}`,
    similar === undefined ? `its tasks are ${ids.join(", ")}` : `did you mean \`${similar}\`?`,
  );
}

async function printPlan(cli: Cli, options: RunOptions, plan: Plan): Promise<number> {
  if (options.json) printJson(cli.out, plan);
  else await page(cli, renderPlan(plan, cli.out.isTerminal ? cli.out.columns : undefined));
  return EXIT.ok;
}

/** `--from`: the latest run of the pipeline, again from these tasks on. */
async function runFrom(cli: Cli, config: Config, pipeline: Pipeline, options: RunOptions): Promise<number> {
  const from = options.from as readonly TaskId[];
  if (options.dryRun) {
    const base = await placeOf(cli, config).read((store) => baseOf(store, pipeline, from));
    const { params, logical_date } = base;
    return printPlan(
      cli,
      options,
      planRun(pipeline, { params, logical_date, pools: config.pools, vars: config.vars, from }),
    );
  }
  return withEngine(cli, config, options, async (session) => {
    const base = await baseOf(session.handle.store, pipeline, from);
    return actOn(session, base, { type: "retry_requested", by: whoAmI(cli), what: { from } });
  });
}

/** The run that `--from` goes on with. Throws a usage error when there is none that fits. */
async function baseOf(store: ReadStore, pipeline: Pipeline, from: readonly TaskId[]): Promise<RunRow> {
  const { rows } = await store.listRuns({ pipelines: [pipeline.name], limit: 1 });
  const base = rows[0];
  if (base === undefined) {
    throw usageError(
      `pipeline ${pipeline.name} has no run yet that --from could go on with`,
      "run it whole first, or only some tasks with --only",
    );
  }
  if (!isOver(base)) {
    throw usageError(
      `the latest run of pipeline ${pipeline.name}, ${base.run_id}, has not finished`,
      `go on with it: engine run --resume ${base.run_id}`,
    );
  }
  if (base.version !== pipeline.version) {
    throw usageError(
      `${pipeline.file} has changed since run ${base.run_id}, and a run keeps the version that it began with`,
      `run the new version whole, or the old one: engine runs retry ${base.run_id} ${from.map((id) => `--from ${id}`).join(" ")}`,
    );
  }
  return base;
}

/** `--resume`: goes on with a run that was interrupted, or sends its last messages; of one that has ended with all, says how. */
function resume(cli: Cli, config: Config, named: string, options: RunOptions): Promise<number> {
  return withEngine(cli, config, options, async (session) => {
    const { handle, reporter } = session;
    const found = await findRun(handle.store, named);
    const { run_id } = found;
    if (isOver(found) && found.unsent === undefined) {
      const exit_code = found.state === "success" ? EXIT.ok : EXIT.failed;
      reporter.notice(`run ${run_id} has ended already`);
      reporter.ended(summarise(found, await handle.store.listTaskRuns(run_id)), exit_code);
      return exit_code;
    }
    if (isOver(found)) reporter.notice(`run ${run_id} has ended already, and sends what it had still to tell`);
    await reportAsItStands(session, found);
    const begin = async (): Promise<RunId> => {
      await handle.resumeRun(run_id);
      return run_id;
    };
    return drive(session, { run_id, begin });
  });
}

/** Runs that a process left behind are left alone, but not passed over in silence. */
async function tellUnfinished({ handle, reporter }: Session): Promise<void> {
  const limit = 1_000;
  const { rows } = await handle.store.listRuns({ states: ["queued", "running"], limit });
  for (const { run_id, pipeline } of rows.slice(0, UNFINISHED_SHOWN_MAX)) {
    reporter.notice(`run ${run_id} of ${pipeline} was interrupted; go on with it: engine run --resume ${run_id}`);
  }
  const more = rows.length - UNFINISHED_SHOWN_MAX;
  if (more > 0) reporter.notice(`${more} more runs were interrupted: engine runs list --state queued --state running`);
}
