import { type Command, InvalidArgumentError, Option } from "commander";
import { RUN_STATES, type RunState, type TaskId, type TaskKey } from "../../core/index.ts";
import { type RunRow, type Store, StoreError } from "../../engine/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { loadConfig, loadOperators } from "../load.ts";
import { printJson } from "../output/json.ts";
import { page } from "../output/pager.ts";
import { placeOf } from "../place/place.ts";
import { actElsewhere } from "../run/elsewhere.ts";
import { findRun, isOver } from "../run/find-run.ts";
import { renderRunDetails, renderRunList } from "../run/run-tables.ts";
import { actOn, collect, whoAmI, withEngine } from "../run/session.ts";
import { whyQueued, whyTasksWait } from "../run/why-queued.ts";
import type { Cli } from "../terminal.ts";

/** Runs listed when nobody says how many; and the most that a page holds. */
const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 1_000;

const MARKS = ["success", "failed", "skipped"] as const;

export const define: DefineCommand = (command, act) => {
  command
    .command("list")
    .description("List runs, newest first")
    .option("--pipeline <name>", "only runs of this pipeline")
    .option(
      "--state <state>",
      `only runs in this state (${RUN_STATES.join(", ")}); may be given several times`,
      collect,
      [],
    )
    .option("--limit <n>", "how many", readLimit, LIMIT_DEFAULT)
    .option("--after <cursor>", "go on where an earlier page ended; that page names the cursor")
    .option("--json", "print JSON")
    .action(act(list));
  onRun(command, "show", "Show a run and its tasks").option("--json", "print JSON").action(act(show));
  onRun(command, "cancel", "Cancel a run and stop what it runs, here or where it is driven")
    .option("--json", "print JSON lines")
    .action(act(cancel));
  onRun(command, "retry", "Run a finished run again in part; the rest keeps its state and outputs")
    .addOption(
      new Option("--from <task>", "this task and all downstream of it; may be given several times")
        .argParser(collect)
        .default([])
        .conflicts("failed"),
    )
    .option("--failed", "what failed or was cancelled, and all downstream of it (the default)")
    .option("--json", "print JSON lines")
    .action(act(retry));
  onRun(command, "mark", "Decide a task's state by hand, and go on with the run if that opens it")
    .argument("<task>", "the task; an item of a for_each as 'task[3]'")
    .argument("<state>", MARKS.join(", "))
    .option("--json", "print JSON lines")
    .action(act(mark));
};

function onRun(command: Command, name: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .argument("<run>", "a run's id, the beginning of one, or `latest`");
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${LIMIT_MAX}.`);
}

interface ListOptions {
  readonly pipeline?: string;
  readonly state: readonly string[];
  readonly limit: number;
  readonly after?: string;
  readonly json?: true;
}

async function list(cli: Cli, options: ListOptions): Promise<number> {
  const states = options.state.map(readState);
  const place = placeOf(cli, loadConfig(cli));
  return place.read(async (store) => {
    const heldBefore = place.isDriven();
    const found = store.listRuns({
      limit: options.limit,
      ...(options.pipeline === undefined ? {} : { pipelines: [options.pipeline] }),
      ...(states.length === 0 ? {} : { states }),
      ...(options.after === undefined ? {} : { after: options.after }),
    });
    const { rows, next } = await found.catch((error: unknown) => {
      if (!(error instanceof StoreError) || error.code !== "bad_cursor") throw error;
      throw usageError(`--after ${options.after} is not what an earlier page named`, "leave it out for the first page");
    });
    if (options.json) {
      printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, runs: rows, ...(next === undefined ? {} : { next }) });
      return EXIT.ok;
    }
    if (rows.length === 0) {
      cli.out.line("No runs.");
      return EXIT.ok;
    }
    const width = cli.out.isTerminal ? cli.out.columns : undefined;
    const more = next === undefined ? [] : ["", `More: engine runs list --after ${next}`];
    const left = heldBefore === false && place.isDriven() === false ? rows.filter((row) => !isOver(row)) : [];
    const notes = left.map(({ run_id }) => `Nobody drives ${run_id}: ${takesUp(run_id)}`);
    await page(cli, [...renderRunList(rows, cli.now(), width), ...(notes.length === 0 ? [] : ["", ...notes]), ...more]);
    return EXIT.ok;
  });
}

function readState(text: string): RunState {
  const state = RUN_STATES.find((each) => each === text);
  if (state === undefined)
    throw usageError(`${text} is not a state of a run`, `the states are ${RUN_STATES.join(", ")}`);
  return state;
}

async function show(cli: Cli, named: string, options: { readonly json?: true }): Promise<number> {
  const config = loadConfig(cli);
  const place = placeOf(cli, config);
  return place.read(async (store) => {
    // Before and after: a process that came or went meanwhile would make the answer a wrong one.
    const heldBefore = place.isDriven();
    const run = await findRun(store, named);
    const isLeft = heldBefore === false && (!isOver(run) || run.unsent !== undefined) && place.isDriven() === false;
    const task_runs = await store.listTaskRuns(run.run_id);
    const attempts = await store.listAttempts(run.run_id);
    if (options.json) {
      printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, run, task_runs, attempts });
      return EXIT.ok;
    }
    const width = cli.out.isTerminal ? cli.out.columns : undefined;
    const compileOptions = () => ({ operators: loadOperators(config).operators });
    const note = isLeft ? `nobody drives it: ${takesUp(run.run_id)}` : await whyQueued(store, run, compileOptions);
    const waits = isLeft ? new Map<string, string>() : await whyTasksWait(store, run, task_runs, compileOptions);
    await page(cli, renderRunDetails({ run, task_runs, attempts, note, waits }, cli.now(), width));
    return EXIT.ok;
  });
}

function takesUp(run_id: string): string {
  return `\`engine run --resume ${run_id}\` takes it up`;
}

async function cancel(cli: Cli, named: string, options: { readonly json?: true }): Promise<number> {
  const config = loadConfig(cli);
  const asked = await actElsewhere(cli, config, named, options, (run) =>
    isOver(run)
      ? `run ${run.run_id} has ended already: ${run.state}`
      : {
          request: { type: "act", run_id: run.run_id, action: { type: "cancel_requested", by: whoAmI(cli) } },
          done: `run ${run.run_id} is being cancelled where it runs`,
        },
  );
  if (asked !== undefined) return asked;
  return withEngine(cli, config, options, async (session) => {
    const run = await findRun(session.handle.store, named);
    if (isOver(run)) {
      session.reporter.notice(`run ${run.run_id} has ended already: ${run.state}`);
      return EXIT.ok;
    }
    const code = await actOn(session, run, { type: "cancel_requested", by: whoAmI(cli) });
    // What was asked for is done when the run has ended, though a cancelled run is no success.
    return code === EXIT.failed ? EXIT.ok : code;
  });
}

interface RetryOptions {
  readonly from: readonly string[];
  readonly failed?: true;
  readonly json?: true;
}

async function retry(cli: Cli, named: string, options: RetryOptions): Promise<number> {
  const config = loadConfig(cli);
  const what = options.from.length === 0 ? ("failed" as const) : { from: options.from as readonly TaskId[] };
  const asked = await actElsewhere(cli, config, named, options, (run) => {
    refuseUnfinished(run);
    return {
      request: { type: "act", run_id: run.run_id, action: { type: "retry_requested", by: whoAmI(cli), what } },
      done: `run ${run.run_id} goes on in the process that holds the data folder`,
    };
  });
  if (asked !== undefined) return asked;
  return withEngine(cli, config, options, async (session) => {
    const run = await findRun(session.handle.store, named);
    refuseUnfinished(run);
    if (options.from.length === 0 && !(await hasFailures(session.handle.store, run))) {
      session.reporter.notice(`nothing in run ${run.run_id} has failed; --from TASK runs a part of it again`);
      return EXIT.ok;
    }
    return actOn(session, run, { type: "retry_requested", by: whoAmI(cli), what });
  });
}

function refuseUnfinished(run: RunRow): void {
  if (isOver(run)) return;
  throw usageError(
    `run ${run.run_id} has not finished, so it can't be retried`,
    `go on with it: engine run --resume ${run.run_id}`,
  );
}

async function hasFailures(store: Store, run: RunRow): Promise<boolean> {
  const rows = await store.listTaskRuns(run.run_id);
  return rows.some(({ state }) => state === "failed" || state === "upstream_failed" || state === "cancelled");
}

async function mark(
  cli: Cli,
  named: string,
  task: string,
  state: string,
  options: { readonly json?: true },
): Promise<number> {
  const marked = MARKS.find((each) => each === state);
  if (marked === undefined) throw usageError(`a task can't be marked ${state}`, `mark it ${MARKS.join(", ")}`);
  const config = loadConfig(cli);
  const action = { type: "mark_requested", key: task as TaskKey, state: marked, by: whoAmI(cli) } as const;
  const asked = await actElsewhere(cli, config, named, options, (run) => ({
    request: { type: "act", run_id: run.run_id, action },
    done: `task ${task} of run ${run.run_id} is marked ${marked} where the run goes on`,
  }));
  if (asked !== undefined) return asked;
  return withEngine(cli, config, options, async (session) => {
    const run = await findRun(session.handle.store, named);
    return actOn(session, run, action);
  });
}
