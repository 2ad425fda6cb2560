import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { type ListedFile, listFiles, nameFor, readListed, type Source } from "../../catalog/index.ts";
import { CONFIG_FILE, type Config } from "../../config/index.ts";
import { type Diagnostic, formatFile } from "../../language/index.ts";
import type { Operator } from "../../operators/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { printError, usageError } from "../errors.ts";
import { allOperators, loadConfig, printFindings } from "../load.ts";
import { rewrite } from "../output/rewrite.ts";
import { count } from "../output/words.ts";
import type { Cli } from "../terminal.ts";

interface FmtOptions {
  readonly check?: true;
  readonly diff?: true;
}

/** How standard input is called in findings. */
const STDIN_NAME = "stdin.yaml";

export const define: DefineCommand = (command, act) => {
  command
    .argument("[path...]", "files and folders; `-` reads standard input (default: the folder of pipelines)")
    .option("--check", "write nothing; list what is not laid out so, and fail if there is something")
    .option("--diff", "write nothing; show what would change")
    .addHelpText("after", HELP)
    .action(act(fmt));
};

const HELP = `
Keys in their usual order, two columns a level, no two empty lines in a row.
Values, quotes and comments stay as they are, and so does what a file means. A
file with an error in its YAML is left alone. With \`-\` the result goes to
standard output.

Exit codes: 0 all is laid out so now; 1 a file is not YAML, or with --check not
laid out so; 2 wrong usage or configuration; 3 a file could not be read or
written.`;

async function fmt(cli: Cli, paths: readonly string[], options: FmtOptions): Promise<number> {
  const config = loadConfig(cli);
  const { files, problems } = listFiles(await sourcesOf(cli, config, paths), cli.cwd);
  if (files.length + problems.size === 0) {
    const where = paths.length === 0 ? nameFor(config.pipelines, cli.cwd) : paths.join(", ");
    throw usageError(`there is no pipeline in ${where}`, "a pipeline is a .yaml or .yml file");
  }
  const formatter = new Formatter(cli, options, allOperators(cli, config));
  for (const problem of problems.values()) formatter.unreadable(problem.file, problem.message);
  for (const file of files) await formatter.format(file);
  return formatter.finish();
}

async function sourcesOf(cli: Cli, config: Config, paths: readonly string[]): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const path of new Set(paths)) {
    if (path === "-") sources.push({ path: STDIN_NAME, bytes: await buffer(cli.stdin) });
    else if (existsSync(resolve(cli.cwd, path))) sources.push(resolve(cli.cwd, path));
    else throw usageError(`there is no file or folder ${path}`);
  }
  if (paths.length > 0) return sources;
  if (existsSync(config.pipelines)) return [config.pipelines];
  throw usageError(
    `there is no folder ${nameFor(config.pipelines, cli.cwd)}`,
    "say what to lay out, `engine fmt FILE`, or make a start with `engine init`",
  );
}

/** Goes through files, and keeps count. */
class Formatter {
  readonly #cli: Cli;
  readonly #options: FmtOptions;
  readonly #operators: ReadonlyMap<string, Operator>;
  #changed = 0;
  #same = 0;
  #broken = 0;
  #failed = 0;
  /** Standard output is a file's own: nothing else may be printed there. */
  #streams = false;

  constructor(cli: Cli, options: FmtOptions, operators: ReadonlyMap<string, Operator>) {
    this.#cli = cli;
    this.#options = options;
    this.#operators = operators;
  }

  unreadable(name: string, why: string): void {
    printError(this.#cli, `${name}: ${why}`);
    this.#failed += 1;
  }

  async format(file: ListedFile): Promise<void> {
    const content = readListed(file);
    if (content === "gone") return;
    if ("reason" in content) return this.unreadable(file.name, `the file can't be read: ${content.reason}`);
    const { bytes } = content;
    const isPipeline = basename(file.name) !== CONFIG_FILE;
    const formatted = formatFile({ path: file.name, bytes }, { operators: this.#operators, isPipeline });
    if (!formatted.ok) this.#refuse(formatted.diagnostics, bytes);
    else await this.#finishFile(file, formatted);
  }

  async #finishFile({ name, path }: ListedFile, { before, after }: { before: string; after: string }): Promise<void> {
    const { check, diff } = this.#options;
    const writes = check === undefined && diff === undefined;
    if (path === undefined && writes) {
      this.#streams = true;
      this.#cli.out.write(after);
    }
    if (before === after) {
      this.#same += 1;
      return;
    }
    if (diff) await this.#show(name, before, after);
    else if (check) this.#cli.out.line(name);
    const written = !writes || path === undefined || rewrite(this.#cli, { name, path, before, after });
    if (written) this.#changed += 1;
    else this.#failed += 1;
  }

  async #show(name: string, before: string, after: string): Promise<void> {
    // Loaded when it is needed.
    const { printDiff } = await import("../output/diff.ts");
    printDiff(this.#cli.out, name, before, after);
  }

  #refuse(diagnostics: readonly Diagnostic[], bytes: Uint8Array): void {
    this.#broken += 1;
    printFindings(this.#cli.err, diagnostics, () => new TextDecoder().decode(bytes));
  }

  finish(): number {
    const { check, diff } = this.#options;
    const looks = check !== undefined || diff !== undefined;
    const parts = [
      ...(this.#changed > 0 ? [`${count(this.#changed, "file")} ${looks ? "would change" : "laid out anew"}`] : []),
      ...(this.#same > 0 ? [`${count(this.#same, "file")} as ${this.#same === 1 ? "it" : "they"} should be`] : []),
      ...(this.#broken > 0 ? [`${count(this.#broken, "file")} with errors left alone`] : []),
    ];
    if (parts.length > 0 && !(this.#streams && this.#broken === 0)) this.#cli.err.line(parts.join(", "));
    if (this.#failed > 0) return EXIT.internal;
    return this.#broken > 0 || (check && this.#changed > 0) ? EXIT.failed : EXIT.ok;
  }
}
