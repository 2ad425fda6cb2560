import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { findProgram, loadCatalog } from "../../catalog/index.ts";
import type { Config } from "../../config/index.ts";
import type { Pipeline } from "../../language/index.ts";
import {
  evaluateMixin,
  FORMATS,
  type Format,
  findJsonnet,
  JsonnetError,
  type Monitoring,
  mixinInput,
  outputsOf,
  overridesOf,
} from "../../monitoring/index.ts";
import { EXIT } from "../command.ts";
import { CliError, usageError } from "../errors.ts";
import { compileOptions } from "../load.ts";
import { count } from "../output/words.ts";
import { packageRoot } from "../package-files.ts";
import type { Cli } from "../terminal.ts";
import { jsonnetFolder } from "./setup.ts";

/** How something was generated: who checks it does it the same way. */
export interface Settings {
  readonly format: Format;
  readonly pipeline_boards: boolean;
}

/** What is generated, by path in the folder that it goes to. */
export interface Generated {
  readonly settings: Settings;
  readonly files: ReadonlyMap<string, string>;
  readonly pipelines: number;
}

/** Says what is generated, and how. */
const MANIFEST = "engine-monitoring.json";

/** What dashboards and rules are made from. */
type Input = ReturnType<typeof mixinInput>;

/** The pipelines. Throws when one has errors. */
function soundPipelines(cli: Cli, config: Config): readonly Pipeline[] {
  const { pipelines, diagnostics } = loadCatalog([config.pipelines], { ...compileOptions(cli, config), cwd: cli.cwd });
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  if (errors > 0) {
    throw new CliError(`the pipelines have ${count(errors, "error")}, and what has errors can't be watched`, {
      hint: "mend them first: `engine validate` shows them",
      exit_code: EXIT.failed,
    });
  }
  return pipelines;
}

/** Dashboards and rules as they are before any format, and what they were made from. Throws as `generated` does. */
export async function evaluated(
  cli: Cli,
  config: Config,
  pipelineBoards: boolean,
): Promise<{ readonly pipelines: readonly Pipeline[]; readonly monitoring: Monitoring }> {
  const pipelines = soundPipelines(cli, config);
  return { pipelines, monitoring: await evaluate(cli, config, pipelineBoards, mixinInput(pipelines)) };
}

/** Generates dashboards and rules. Throws when a pipeline has errors, or jsonnet does. */
export async function generated(cli: Cli, config: Config, settings: Settings): Promise<Generated> {
  const input = mixinInput(soundPipelines(cli, config));
  const { format, pipeline_boards } = settings;
  const files = new Map(
    format === "mixin"
      ? mixinFiles(input, settings, config)
      : outputsOf(await evaluate(cli, config, pipeline_boards, input), format),
  );
  // What is promised is exported as metrics, so that no rule changes with it: here it is seen in a review.
  const promises = input.map(({ name, owner, slo, metrics, alerts, checks }) => ({
    name,
    owner,
    slo,
    metrics,
    alerts,
    checks,
  }));
  const names = [...files.keys()].sort();
  const manifest = { generated_by: "engine monitoring generate", ...settings, files: names, pipelines: promises };
  files.set(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  return { settings, files, pipelines: input.length };
}

/** What the mixin gives without any pipeline, as the package has it: no jsonnet is needed for that. */
export function rendered(): Monitoring {
  return JSON.parse(readFileSync(join(packageRoot(), "monitoring/rendered.json"), "utf8")) as Monitoring;
}

/** The mixin's own files, and one that imports it with these pipelines. */
function mixinFiles(
  pipelines: Input,
  { pipeline_boards }: Settings,
  { metrics: { grafana_url } }: Config,
): ReadonlyMap<string, string> {
  const grafana = grafana_url === undefined ? "" : `, grafanaURL: ${JSON.stringify(grafana_url)}`;
  const folder = join(packageRoot(), "monitoring");
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".libsonnet"))
    .sort();
  return new Map([
    ...sources.map((name): [string, string] => [name, readFileSync(join(folder, name), "utf8")]),
    ["pipelines.json", `${JSON.stringify(pipelines, null, 2)}\n`],
    [
      "engine.libsonnet",
      `(import 'mixin.libsonnet') { _config+:: { pipelines: import 'pipelines.json', pipelineBoards: ${pipeline_boards}${grafana} } }\n`,
    ],
  ]);
}

async function evaluate(
  cli: Cli,
  { root, metrics }: Config,
  pipelineBoards: boolean,
  pipelines: Input,
): Promise<Monitoring> {
  const overrides = overridesOf(root);
  const jsonnet = findJsonnet([root, packageRoot(), jsonnetFolder(cli.env)], cli.env, (name) =>
    findProgram(name, cli.env.PATH),
  );
  if (jsonnet === undefined) {
    const needs = [
      ...(overrides === undefined ? [] : ["monitoring/overrides.jsonnet"]),
      ...(pipelineBoards ? ["--pipeline-boards"] : []),
      ...(pipelines.some(({ alerts }) => alerts.length > 0) ? ["`alerts` of pipelines"] : []),
    ];
    if (needs.length > 0) {
      throw usageError(
        `there is no jsonnet here, which ${needs.join(" and ")} ${needs.length > 1 ? "need" : "needs"}`,
        HOW,
      );
    }
    cli.err.line(`There is no jsonnet here: these are the standard boards and rules. ${HOW}`);
    return rendered();
  }
  const entry = join(packageRoot(), "monitoring/main.jsonnet");
  try {
    return await evaluateMixin(jsonnet, {
      ...{ entry, pipelines, pipelineBoards, overrides },
      grafana_url: metrics.grafana_url,
    });
  } catch (error) {
    if (!(error instanceof JsonnetError)) throw error;
    const where = overrides === undefined ? "the mixin" : "monitoring/overrides.jsonnet, or the mixin with it,";
    throw new CliError(`${where} could not be evaluated by ${jsonnet.name}:\n${error.message}`, {
      exit_code: EXIT.failed,
    });
  }
}

const HOW = "`engine monitoring setup` installs one; so does `apt-get install jsonnet`";

/** Writes what is generated, and removes what was and isn't any more. */
export function writeGenerated(
  cwd: string,
  out: string,
  { files }: Generated,
): { readonly written: readonly string[]; readonly removed: readonly string[] } {
  const folder = resolve(cwd, out);
  const before = filesOf(folder, [...(manifestOf(folder)?.files ?? []), MANIFEST]);
  const removed = [...before.keys()].filter((file) => !files.has(file) && file !== MANIFEST);
  const written = [...files].filter(([file, text]) => before.get(file) !== text && file !== MANIFEST);
  for (const file of removed) rmSync(join(folder, file), { force: true });
  for (const [file, text] of files) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    if (before.get(file) !== text) writeFileSync(path, text);
  }
  return { written: written.map(([file]) => file), removed };
}

/** What was generated into a folder, as it lies there now. Throws a usage error when nothing was. */
export function readGenerated(
  cwd: string,
  out: string,
): { readonly settings: Settings; readonly files: ReadonlyMap<string, string> } {
  const folder = resolve(cwd, out);
  const manifest = manifestOf(folder);
  if (manifest === undefined) {
    throw usageError(`nothing was generated into ${out}`, "begin with `engine monitoring generate`");
  }
  const { format, pipeline_boards, files } = manifest;
  return { settings: { format, pipeline_boards }, files: filesOf(folder, [...files, MANIFEST]) };
}

interface Manifest extends Settings {
  readonly files: readonly string[];
}

function manifestOf(folder: string): Manifest | undefined {
  const text = readIfThere(join(folder, MANIFEST));
  if (text === undefined) return undefined;
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (FORMATS.includes(manifest.format) && Array.isArray(manifest.files)) return manifest;
  } catch {
    // Said below.
  }
  throw usageError(
    `${join(folder, MANIFEST)} is not what engine wrote`,
    "remove it, and run `engine monitoring generate`",
  );
}

function filesOf(folder: string, names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    names.flatMap((name): [string, string][] => {
      // The manifest may have been edited: what lies outside is nobody's.
      const text = name.split("/").includes("..") ? undefined : readIfThere(join(folder, name));
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}
