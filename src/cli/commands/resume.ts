import type { DefineCommand } from "../command.ts";
import { setPause } from "../serve/pause.ts";

export const define: DefineCommand = (command, act) => {
  command
    .argument("<pipeline>", "a pipeline's name")
    .action(act((cli, name: string) => setPause(cli, name, { paused: false })));
};
