import { findProgram } from "../../catalog/index.ts";
import type { Config, GitConfig } from "../../config/index.ts";
import { newestCommit } from "../../daemon/index.ts";
import type { Cli } from "../terminal.ts";
import type { Finding } from "./finding.ts";

/** A repository that doesn't answer in this time is out of reach, in milliseconds, unless `git.timeout` is shorter. */
const ANSWER_MAX_MS = 15_000;
/** Of a commit so much is shown. */
export const SHORT = 12;

/** Whether the repository that the daemon follows can be asked, with the credentials that there are. */
export async function repository(cli: Cli, config: Config, git: GitConfig): Promise<readonly Finding[]> {
  // That there is no git is told by itself.
  if (findProgram("git", cli.env.PATH) === undefined) return [];
  const what = "repository";
  try {
    const limit_ms = Math.min(git.timeout_ms, ANSWER_MAX_MS);
    const { commit, branch = "its branch" } = await newestCommit({ config, git, env: cli.env }, limit_ms);
    return [{ what, state: "ok", message: `${git.url}: ${branch} stands at ${commit.slice(0, SHORT)}` }];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const hint = `what was live stays live, and nothing new comes: look at ${keysOf(git)} of \`git\` in engine.yaml, and at the network`;
    return [{ what, state: "failed", message, hint }];
  }
}

function keysOf({ token_secret, ssh_key_secret }: GitConfig): string {
  const credentials = [
    token_secret === undefined ? [] : ["token_secret"],
    ssh_key_secret === undefined ? [] : ["ssh_key_secret"],
  ].flat();
  return ["url", "branch", ...credentials].map((key) => `\`${key}\``).join(", ");
}
