import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Argument } from "commander";
import { publishedSchema } from "../../language/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { allOperators, loadConfig } from "../load.ts";
import { packageRoot } from "../package-files.ts";
import type { Cli } from "../terminal.ts";

/** The schemas, by what they are of. */
const FILES = {
  pipeline: "pipeline.schema.json",
  config: "engine.schema.json",
  report: "report.schema.json",
} as const;

export const define: DefineCommand = (command, act) => {
  command
    .addArgument(
      new Argument("[what]", "of a pipeline's file, of engine.yaml, or of what `validate --format json` prints")
        .choices(Object.keys(FILES))
        .default("pipeline"),
    )
    .addHelpText("after", "\nJSON Schema draft-07, as editors' YAML language servers understand it.")
    .action(
      act((cli, what: keyof typeof FILES) => {
        cli.out.write((what === "pipeline" ? ownSchema(cli) : undefined) ?? readSchema(what));
        return EXIT.ok;
      }),
    );
};

function readSchema(what: keyof typeof FILES): string {
  return readFileSync(join(packageRoot(), "schemas", FILES[what]), "utf8");
}

/** The schema of pipelines with the operators of this project's plugins; undefined when it has none. */
function ownSchema(cli: Cli): string | undefined {
  const config = loadConfig(cli);
  if (config.plugins.length === 0) return undefined;
  return `${JSON.stringify(publishedSchema(allOperators(cli, config).values()), null, 2)}\n`;
}
