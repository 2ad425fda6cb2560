import { Option } from "commander";
import { type DefineCommand, EXIT } from "../command.ts";
import { CliError } from "../errors.ts";
import { renderAscii } from "../graph/ascii.ts";
import { renderDot } from "../graph/dot.ts";
import { TooTangledError } from "../graph/layers.ts";
import { renderMermaid } from "../graph/mermaid.ts";
import { type Graph, graphOf } from "../graph/model.ts";
import { renderSvg } from "../graph/svg.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { loadConfig, loadOperators, pick } from "../load.ts";
import { printJson } from "../output/json.ts";
import { page } from "../output/pager.ts";
import type { Cli } from "../terminal.ts";

const FORMATS = ["ascii", "svg", "mermaid", "dot", "json"] as const;
type Format = (typeof FORMATS)[number];

/** The width of a drawing that goes to no terminal, in columns. */
const COLUMNS_ELSEWHERE = 120;

export const define: DefineCommand = (command, act) => {
  command
    .argument("<pipeline>", "a pipeline's file, the folder of one, or its name")
    .addOption(new Option("--format <format>", "what to draw it as").choices(FORMATS).default("ascii"))
    .action(
      act((cli, target: string, { format }: { format: Format }) => {
        const config = loadConfig(cli);
        const { pipeline } = pick(cli, config, target);
        return draw(cli, graphOf(pipeline, loadOperators(config).operators), format);
      }),
    );
};

async function draw(cli: Cli, graph: Graph, format: Format): Promise<number> {
  try {
    await print(cli, graph, format);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof TooTangledError)) throw error;
    const message = `pipeline ${graph.pipeline} has too many tasks and lines for a picture (${error.message})`;
    throw new CliError(message, {
      hint: "take --format dot, mermaid or json, and a program of their own",
      exit_code: EXIT.usage,
      cause: error,
    });
  }
}

async function print(cli: Cli, graph: Graph, format: Format): Promise<void> {
  switch (format) {
    case "ascii": {
      const width = cli.out.isTerminal ? cli.out.columns : COLUMNS_ELSEWHERE;
      return page(cli, renderAscii(graph, width, cli.out.unicode), { wide: true });
    }
    case "svg":
      return cli.out.write(renderSvg(graph));
    case "mermaid":
      return cli.out.write(renderMermaid(graph));
    case "dot":
      return cli.out.write(renderDot(graph));
    case "json":
      return printJson(cli.out, { schema_version: JSON_SCHEMA_VERSION, ...graph });
  }
}
