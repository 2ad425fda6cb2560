import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Checkout,
  commitFolder,
  followGit,
  type GitCatalog,
  type GitCredentials,
  type GitSync,
  gitRemote,
} from "../catalog/index.ts";
import type { Config, GitConfig } from "../config/index.ts";
import type { RunId } from "../core/index.ts";
import { EngineError, type Store } from "../engine/index.ts";
import type { CompileOptions } from "../language/index.ts";
import type { EngineHandle } from "./handle.ts";
import { systemClock } from "./system-clock.ts";

/** Runs that are looked up at a time. */
const PAGE_ROWS = 1_000;

export interface FollowParts {
  readonly config: Config;
  readonly handle: EngineHandle;
  readonly compileOptions: (checkout: Checkout) => CompileOptions;
  readonly onSync: (done: GitSync) => void;
  readonly onTrouble: (message: string, cause: unknown) => void;
  readonly measure: (look: () => void) => void;
}

/** Where the files of a commit stand: what a run of that commit calls is there. */
export function filesOfCommit(data: string, commit: string): string {
  return commitFolder(gitFolder(data), commit);
}

/** A run whose commit has no files any more can't run its tasks again. Throws "COMMIT_GONE". */
export async function refuseGoneCommit(store: Store, data: string, run_id: RunId): Promise<void> {
  const row = await store.getRun(run_id);
  const commit = row?.revision;
  if (row === undefined || commit === undefined || existsSync(filesOfCommit(data, commit))) return;
  throw new EngineError("COMMIT_GONE", { run: run_id, commit, pipeline: row.pipeline });
}

/** Follows the repository of engine.yaml. Resolves once its pipelines are known, or it is known why not. */
export async function followRepository(git: GitConfig, parts: FollowParts): Promise<GitCatalog> {
  const { config, handle, compileOptions, onSync, onTrouble, measure } = parts;
  const { url, branch, path, interval_ms, timeout_ms } = git;
  const folder = gitFolder(config.data);
  const source = { url, timeout_ms, ...(branch !== undefined && { branch }) };
  const remote = gitRemote({ ...source, folder, credentials: () => credentialsOf(git, handle), env: process.env });
  return followGit({
    ...{ ...source, remote, folder, path, interval_ms, compileOptions, onSync, onTrouble, measure },
    now: () => systemClock.now(),
    after: (delay_ms, call) => systemClock.wakeAt(systemClock.now() + delay_ms, call),
    inUse: () => commitsInUse(handle),
  });
}

function gitFolder(data: string): string {
  return join(data, "git");
}

async function credentialsOf(git: GitConfig, handle: EngineHandle): Promise<GitCredentials> {
  const { username, token_secret, ssh_key_secret } = git;
  return {
    username,
    ...(token_secret !== undefined && { token: await handle.secret(token_secret) }),
    ...(ssh_key_secret !== undefined && { ssh_key: await handle.secret(ssh_key_secret) }),
  };
}

/** The commits of runs that have not ended. */
async function commitsInUse({ store }: EngineHandle): Promise<ReadonlySet<string>> {
  const commits = new Set<string>();
  for (let after: string | undefined; ; ) {
    const states = ["queued", "running"] as const;
    const { rows, next } = await store.listRuns({ states, limit: PAGE_ROWS, ...(after !== undefined && { after }) });
    for (const { revision } of rows) if (revision !== undefined) commits.add(revision);
    if (next === undefined) return commits;
    after = next;
  }
}
