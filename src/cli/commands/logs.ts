import { InvalidArgumentError } from "commander";
import type { RunId, TaskKey } from "../../core/index.ts";
import type { AttemptKey, AttemptRow } from "../../engine/index.ts";
import type { LogLine } from "../../executors/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { type Line, plainText } from "../live/text.ts";
import { loadConfig } from "../load.ts";
import { page } from "../output/pager.ts";
import { type Place, placeOf, type ReadStore } from "../place/place.ts";
import { findRun } from "../run/find-run.ts";
import type { Cli } from "../terminal.ts";

/** How often the store is asked whether the attempt that is followed has ended; what it prints is shown at once. */
const LOOK_MS = 1_000;

interface LogsOptions {
  readonly attempt?: number;
  readonly follow?: true;
  readonly json?: true;
}

export const define: DefineCommand = (command, act) => {
  command
    .argument("<run>", "a run's id, the beginning of one, or `latest`")
    .argument("<task>", "the task; an item of a for_each as 'task[3]'")
    .option("--attempt <n>", "which attempt (default: the latest)", readAttempt)
    .option("-f, --follow", "go on until the attempt has ended")
    .option("--json", "print JSON lines, with time and stream")
    .action(act(logs));
};

function readAttempt(text: string): number {
  const attempt = Number(text);
  if (Number.isInteger(attempt) && attempt >= 1) return attempt;
  throw new InvalidArgumentError("It must be a whole number from 1.");
}

async function logs(cli: Cli, named: string, task: string, options: LogsOptions): Promise<number> {
  const place = placeOf(cli, loadConfig(cli));
  return place.read(async (store) => {
    const { run_id } = await findRun(store, named);
    const row = await attemptOf(store, run_id, task, options.attempt);
    const render: (line: LogLine) => Line | string = options.json ? jsonText : cli.out.isTerminal ? timedLine : plainOf;
    if (options.follow && isLive(row)) await follow(cli, place, store, row, render);
    else await page(cli, (await place.readLog(row)).map(render));
    return EXIT.ok;
  });
}

/** The attempt that is asked for. Throws a usage error that says what there is instead. */
async function attemptOf(
  store: ReadStore,
  run_id: RunId,
  task: string,
  number: number | undefined,
): Promise<AttemptRow> {
  const attempts = await store.listAttempts(run_id, task as TaskKey);
  const found = number === undefined ? attempts.at(-1) : attempts.find(({ attempt }) => attempt === number);
  if (found !== undefined) return found;
  if (attempts.length > 0) {
    throw usageError(`task ${task} of run ${run_id} has no attempt ${number}`, `it has had ${attempts.length}`);
  }
  const rows = (await store.listTaskRuns(run_id)).filter((row) => row.key === task || row.task === task);
  const [whole, item] = rows;
  if (whole === undefined) {
    throw usageError(`run ${run_id} has no task ${task}`, `list its tasks: engine runs show ${run_id}`);
  }
  if (item !== undefined) {
    throw usageError(`task ${task} has a log for each of its items`, `for example engine logs ${run_id} '${item.key}'`);
  }
  throw usageError(`task ${task} of run ${run_id} has not run: it is ${whole.state}`);
}

function isLive({ state }: AttemptRow): boolean {
  return state === "running" || state === "waiting";
}

/** Prints the log as it grows, until the attempt has ended or the reader has gone. */
async function follow(
  cli: Cli,
  place: Place,
  store: ReadStore,
  attempt: AttemptKey,
  render: (line: LogLine) => Line | string,
): Promise<void> {
  const ended = new AbortController();
  // What the engine itself carries out leaves no file that would tell of its end.
  const looking = setInterval(() => {
    store.listAttempts(attempt.run_id, attempt.key).then(
      (rows) => rows.some((row) => row.attempt === attempt.attempt && isLive(row)) || ended.abort(),
      () => ended.abort(),
    );
  }, LOOK_MS);
  try {
    const signal = AbortSignal.any([ended.signal, cli.out.closed]);
    let printed = 0;
    for await (const line of place.followLog(attempt, signal)) {
      cli.out.line(render(line));
      printed++;
      await cli.out.drained();
    }
    for (const line of (await place.readLog(attempt)).slice(printed)) cli.out.line(render(line));
  } finally {
    clearInterval(looking);
  }
}

function timedLine({ at, stream, text }: LogLine): Line {
  const time = { text: `${new Date(at).toISOString().slice(11, 23)} `, style: { dim: true } };
  return [time, stream === "engine" ? { text: plainText(text), style: { dim: true } } : { text: plainText(text) }];
}

function plainOf({ text }: LogLine): string {
  return text;
}

function jsonText({ at, stream, text }: LogLine): string {
  return JSON.stringify({ schema_version: JSON_SCHEMA_VERSION, time: new Date(at).toISOString(), stream, text });
}
