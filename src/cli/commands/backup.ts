import { resolve } from "node:path";
import { backupStore } from "../../store/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { loadConfig } from "../load.ts";
import type { Cli } from "../terminal.ts";

export const define: DefineCommand = (command, act) => {
  command
    .argument("<file>", "the file to write; it must not be there yet")
    .addHelpText("after", HELP)
    .action(act(backup));
};

const HELP = `
The store is written as it is at this moment, also while an engine works on it: all
runs, with what happened in them, and schedules. Logs are files of their own in the data
folder, and not part of it. \`engine restore FILE\` puts it back.`;

function backup(cli: Cli, file: string): number {
  const { data } = loadConfig(cli);
  const path = resolve(cli.cwd, file);
  backupStore(data, path);
  cli.out.line(`the store is in ${path}`);
  return EXIT.ok;
}
