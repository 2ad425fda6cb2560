import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Catalog,
  type Checkout,
  findProgram,
  nameFor,
  type Picked,
  pathKinds,
  pickPipeline,
  pipelineNames,
  shellcheckWith,
} from "../catalog/index.ts";
import { CONFIG_FILE, type Config, secretNames, loadConfig as settle } from "../config/index.ts";
import {
  type CompileOptions,
  type Diagnostic,
  type Found,
  formatPretty,
  type Pipeline,
  type SettleOptions,
} from "../language/index.ts";
import { operators as builtIn, type LoadedOperators, type Operator, withPlugins } from "../operators/index.ts";
import { EXIT } from "./command.ts";
import { CliError, usageError } from "./errors.ts";
import { count } from "./output/words.ts";
import type { Cli, Output } from "./terminal.ts";

/** The configuration from engine.yaml, the environment and the flags. Prints what is wrong with it and throws a usage error. */
export function loadConfig(cli: Cli): Config {
  return loadConfigFound(cli).config;
}

/** The same, with what was found in engine.yaml before levels and suppressions. */
export function loadConfigFound(cli: Cli): { readonly config: Config; readonly found: Found } {
  const { config, file, diagnostics, texts, found = { diagnostics: [], comments: [] } } = settle(cli);
  if (config !== undefined) return { config, found };
  printFindings(cli.err, diagnostics, (source) => texts.get(source));
  const [first] = diagnostics;
  const about = diagnostics.every((each) => each.file === first?.file) ? first?.file : undefined;
  throw usageError(
    `${about ?? "the configuration"} is not valid`,
    `docs/configuration.md has every key of ${file ?? CONFIG_FILE}, with its variable and its flag`,
  );
}

/** The built-in operators, and those of the project's plugins that can be used. */
export function loadOperators({ root, plugins }: Config): LoadedOperators {
  return withPlugins(
    builtIn,
    root,
    plugins.map(({ module }) => module),
  );
}

/** What is wrong with the project's plugins. */
export function pluginFindings(config: Config): readonly Diagnostic[] {
  return loadOperators(config).problems.flatMap(({ index, message, hint }) => {
    const entry = config.plugins[index];
    if (entry === undefined) return [];
    const { file, range } = entry;
    return [{ code: "ENG905", name: "bad-plugin", severity: "error", file, range, message, hint }];
  });
}

/** The operators for a command that needs them all. Prints why a plugin can't be used, and throws a usage error. */
export function allOperators(cli: Pick<Cli, "cwd" | "err">, config: Config): ReadonlyMap<string, Operator> {
  const findings = pluginFindings(config);
  const [first] = findings;
  if (first === undefined) return loadOperators(config).operators;
  printFindings(cli.err, findings, (file) => readFileSync(resolve(cli.cwd, file), "utf8"));
  throw usageError(first.message, first.hint);
}

/**
 * The pipeline in a file, in a folder, or of a name, ready to run: its `file` is relative to the repository's root, or
 * absolute when it stands outside. Throws a usage error when there is none or more than one; prints its findings and
 * throws (exit code 1) when it has errors.
 */
export function loadPipeline(cli: Cli, config: Config, target: string): Pipeline {
  const { pipeline, diagnostics } = pick(cli, config, target);
  const warnings = diagnostics.filter(({ severity }) => severity === "warning").length;
  if (warnings > 0) {
    cli.err.line(`${pipeline.file} has ${count(warnings, "warning")}: see \`engine validate ${pipeline.file}\``);
  }
  const path = resolve(cli.cwd, pipeline.file);
  const file = nameFor(path, config.root);
  return { ...pipeline, file: file.startsWith("../") ? path : file };
}

/** The same as it was found: its `file` is relative to the working directory, as in findings, or to the root of a commit. */
export function pick(cli: Cli, config: Config, target: string, commit?: Checkout): Picked & { found: "pipeline" } {
  allOperators(cli, config);
  const here = { ...compileOptions(cli, config), cwd: cli.cwd, pipelines: config.pipelines };
  const there = commit && { ...optionsForCommit(cli, config, commit), cwd: commit.root, pipelines: commit.pipelines };
  const picked = pickPipeline(target, there ?? here);
  if (picked.found === "pipeline") return picked;
  if (picked.found === "none") throw usageError(picked.message, picked.hint);
  const { file, diagnostics, catalog } = picked;
  printFindings(cli.err, diagnostics, catalog.sourceOf);
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  throw new CliError(`${file} has ${count(errors, "error")}`, {
    hint: `nothing was done; check it again with \`engine validate ${file}\``,
    exit_code: catalog.unreadable.includes(file) ? EXIT.internal : EXIT.failed,
  });
}

/** What the language has to know to check pipelines of this configuration. */
export function compileOptions(cli: Pick<Cli, "cwd" | "env" | "now">, config: Config): CompileOptions {
  const { operators, identity } = loadOperators(config);
  return {
    operators,
    operatorsIdentity: identity,
    pools: new Map(Object.entries(config.pools)),
    connections: new Map(Object.entries(config.connections).map(([name, { type }]) => [name, String(type)])),
    now_ms: cli.now(),
    secrets: secretNames(config.secrets),
    pipelineNames: () => pipelineNames(config.pipelines),
    pathKind: pathKinds(cli.cwd, config.root),
    settle: settleOptions(cli, config, false),
  };
}

/** The same for whoever only looks: without an engine.yaml nobody knows what there is where the pipelines run. */
export function optionsToLook(cli: Pick<Cli, "cwd" | "env" | "now">, config: Config): CompileOptions {
  const { has_file, pools, connections } = config;
  const isUnknown = (named: object): boolean => !has_file && Object.keys(named).length === 0;
  return {
    ...compileOptions(cli, config),
    ...(isUnknown(pools) && { pools: undefined }),
    ...(isUnknown(connections) && { connections: undefined }),
  };
}

/** The same for the files of a commit: paths in it and globs of engine.yaml begin at its root, plugins at ours. */
export function optionsForCommit(
  cli: Pick<Cli, "cwd" | "env" | "now">,
  config: Config,
  { root, pipelines }: Checkout,
): CompileOptions {
  const here = { ...cli, cwd: root };
  return {
    ...optionsToLook(here, config),
    pipelineNames: () => pipelineNames(pipelines),
    pathKind: pathKinds(root, root, { isRepository: true }),
    settle: settleOptions(here, { ...config, root }, false),
  };
}

/** The same, with the tools that take their time: for a command that does nothing but check. */
export function checkingOptions(cli: Pick<Cli, "cwd" | "env" | "now">, config: Config): CompileOptions {
  const program = config.validate.rules.ENG606 === "off" ? undefined : findProgram("shellcheck", cli.env.PATH);
  const shellcheck = program === undefined ? undefined : shellcheckWith(program, config.root);
  return { ...optionsToLook(cli, config), shellcheck };
}

/** What engine.yaml makes of findings. `complete`: whether all pipelines are checked. */
export function settleOptions(
  cli: Pick<Cli, "cwd" | "now">,
  { root, validate }: Config,
  complete: boolean,
): SettleOptions {
  return { policy: validate, folder: nameFor(cli.cwd, root), now_ms: cli.now(), complete };
}

/** Prints findings for a person, and an empty line after them; nothing when there are none. */
export function printFindings(out: Output, diagnostics: readonly Diagnostic[], sourceOf: Catalog["sourceOf"]): void {
  if (diagnostics.length > 0) out.write(`${formatPretty(diagnostics, { color: out.depth > 1, sourceOf })}\n`);
}
