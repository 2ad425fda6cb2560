import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Argument } from "commander";
import { type DefineCommand, EXIT } from "../command.ts";
import { packageRoot } from "../package-files.ts";

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
        cli.out.write(readFileSync(join(packageRoot(), "schemas", FILES[what]), "utf8"));
        return EXIT.ok;
      }),
    );
};
