import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { Option } from "commander";
import { type CheckedCatalog, checkCatalog, nameFor, type Source } from "../../catalog/index.ts";
import type { Config } from "../../config/index.ts";
import { isAtLeast, type Report, type Severity, sortDiagnostics } from "../../language/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { loadConfigFound } from "../load.ts";
import { docsOf, docsUrlOf } from "../package-files.ts";
import type { Cli } from "../terminal.ts";
import type { BaseRequest } from "../validate/base/compare.ts";
import { BaselineFile, type BaselineOptions } from "../validate/baseline-file.ts";
import { checkOptions } from "../validate/checking.ts";
import type { FixRequest, Mended } from "../validate/fixing.ts";
import { FORMATS, gatherTarget, settleTargets, type Target, writeReport } from "../validate/formats.ts";
import { settleAll } from "../validate/settle.ts";
import { VERSION } from "../version.ts";
import { wholeNumber } from "../whole-number.ts";

interface ValidateOptions extends BaselineOptions {
  readonly format?: readonly Target[];
  readonly failOn: Severity;
  readonly maxWarnings?: number;
  readonly exitZero?: true;
  readonly stdinFilename: string;
  readonly base?: string;
  /** True without a kind; else the kind, or a path that stood where one could be. */
  readonly fix?: true | string;
  readonly diff?: true;
  /** Absent unless `--no-cache` was given. */
  readonly cache?: false;
}

export const define: DefineCommand = (command, act) => {
  command
    .argument("[path...]", "files and folders; `-` reads standard input (default: the folder of pipelines)")
    .addOption(
      new Option(
        "--format <format[=file]>",
        `how to print the findings, and where: ${FORMATS.join(", ")}; may be given several times (default: pretty)`,
      ).argParser(gatherTarget),
    )
    .addOption(
      new Option("--fail-on <severity>", "the least severity that fails")
        .choices(["error", "warning", "info"])
        .default("error"),
    )
    .option("--max-warnings <n>", "fail when there are more warnings than this", wholeNumber)
    .option("--exit-zero", "end with 0, whatever is found")
    .option("--baseline <file>", "accept the findings that this file has")
    .option("--write-baseline", "write what is found to the baseline, and accept it")
    .option(
      "--base <revision>",
      "also compare with a revision of git: what was renamed, what breaks, what runs at other times",
    )
    .option("--fix [kind]", "mend what can be mended safely; `--fix=unsafe`: also what has to be looked at afterwards")
    .option("--diff", "show what --fix would change, and write nothing")
    .option("--stdin-filename <file>", "what to call standard input in findings", "stdin.yaml")
    .option("--no-cache", "check every file anew, whatever is known of it")
    .addHelpText("after", HELP)
    .action(act(validate));
};

const HELP = `
Nothing is run, and neither a daemon nor a network is needed.
\`engine explain CODE\` has more on a finding. A comment behind a line or above
it, \`# engine-ignore CODE: the reason\`, accepts a warning; engine.yaml can too.
On GitHub Actions the default is pretty and github.
With --fix and \`-\` the mended text goes to standard output, and what is left to
standard error; so do findings with --diff.

Exit codes: 0 nothing that fails; 1 findings that fail; 2 wrong usage or
configuration; 3 a file could not be read or written.`;

async function validate(cli: Cli, given: readonly string[], options: ValidateOptions): Promise<number> {
  const { paths, fix } = fixRequest(given, options);
  const targets = settleTargets(cli, options.format);
  const { config, found } = loadConfigFound(cli);
  const baseline = BaselineFile.open(cli, options);
  const sources = paths.length === 0 ? [theFolder(cli, config)] : await sourcesOf(cli, paths, options);
  const { mended, checked } =
    fix === undefined
      ? { checked: await checkAll(cli, config, paths, sources, options) }
      : await mend(cli, config, { paths, sources, options }, fix);
  const catalog =
    options.base === undefined
      ? checked
      : await withChanges(cli, config, checked, { revision: options.base, sources, complete: paths.length === 0 });
  const settled = settleAll(cli, { config, found, catalog, baseline, complete: paths.length === 0 });
  const report = { ...settled, version: VERSION, fail_on: options.failOn, fixed: mended?.fixed, docsUrlOf, docsOf };
  writeReport(cli, targets, report, mended?.printed ? cli.err : cli.out);
  if (catalog.unreadable.length > 0 || mended?.failed) return EXIT.internal;
  return !options.exitZero && hasFailed(report, options) ? EXIT.failed : EXIT.ok;
}

/** What to mend. A path behind `--fix` is taken for its kind first. */
function fixRequest(
  given: readonly string[],
  { fix, diff }: ValidateOptions,
): { readonly paths: readonly string[]; readonly fix?: FixRequest } {
  if (fix === undefined && diff === undefined) return { paths: given };
  const isKind = fix === undefined || fix === true || fix === "safe" || fix === "unsafe";
  return { paths: isKind ? given : [fix, ...given], fix: { unsafe: fix === "unsafe", diff: diff === true } };
}

/** Mends what can be, and says what is left. */
async function mend(
  cli: Cli,
  config: Config,
  { paths, sources, options }: { paths: readonly string[]; sources: readonly Source[]; options: ValidateOptions },
  request: FixRequest,
): Promise<{ readonly mended: Mended; readonly checked: CheckedCatalog }> {
  // Loaded when it is needed: a call that mends nothing has no use for it.
  const { mendSources, withoutRefused } = await import("../validate/fixing.ts");
  const mended = mendSources(cli, config, sources, request);
  const checked = await checkAll(cli, config, paths, mended.sources, options);
  return { mended, checked: { ...checked, found: withoutRefused(checked.found, mended.refused) } };
}

async function checkAll(
  cli: Cli,
  config: Config,
  paths: readonly string[],
  sources: readonly Source[],
  options: ValidateOptions,
): Promise<CheckedCatalog> {
  const catalog = await checkCatalog(sources, checkOptions(cli, config, { cached: options.cache !== false }));
  if (catalog.files.length > 0) return catalog;
  const where = paths.length === 0 ? nameFor(config.pipelines, cli.cwd) : paths.join(", ");
  throw usageError(`there is no pipeline in ${where}`, "a pipeline is a .yaml or .yml file");
}

/** What was found, and what the change since an earlier revision means. */
async function withChanges(
  cli: Cli,
  config: Config,
  checked: CheckedCatalog,
  request: BaseRequest,
): Promise<CheckedCatalog> {
  // Loaded when it is needed: most calls compare with nothing.
  const { compareWithBase } = await import("../validate/base/compare.ts");
  const { diagnostics, sourceOf } = await compareWithBase(cli, config, request);
  return {
    ...checked,
    found: { ...checked.found, diagnostics: sortDiagnostics([...checked.found.diagnostics, ...diagnostics]) },
    sourceOf: (file) => checked.sourceOf(file) ?? sourceOf(file),
  };
}

async function sourcesOf(cli: Cli, paths: readonly string[], options: ValidateOptions): Promise<readonly Source[]> {
  const sources: Source[] = [];
  // Standard input can be read once.
  for (const path of new Set(paths)) {
    if (path === "-") sources.push({ path: stdinName(cli, options), bytes: await wholeOf(cli.stdin) });
    else if (existsSync(resolve(cli.cwd, path))) sources.push(resolve(cli.cwd, path));
    else throw usageError(`there is no file or folder ${path}`);
  }
  return sources;
}

async function wholeOf(stdin: Cli["stdin"]): Promise<Uint8Array> {
  const { buffer } = await import("node:stream/consumers");
  return buffer(stdin);
}

/** As files are named that were read from the disk. */
function stdinName({ cwd }: Cli, { stdinFilename }: ValidateOptions): string {
  return isAbsolute(stdinFilename) ? nameFor(stdinFilename, cwd) : stdinFilename;
}

function theFolder(cli: Cli, { pipelines }: Config): string {
  if (existsSync(pipelines)) return pipelines;
  throw usageError(
    `there is no folder ${nameFor(pipelines, cli.cwd)}`,
    "say what to check, `engine validate FILE`, or make a start with `engine init`",
  );
}

function hasFailed(
  { diagnostics }: Report,
  { failOn, maxWarnings = Number.POSITIVE_INFINITY }: ValidateOptions,
): boolean {
  const warnings = diagnostics.filter(({ severity }) => severity === "warning").length;
  return warnings > maxWarnings || diagnostics.some(({ severity }) => isAtLeast(severity, failOn));
}
