import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { loadCatalog, nameFor } from "../../catalog/index.ts";
import type { Config } from "../../config/index.ts";
import { type RunRow, StoreError } from "../../engine/index.ts";
import { isFolderHeld, openSqliteStore } from "../../store/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { allOperators, compileOptions, loadConfig, pick } from "../load.ts";
import { printJson } from "../output/json.ts";
import { page } from "../output/pager.ts";
import { type ListedPipeline, listedJson, listPipelines } from "../pipelines/listed.ts";
import { renderPipeline, renderPipelineList } from "../pipelines/tables.ts";
import type { Cli } from "../terminal.ts";

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
  const missing = paths.find((path) => !existsSync(resolve(cli.cwd, path)));
  if (missing !== undefined) throw usageError(`there is no file or folder ${missing}`);
  const sources = paths.length === 0 ? [config.pipelines] : paths.map((path) => resolve(cli.cwd, path));
  allOperators(cli, config);
  const listed = listPipelines(loadCatalog(sources, { ...compileOptions(cli, config), cwd: cli.cwd }));
  const known = await whatIsKnown(
    cli,
    config,
    listed.map(({ name }) => name),
  );
  const pipelines = listed.map((each): ListedPipeline => {
    const last_run = known.last_runs.get(each.name);
    const still_live =
      each.errors === 0 ? undefined : known.live.get(nameFor(resolve(cli.cwd, each.file), config.root));
    return {
      ...each,
      ...(last_run !== undefined && { last_run }),
      ...(known.paused.has(each.name) && { paused: true as const }),
      ...(still_live !== undefined && { still_live }),
    };
  });
  if (json) {
    printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, pipelines: pipelines.map(listedJson) });
  } else if (pipelines.length === 0) {
    cli.out.line(`No pipelines in ${sources.map((path) => nameFor(path, cli.cwd)).join(", ")}.`);
  } else {
    await page(cli, renderPipelineList(pipelines, cli.now(), widthOf(cli)));
  }
  return EXIT.ok;
}

async function show(cli: Cli, target: string, { json }: Options): Promise<number> {
  const config = loadConfig(cli);
  const { pipeline } = pick(cli, config, target);
  const last_run = (await whatIsKnown(cli, config, [pipeline.name])).last_runs.get(pipeline.name);
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
  const last_runs = new Map<string, RunRow>();
  const paused = new Set<string>();
  const live = new Map<string, string>();
  const store = await openSqliteStore(config.data, { mode: "read", clock: cli.now, describe: "engine pipelines" });
  try {
    for (const pipeline of new Set(names)) {
      const { rows } = await store.listRuns({ pipelines: [pipeline], limit: 1 });
      if (rows[0] !== undefined) last_runs.set(pipeline, rows[0]);
    }
    for (const { pipeline, paused_at } of await store.listSchedules())
      if (paused_at !== undefined) paused.add(pipeline);
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
