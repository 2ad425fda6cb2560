import type { Checkout } from "../../catalog/index.ts";
import type { Config } from "../../config/index.ts";
import type { Pipeline } from "../../language/index.ts";
import { usageError } from "../errors.ts";
import { pick } from "../load.ts";
import type { Cli } from "../terminal.ts";
import { liveCommit } from "./live-commit.ts";
import type { Place } from "./port.ts";

/** The commit whose pipelines the daemon here has; undefined where none follows a repository. */
export function followedCommit(config: Config, place: Place): Checkout | undefined {
  if (config.git === undefined || place.url !== undefined || place.isDriven() !== true) return undefined;
  return liveCommit(config, config.git);
}

/** A pipeline as the daemon has it; where there is none, as it stands in the folder. Throws as `pick` does. */
export async function pipelineAt(cli: Cli, config: Config, place: Place, target: string): Promise<Pipeline> {
  if (place.live === undefined) return pick(cli, config, target, followedCommit(config, place)).pipeline;
  if (/[/\\]|\.ya?ml$/.test(target)) {
    throw usageError(`${target} is a path, and the daemon at ${place.url} knows names`, "give the pipeline's name");
  }
  return place.live.pipeline(target);
}
