import { resolve } from "node:path";
import { restoreStore } from "../../store/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { loadConfig } from "../load.ts";
import type { Cli } from "../terminal.ts";

export const define: DefineCommand = (command, act) => {
  command.argument("<file>", "a file that `engine backup` has written").addHelpText("after", HELP).action(act(restore));
};

const HELP = `
No engine may hold the data folder. The store that is there is kept beside the restored
one. What ran at the time of the backup is taken up by the next engine: attempts that are
gone by then count as lost.`;

function restore(cli: Cli, file: string): number {
  const { data } = loadConfig(cli);
  const kept = restoreStore(resolve(cli.cwd, file), data, { describe: `engine restore ${file}`, now: cli.now() });
  cli.out.line(`the store of ${data} is restored`);
  if (kept !== undefined) cli.out.line(`what was there is kept as ${kept}`);
  return EXIT.ok;
}
