import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { Option } from "commander";
import { type Catalog, loadCatalog, nameFor, type Source } from "../../catalog/index.ts";
import type { Config } from "../../config/index.ts";
import { jsonReport } from "../../language/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { compileOptions, loadConfig, printFindings } from "../load.ts";
import { printJson } from "../output/json.ts";
import { count } from "../output/words.ts";
import type { Cli } from "../terminal.ts";
import { VERSION } from "../version.ts";

const FORMATS = ["pretty", "json"] as const;

interface ValidateOptions {
  readonly format: (typeof FORMATS)[number];
  readonly stdinFilename: string;
}

export const define: DefineCommand = (command, act) => {
  command
    .argument("[path...]", "files and folders; `-` reads standard input (default: the folder of pipelines)")
    .addOption(new Option("--format <format>", "how to print the findings").choices(FORMATS).default("pretty"))
    .option("--stdin-filename <file>", "what to call standard input in findings", "stdin.yaml")
    .addHelpText("after", HELP)
    .action(act(validate));
};

const HELP = `
Nothing is run, and neither a daemon nor a network is needed.
\`engine explain CODE\` has more on a finding.

Exit codes: 0 no errors; 1 errors; 2 wrong usage or configuration; 3 a file
could not be read.`;

async function validate(cli: Cli, paths: readonly string[], options: ValidateOptions): Promise<number> {
  const config = loadConfig(cli);
  const sources = paths.length === 0 ? [theFolder(cli, config)] : await sourcesOf(cli, paths, options);
  const catalog = loadCatalog(sources, { ...compileOptions(cli, config), cwd: cli.cwd });
  if (catalog.files.length === 0) {
    const where = paths.length === 0 ? nameFor(config.pipelines, cli.cwd) : paths.join(", ");
    throw usageError(`there is no pipeline in ${where}`, "a pipeline is a .yaml or .yml file");
  }
  if (options.format === "pretty") printPretty(cli, catalog);
  else printJson(cli.out, jsonReport(catalog.diagnostics, { ...catalog, version: VERSION }));
  if (catalog.unreadable.length > 0) return EXIT.internal;
  return catalog.diagnostics.some(({ severity }) => severity === "error") ? EXIT.failed : EXIT.ok;
}

function theFolder(cli: Cli, { pipelines }: Config): string {
  if (existsSync(pipelines)) return pipelines;
  throw usageError(
    `there is no folder ${nameFor(pipelines, cli.cwd)}`,
    "say what to check, `engine validate FILE`, or make a start with `engine init`",
  );
}

async function sourcesOf(cli: Cli, paths: readonly string[], options: ValidateOptions): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const path of paths) {
    if (path === "-") sources.push({ path: options.stdinFilename, bytes: await buffer(cli.stdin) });
    else if (existsSync(resolve(cli.cwd, path))) sources.push(resolve(cli.cwd, path));
    else throw usageError(`there is no file or folder ${path}`);
  }
  return sources;
}

/** The findings, and one line that sums them up. */
function printPretty(cli: Cli, { files, diagnostics, sourceOf }: Catalog): void {
  printFindings(cli.out, diagnostics, sourceOf);
  const counts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const number = diagnostics.filter((each) => each.severity === severity).length;
    return number === 0 ? [] : [count(number, severity)];
  });
  cli.out.line(`${count(files.length, "file")} checked: ${counts.length === 0 ? "nothing found" : counts.join(", ")}`);
}
