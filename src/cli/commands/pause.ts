import type { DefineCommand } from "../command.ts";
import { setPause } from "../serve/pause.ts";

export const define: DefineCommand = (command, act) => {
  command
    .argument("<pipeline>", "a pipeline's name")
    .option("--why <text>", "why; kept with the pause")
    .addHelpText("after", HELP)
    .action(
      act((cli, name: string, { why }: { readonly why?: string }) =>
        setPause(cli, name, { paused: true, ...(why !== undefined && { why }) }),
      ),
    );
};

const HELP = `
Its schedule starts no runs until \`engine resume\`; slots that come due meanwhile are
skipped, and not made up for. Runs that go on go on, and \`engine trigger\` still works.`;
