import { Option } from "commander";
import { type Difference, FORMATS, type Format } from "../../monitoring/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { CliError } from "../errors.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { loadConfig } from "../load.ts";
import { explainMonitoring } from "../monitoring/explain.ts";
import { type Generated, generated, readGenerated, writeGenerated } from "../monitoring/generated.ts";
import type { PreviewOptions } from "../monitoring/preview.ts";
import { scrapeConfig } from "../monitoring/scrape-config.ts";
import { setUpJsonnet } from "../monitoring/setup.ts";
import { printJson } from "../output/json.ts";
import { count } from "../output/words.ts";
import type { Cli } from "../terminal.ts";
import { wholeNumber } from "../whole-number.ts";

/** Where the files go when nobody says. */
const OUT_DEFAULT = "monitoring/generated";
/** Longer values are cut where a difference is shown. */
const SHOWN_MAX = 120;

interface GenerateOptions {
  readonly out: string;
  readonly format: Format;
  readonly pipelineBoards?: true;
}

interface CompareOptions {
  readonly out: string;
  readonly json?: true;
}

export const define: DefineCommand = (command, act) => {
  command.addHelpText("after", HELP);
  command
    .command("generate")
    .description("Write the dashboards and rules that match the pipelines")
    .option("--out <folder>", "where they go", OUT_DEFAULT)
    .addOption(new Option("--format <format>", "for whom they are").choices(FORMATS).default("files"))
    .option("--pipeline-boards", "a dashboard of its own for each pipeline too")
    .action(act(generate));
  command
    .command("check")
    .description("Whether what was generated is what the pipelines give now; exit code 1 and the differences when not")
    .option("--out <folder>", "where it is", OUT_DEFAULT)
    .option("--json", "print JSON")
    .action(act(check));
  command
    .command("diff")
    .description("What `generate` would change, in meaning")
    .option("--out <folder>", "where it is", OUT_DEFAULT)
    .option("--json", "print JSON")
    .action(act(diff));
  command
    .command("preview")
    .description("Show the dashboards on a page of this machine, without any Grafana, until Ctrl-C")
    .option("--prometheus <url>", "where the numbers come from; without it they are made up, and the page says so")
    .addOption(new Option("--port <number>", "where the page is; by default a free port").argParser(wholeNumber))
    .option("--pipeline-boards", "a dashboard of its own for each pipeline too")
    .action(
      act(async (cli, options: PreviewOptions) => {
        const { preview } = await import("../monitoring/preview.ts");
        return await preview(cli, loadConfig(cli), options);
      }),
    );
  command
    .command("scrape-config")
    .description("Print what Prometheus needs to find this engine")
    .action(act(async (cli) => print(cli, scrapeConfig(loadConfig(cli)))));
  command
    .command("explain")
    .description("What a metric or an alert means, and where it is used")
    .argument("<name>", "such as engine_pipeline_runs_total, or EnginePipelineFailed")
    .action(act(async (cli, name: string) => print(cli, explainMonitoring(cli, loadConfig(cli), name))));
  command
    .command("setup")
    .description("Install jsonnet for this user (it takes a minute, and needs cmake and a C++ compiler)")
    .action(
      act(async (cli) => {
        await setUpJsonnet(cli);
        return EXIT.ok;
      }),
    );
};

const HELP = `
Turns the pipelines, through jsonnet, into Grafana's dashboards and Prometheus' rules. Commit
what it writes, and let CI run \`engine monitoring check\`. monitoring/overrides.jsonnet, if it
is there, changes what comes out: \`function(mixin) mixin { _config+:: { … } }\`.`;

async function print(cli: Cli, text: string): Promise<number> {
  cli.out.write(text);
  return EXIT.ok;
}

async function generate(cli: Cli, { out, format, pipelineBoards }: GenerateOptions): Promise<number> {
  const now = await generated(cli, loadConfig(cli), { format, pipeline_boards: pipelineBoards === true });
  const { written, removed } = writeGenerated(cli.cwd, out, now);
  cli.out.line(
    `${count(now.files.size, "file")} in ${out}: ${written.length} changed, ${removed.length} removed, for ${count(now.pipelines, "pipeline")}`,
  );
  return EXIT.ok;
}

async function check(cli: Cli, options: CompareOptions): Promise<number> {
  const found = await compare(cli, options);
  if (options.json) printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, differences: found });
  else if (found.length === 0) cli.out.line(`${options.out} is what the pipelines give`);
  else {
    for (const each of found) printDifference(cli, each);
    throw new CliError(`${options.out} is not what the pipelines give now: ${count(found.length, "difference")}`, {
      hint: "run `engine monitoring generate`, and commit what it writes",
      exit_code: EXIT.failed,
    });
  }
  return found.length === 0 ? EXIT.ok : EXIT.failed;
}

async function diff(cli: Cli, options: CompareOptions): Promise<number> {
  const found = await compare(cli, options);
  if (options.json) printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, differences: found });
  else if (found.length === 0) cli.out.line("nothing would change");
  else for (const each of found) printDifference(cli, each);
  return EXIT.ok;
}

async function compare(cli: Cli, { out }: CompareOptions): Promise<readonly Difference[]> {
  const before = readGenerated(cli.cwd, out);
  const after: Generated = await generated(cli, loadConfig(cli), before.settings);
  const { differences } = await import("../../monitoring/index.ts");
  return differences(before.files, after.files);
}

function printDifference({ out }: Cli, { file, path, before, after }: Difference): void {
  const at = path === "" ? file : `${file} ${path}`;
  const shown = (value: unknown): string => {
    const text = JSON.stringify(value) ?? "";
    return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
  };
  if (before === undefined) out.line(`+ ${at}${path === "" ? "" : `: ${shown(after)}`}`);
  else if (after === undefined) out.line(`- ${at}${path === "" ? "" : `: ${shown(before)}`}`);
  else out.line(`~ ${at}: ${shown(before)} → ${shown(after)}`);
}
