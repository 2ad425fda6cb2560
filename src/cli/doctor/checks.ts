import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProgram, loadCatalog } from "../../catalog/index.ts";
import type { Config } from "../../config/index.ts";
import type { Pipeline } from "../../language/index.ts";
import { dockerVersion } from "../../operators/index.ts";
import { isFolderHeld, openSqliteStore, storeHealth, storeSize } from "../../store/index.ts";
import { compileOptions, optionsForCommit } from "../load.ts";
import { bytes, count } from "../output/words.ts";
import { liveCommit } from "../place/live-commit.ts";
import type { Cli } from "../terminal.ts";
import type { Finding } from "./finding.ts";
import { repository, SHORT } from "./repository.ts";

/** Of a disk, below this the store may run full within a day of ordinary use: 1 GiB. */
const FREE_LOW_BYTES = 2 ** 30;
/** Below this it is as good as full: 100 MiB. */
const FREE_NONE_BYTES = 100 * 2 ** 20;
/** Old runs are counted up to here. */
const OLD_RUNS_COUNTED = 1_000;
/** A program that doesn't say its version in this time is stuck, in milliseconds. */
const PROGRAM_MAX_MS = 10_000;

/** Looks at all that an engine of this configuration rests on. */
export async function examine(cli: Cli, config: Config): Promise<readonly Finding[]> {
  const { findings, pipelines } = pipelinesFolder(cli, config);
  const uses = (operator: string): boolean =>
    pipelines.some(({ tasks }) => tasks.some((task) => task.operator === operator));
  return [
    { what: "node", state: "ok", message: `${process.versions.node}, ${process.platform} ${process.arch}` },
    ...dataFolder(config),
    ...store(config),
    ...(await retention(cli, config)),
    ...findings,
    await program(cli, "bash", uses("bash") ? "failed" : "warning", "tasks with `bash` can't run"),
    ...(await git(cli, config)),
    ...(uses("python")
      ? [await program(cli, "python3", "warning", "tasks with `python` that name no interpreter can't run")]
      : []),
    ...(uses("docker") ? [await docker(cli)] : []),
    ...(await clock(cli)),
  ];
}

async function git(cli: Cli, config: Config): Promise<readonly Finding[]> {
  if (config.git !== undefined) {
    const found = await program(cli, "git", "failed", "the daemon can't follow its repository");
    return [found, ...(await repository(cli, config, config.git))];
  }
  if (!existsSync(join(config.root, ".git"))) return [];
  return [await program(cli, "git", "warning", "`engine validate --base` can't compare")];
}

function dataFolder({ data }: Config): readonly Finding[] {
  const what = "data folder";
  const there = nearest(data);
  const findings: Finding[] = [];
  try {
    accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK);
    const mode = there === data ? statSync(data).mode & 0o777 : 0o700;
    findings.push(
      mode & 0o077
        ? {
            what,
            state: "warning",
            message: `${data} can be read by other users (mode ${mode.toString(8)})`,
            hint: `it holds params, outputs and logs: chmod 700 ${data}`,
          }
        : { what, state: "ok", message: there === data ? data : `${data} will be made` },
    );
  } catch {
    findings.push({
      what,
      state: "failed",
      message: `${there} can't be written to by this user`,
      hint: "give the user the right, or choose another with `data` in engine.yaml, ENGINE_DATA or --data",
    });
  }
  const { bavail, bsize, files, ffree } = statfsSync(there);
  const free = bavail * bsize;
  const full = free < FREE_NONE_BYTES || (files > 0 && ffree === 0);
  findings.push({
    what: "disk",
    state: full ? "failed" : free < FREE_LOW_BYTES ? "warning" : "ok",
    message: `${bytes(free)} free${files > 0 && ffree === 0 ? ", and no more files can be made" : ""}`,
    ...(free < FREE_LOW_BYTES && { hint: "free some space: on a full disk nothing new starts" }),
  });
  return findings;
}

function store({ data }: Config): readonly Finding[] {
  const what = "store";
  try {
    const health = storeHealth(data);
    if (health === undefined) return [{ what, state: "ok", message: "there is none yet" }];
    const held = isFolderHeld(data) === true ? ", in use by an engine" : "";
    if (health.damage === undefined) {
      const files = `${bytes(sizeOfFiles(data))} of logs and other files`;
      return [{ what, state: "ok", message: `${bytes(health.size_bytes)}${held}, beside it ${files}` }];
    }
    return [
      {
        what,
        state: "failed",
        message: health.damage,
        hint: "stop the engine, keep a copy of the folder, and restore a backup",
      },
    ];
  } catch (error) {
    return [{ what, state: "failed", message: error instanceof Error ? error.message : String(error) }];
  }
}

/** All that lies in the data folder beside the store, in bytes. What goes while it is counted counts nothing. */
function sizeOfFiles(data: string): number {
  let sum = 0;
  for (const entry of readdirSync(data, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith("engine.db")) continue;
    sum += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return sum;
}

/** How much the daemon deletes next. */
async function retention(cli: Cli, { data, retention: kept }: Config): Promise<readonly Finding[]> {
  if (storeSize(data) === 0) return [];
  const { runs_ms, keep_runs: keep, max_runs: max } = kept;
  const limit = OLD_RUNS_COUNTED;
  const store = await openSqliteStore(data, { mode: "read", clock: cli.now, describe: "engine doctor" });
  try {
    const old = { before: cli.now() - runs_ms, keep, ...(max !== undefined && { max }), limit };
    const { length } = await store.findOldRuns(old);
    const some = length === 1 ? "1 run is" : `${length} runs are`;
    const many = length === 0 ? "nothing is" : length === limit ? `${limit} runs or more are` : some;
    return [{ what: "retention", state: "ok", message: `${many} older than what is kept` }];
  } catch {
    // What is wrong with the store is told where the store is looked at.
    return [];
  } finally {
    await store.close();
  }
}

function pipelinesFolder(cli: Cli, config: Config): { findings: readonly Finding[]; pipelines: readonly Pipeline[] } {
  const what = "pipelines";
  const live = config.git && liveCommit(config, config.git);
  if (config.git !== undefined && live === undefined) {
    const message = "none is live yet: a daemon takes them from its repository";
    return { findings: [{ what, state: "ok", message }], pipelines: [] };
  }
  const folder = live?.pipelines ?? config.pipelines;
  if (!existsSync(folder)) {
    const hint = "make a start with `engine init`, or say where they are with `pipelines` in engine.yaml";
    return {
      findings: [{ what, state: "warning", message: `there is no folder ${folder}`, hint }],
      pipelines: [],
    };
  }
  const { files, pipelines, diagnostics } = loadCatalog([folder], {
    ...(live === undefined ? compileOptions(cli, config) : optionsForCommit(cli, config, live)),
    cwd: live?.root ?? cli.cwd,
  });
  const broken = new Set(diagnostics.filter(({ severity }) => severity === "error").map(({ file }) => file));
  const of = live === undefined ? "" : `commit ${live.commit.slice(0, SHORT)}: `;
  const message = `${of}${count(files.length, "file")}, ${count(pipelines.length, "pipeline")} that can run`;
  if (broken.size === 0) return { findings: [{ what, state: "ok", message }], pipelines };
  const hint = `see \`engine validate\`: ${[...broken].slice(0, 3).join(", ")}${broken.size > 3 ? ", …" : ""}`;
  return {
    findings: [{ what, state: "failed", message: `${message}, ${count(broken.size, "file")} with errors`, hint }],
    pipelines,
  };
}

async function program(cli: Cli, name: string, without: "warning" | "failed", effect: string): Promise<Finding> {
  if (findProgram(name, cli.env.PATH) === undefined) {
    return { what: name, state: without, message: `there is none on PATH, so ${effect}`, hint: `install ${name}` };
  }
  const said = await ask(cli, name, ["--version"]);
  if (said === undefined) {
    return {
      what: name,
      state: without,
      message: `it does not say its version, so ${effect}`,
      hint: `try \`${name} --version\``,
    };
  }
  return { what: name, state: "ok", message: said.split("\n", 1)[0] ?? "" };
}

async function docker(cli: Cli): Promise<Finding> {
  try {
    return { what: "docker", state: "ok", message: await dockerVersion(cli.env) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      what: "docker",
      state: "failed",
      message,
      hint: "is it running, and may this user ask it? Tasks with `docker` can't run",
    };
  }
}

/** Schedules are only as good as the clock. Where nothing tells whether it is kept right, nothing is said. */
async function clock(cli: Cli): Promise<readonly Finding[]> {
  const said = await ask(cli, "timedatectl", ["show", "--property=NTPSynchronized", "--value"]);
  if (said === "yes") return [{ what: "clock", state: "ok", message: "kept right by the network" }];
  if (said !== "no") return [];
  return [
    {
      what: "clock",
      state: "warning",
      message: "nothing keeps it right, so slots may come early or late",
      hint: "start systemd-timesyncd, chrony or the like",
    },
  ];
}

async function ask(cli: Cli, name: string, args: readonly string[]): Promise<string | undefined> {
  const { execa } = await import("execa");
  const { failed, stdout } = await execa(name, args, {
    env: cli.env,
    extendEnv: false,
    reject: false,
    timeout: PROGRAM_MAX_MS,
  });
  return failed ? undefined : stdout.trim();
}

/** The folder, or the first above it that is there. */
function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}
