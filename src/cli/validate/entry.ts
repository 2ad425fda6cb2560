import type { CommandEntry } from "../command.ts";

/** The command `validate`, which is started alone as well. */
export const VALIDATE: CommandEntry = {
  name: "validate",
  summary: "Check pipelines, without running anything",
  load: () => import("../commands/validate.ts"),
};
