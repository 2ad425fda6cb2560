import { join } from "node:path";
import { type Checkout, lastLive } from "../../catalog/index.ts";
import type { Config, GitConfig } from "../../config/index.ts";
import { filesOfCommit, gitFolder } from "../../daemon/index.ts";

/** The files of the commit that a daemon of this data folder has live, or had last; undefined while there is none. */
export function liveCommit({ data }: Config, git: GitConfig): (Checkout & { readonly commit: string }) | undefined {
  const commit = lastLive(gitFolder(data), git);
  if (commit === undefined) return undefined;
  const root = filesOfCommit(data, commit);
  return { commit, root, pipelines: join(root, git.path) };
}
