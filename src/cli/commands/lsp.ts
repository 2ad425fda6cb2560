import { serve } from "../../lsp/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { optionsToLook, pluginFindings } from "../load.ts";
import { localDocsUrlOf } from "../package-files.ts";
import type { Cli } from "../terminal.ts";
import { VERSION } from "../version.ts";

export const define: DefineCommand = (command, act) => {
  command
    .option("--stdio", "speak over standard input and output: the only way, and the default")
    .option("--clientProcessId <pid>", "end when this process is gone; editors set it")
    .addHelpText("after", HELP)
    .action(act(lsp));
};

const HELP = `
Editors start it: docs/editor.md says how. It speaks the language server
protocol, and ends when the editor says so or is gone.`;

async function lsp(cli: Cli): Promise<number> {
  serve({
    input: process.stdin,
    output: process.stdout,
    version: VERSION,
    env: cli.env,
    flags: cli.flags,
    compileOptions: (config, cwd) => optionsToLook({ ...cli, cwd }, config),
    pluginFindings,
    docsUrl: localDocsUrlOf,
    now: () => cli.now(),
  });
  return EXIT.ok;
}
