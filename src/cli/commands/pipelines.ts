import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { loadCatalog, nameFor } from "../../catalog/index.ts";
import type { Config } from "../../config/index.ts";
import { type RunRow, StoreError } from "../../engine/index.ts";
import { isFolderHeld, openSqliteStore } from "../../store/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { allOperators, compileOptions, loadConfig, optionsForCommit } from "../load.ts";
import { printJson } from "../output/json.ts";
import { page } from "../output/pager.ts";
import { type ListedPipeline, listedJson, listLive, listPipelines } from "../pipelines/listed.ts";
import { renderPipeline, renderPipelineList } from "../pipelines/tables.ts";
import { followedCommit, pipelineAt } from "../place/live-pipelines.ts";
import { placeOf } from "../place/place.ts";
import type { LivePipelines, Place, ReadStore } from "../place/port.ts";
import type { Cli } from "../terminal.ts";

/** Of more pipelines the newest runs of all are looked through first: a daemon elsewhere is asked less often. */
const ONE_BY_ONE = 20;

interface Options {
  readonly json?: true;
}

export const define: DefineCommand = (command, act) => {
  command
    .command("list")
    .description("List the pipelines of a folder")
    .argument("[path...]", "files and folders (default: the folder of pipelines)")
    .option("--json", "print JSON")
    .action(act(list));
  command
    .command("show")
    .description("Show a pipeline: when it runs, its params, its tasks")
    .argument("<pipeline>", "a pipeline's file, the folder of one, or its name")
    .option("--json", "print JSON")
    .action(act(show));
};

async function list(cli: Cli, paths: readonly string[], { json }: Options): Promise<number> {
  const config = loadConfig(cli);
  const place = placeOf(cli, config);
  // Who names files means those here.
  const { listed, where } =
    paths.length === 0 && place.live !== undefined
      ? { listed: await listedElsewhere(place, place.live), where: place.url ?? "" }
      : await listedHere(cli, config, place, paths);
  if (json) {
    printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, pipelines: listed.map(listedJson) });
  } else if (listed.length === 0) cli.out.line(`No pipelines in ${where}.`);
  else await page(cli, renderPipelineList(listed, cli.now(), widthOf(cli)));
  return EXIT.ok;
}

async function listedElsewhere(place: Place, live: LivePipelines): Promise<readonly ListedPipeline[]> {
  const all = listLive(await live.list());
  return place.read(async (store) => {
    const named = all.filter(({ has_run }) => has_run).map(({ name, still_live = name }) => still_live);
    const last_runs = await lastRuns(store, named);
    const paused = await pausedIn(store);
    return all.map(({ has_run: _, ...each }) => withKnown(each, last_runs, paused));
  });
}

async function listedHere(
  cli: Cli,
  config: Config,
  place: Place,
  paths: readonly string[],
): Promise<{ readonly listed: readonly ListedPipeline[]; readonly where: string }> {
  const missing = paths.find((path) => !existsSync(resolve(cli.cwd, path)));
  if (missing !== undefined) throw usageError(`there is no file or folder ${missing}`);
  const commit = paths.length === 0 ? followedCommit(config, place) : undefined;
  const sources =
    paths.length === 0 ? [commit?.pipelines ?? config.pipelines] : paths.map((path) => resolve(cli.cwd, path));
  allOperators(cli, config);
  const cwd = commit?.root ?? cli.cwd;
  const options = commit === undefined ? compileOptions(cli, config) : optionsForCommit(cli, config, commit);
  const all = listPipelines(loadCatalog(sources, { ...options, cwd }));
  const names = all.map(({ name }) => name);
  const known = await whatIsKnown(cli, config, names);
  const listed = all.map((each): ListedPipeline => {
    const file = commit === undefined ? nameFor(resolve(cwd, each.file), config.root) : each.file;
    const still_live = each.errors === 0 ? undefined : known.live.get(file);
    return withKnown({ ...each, ...(still_live !== undefined && { still_live }) }, known.last_runs, known.paused);
  });
  return { listed, where: sources.map((path) => nameFor(path, cwd)).join(", ") };
}

function withKnown(
  each: ListedPipeline,
  last_runs: ReadonlyMap<string, RunRow>,
  paused: ReadonlySet<string>,
): ListedPipeline {
  const last_run = last_runs.get(each.name);
  const isPaused = paused.has(each.name);
  return { ...each, ...(last_run !== undefined && { last_run }), ...(isPaused && { paused: true as const }) };
}

async function show(cli: Cli, target: string, { json }: Options): Promise<number> {
  const config = loadConfig(cli);
  const place = placeOf(cli, config);
  const pipeline = await pipelineAt(cli, config, place, target);
  const last_run = (
    place.live === undefined
      ? (await whatIsKnown(cli, config, [pipeline.name])).last_runs
      : await place.read((store) => lastRuns(store, [pipeline.name]))
  ).get(pipeline.name);
  if (json) printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, pipeline, last_run: last_run ?? null });
  else await page(cli, renderPipeline(pipeline, last_run, cli.now(), widthOf(cli)));
  return EXIT.ok;
}

function widthOf(cli: Cli): number | undefined {
  return cli.out.isTerminal ? cli.out.columns : undefined;
}

interface Known {
  /** The latest run of each pipeline that has one. */
  readonly last_runs: ReadonlyMap<string, RunRow>;
  /** Those whose schedule a person has paused. */
  readonly paused: ReadonlySet<string>;
  /** The pipelines that a daemon here has live, by file relative to the root. */
  readonly live: ReadonlyMap<string, string>;
}

/** What the store knows of pipelines. A store that can't be read is told of, and does without. */
async function whatIsKnown(cli: Cli, config: Config, names: readonly string[]): Promise<Known> {
  let last_runs: ReadonlyMap<string, RunRow> = new Map();
  let paused: ReadonlySet<string> = new Set();
  const live = new Map<string, string>();
  const store = await openSqliteStore(config.data, { mode: "read", clock: cli.now, describe: "engine pipelines" });
  try {
    last_runs = await lastRuns(store, names);
    paused = await pausedIn(store);
    if (isFolderHeld(config.data) === true) {
      for (const { file, pipeline } of await store.listLive()) live.set(file, pipeline);
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    cli.err.line(`What ran is not known: ${error.message}`);
  } finally {
    await store.close();
  }
  return { last_runs, paused, live };
}

/** The latest run of each of these pipelines. */
async function lastRuns(store: ReadStore, names: readonly string[]): Promise<ReadonlyMap<string, RunRow>> {
  const last = new Map<string, RunRow>();
  const wanted = new Set(names);
  const newest = wanted.size > ONE_BY_ONE ? (await store.listRuns({ limit: 1_000 })).rows : [];
  for (const row of newest) if (wanted.has(row.pipeline) && !last.has(row.pipeline)) last.set(row.pipeline, row);
  for (const pipeline of wanted) {
    if (last.has(pipeline)) continue;
    const { rows } = await store.listRuns({ pipelines: [pipeline], limit: 1 });
    if (rows[0] !== undefined) last.set(pipeline, rows[0]);
  }
  return last;
}

async function pausedIn(store: ReadStore): Promise<ReadonlySet<string>> {
  const rows = await store.listSchedules();
  return new Set(rows.filter(({ paused_at }) => paused_at !== undefined).map(({ pipeline }) => pipeline));
}
