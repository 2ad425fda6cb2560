import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Checkout,
  commitFolder,
  followGit,
  type GitCatalog,
  type GitCredentials,
  type GitSync,
  gitRemote,
  type Head,
  type RemoteOptions,
} from "../catalog/index.ts";
import type { Config, GitConfig } from "../config/index.ts";
import type { RunId } from "../core/index.ts";
import { EngineError, type Store } from "../engine/index.ts";
import type { CompileOptions } from "../language/index.ts";
import { formatDuration } from "../lib/index.ts";
import type { EngineHandle } from "./handle.ts";
import { createSecretStore, secretOf } from "./secret-store.ts";
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
  const remote = gitRemote({
    ...source,
    folder,
    credentials: () => credentialsOf(git, handle.secret),
    env: process.env,
  });
  return followGit({
    ...{ ...source, remote, folder, path, interval_ms, compileOptions, onSync, onTrouble, measure },
    now: () => systemClock.now(),
    after: systemClock.wakeIn,
    inUse: () => commitsInUse(handle),
  });
}

/**
 * The commit at which the branch of engine.yaml stands now, asked as the daemon asks and without leaving anything. Rejects
 * with a message for people.
 */
export async function newestCommit(
  { config, git, env }: { readonly config: Config; readonly git: GitConfig; readonly env: RemoteOptions["env"] },
  limit_ms: number,
): Promise<Head> {
  const folder = await mkdtemp(join(tmpdir(), "engine-git-"));
  const sources = { clock: systemClock, cwd: config.root, env, onTrouble: () => {} };
  const secrets = createSecretStore(config.secrets, sources);
  const limit = new AbortController();
  const cancel = systemClock.wakeIn(limit_ms, () => limit.abort(`it took longer than ${formatDuration(limit_ms)}`));
  try {
    const known = join(gitFolder(config.data), "known_hosts");
    if (existsSync(known)) await copyFile(known, join(folder, "known_hosts"));
    const { url, branch } = git;
    const source = { url, timeout_ms: limit_ms, ...(branch !== undefined && { branch }) };
    const credentials = () => credentialsOf(git, (name) => secretOf(secrets, name));
    return await gitRemote({ ...source, folder, credentials, env }).newest(limit.signal);
  } finally {
    cancel();
    secrets.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The folder of what is fetched, and of what is remembered of the repository. */
export function gitFolder(data: string): string {
  return join(data, "git");
}

async function credentialsOf(git: GitConfig, secret: EngineHandle["secret"]): Promise<GitCredentials> {
  const { username, token_secret, ssh_key_secret } = git;
  return {
    username,
    ...(token_secret !== undefined && { token: await secret(token_secret) }),
    ...(ssh_key_secret !== undefined && { ssh_key: await secret(ssh_key_secret) }),
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
