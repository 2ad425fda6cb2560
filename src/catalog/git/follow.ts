import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CompileOptions, Diagnostic, Pipeline } from "../../language/index.ts";
import { formatDuration, Listeners } from "../../lib/index.ts";
import { loadCatalog } from "../catalog.ts";
import type { CatalogState, LiveCatalog } from "../live.ts";
import { unreadable } from "../unreadable.ts";
import { GitProblem, type GitRemote } from "./remote.ts";
import { type Finding, type GitState, stateFinding } from "./state.ts";
import { type LiveCommit, type Remembered, readRemembered, writeRemembered } from "./state-file.ts";

/** Where the files of a commit stand. Absolute. */
export interface Checkout {
  /** The repository's root. */
  readonly root: string;
  /** The folder of pipelines in it. */
  readonly pipelines: string;
}

/** What came of asking a repository. */
export interface GitSync {
  /** `refused`: the newest commit has errors. `failed`: the repository could not be asked. */
  readonly result: "changed" | "unchanged" | "refused" | "failed";
  readonly duration_ms: number;
  /** How things stand afterwards. */
  readonly state: GitState;
}

/** Pipelines that follow a branch of a repository. */
export interface GitCatalog extends LiveCatalog {
  state(): GitState;
  /** The commit that a pipeline was read from; undefined for pipelines from elsewhere. */
  revisionOf(pipeline: Pipeline): string | undefined;
  /** Asks the repository now. Never rejects. */
  sync(): Promise<GitSync>;
  /**
   * Goes back to the commit that was live before, until a newer one arrives than those that are known now. False when
   * there is none before. Rejects with a system error when that can't be stored; then nothing has changed.
   */
  rollback(): Promise<boolean>;
}

export interface FollowOptions {
  readonly remote: GitRemote;
  /** Without credentials. */
  readonly url: string;
  /** Absent: the repository's own. */
  readonly branch?: string;
  /** The folder of pipelines, from the repository's root on. */
  readonly path: string;
  readonly interval_ms: number;
  /** The longest that getting a commit may take. */
  readonly timeout_ms: number;
  /** What is fetched and remembered stands here, and nothing else does. Absolute. */
  readonly folder: string;
  /** What the language has to know to check the files of a commit. */
  readonly compileOptions: (checkout: Checkout) => CompileOptions;
  readonly now: () => number;
  /** Calls back once, later; returns how to call it off. */
  readonly after: (delay_ms: number, call: () => void) => () => void;
  /** Commits whose files somebody needs. */
  readonly inUse: () => Promise<Iterable<string>>;
  readonly onSync: (done: GitSync) => void;
  readonly onTrouble: (message: string, cause: unknown) => void;
  /** Carries a look at a commit's files out, and may measure it. */
  readonly measure?: (look: () => void) => void;
}

/** So many commits that were live keep their files: to go back to, and for runs that are retried. */
const COMMITS_KEPT = 10;
/** So many commits that somebody went back from are remembered. */
const HELD_MAX = 20;
/** Findings of a refused commit that its state shows; `engine validate` in a clone shows all. */
const FINDINGS_MAX = 100;
/** While the repository can't be asked, the waits grow to this, in milliseconds, unless the interval is longer. */
const WAIT_MAX_MS = 600_000;

/** Where the files of a commit stand below the folder of a `GitCatalog`. */
export function commitFolder(folder: string, commit: string): string {
  return join(folder, "commits", commit);
}

/** The commit that was live last in the folder of a `GitCatalog`, if its files are there; also while a daemon follows it. */
export function lastLive(
  folder: string,
  { url, path, branch }: Pick<FollowOptions, "url" | "path" | "branch">,
): string | undefined {
  const remembered = readRemembered(join(folder, "state.json"));
  const isSame = remembered?.url === url && remembered.path === path && remembered.branch === branch;
  const commit = isSame ? remembered.history.at(-1)?.commit : undefined;
  return commit !== undefined && existsSync(commitFolder(folder, commit)) ? commit : undefined;
}

/**
 * Begins to follow a branch. Resolves at once with the commit that was live last, where its files are still there, and
 * else when the repository was asked once. Throws a system error when `folder` can't be used.
 */
export async function followGit(options: FollowOptions): Promise<GitCatalog> {
  const follower = new Follower(options);
  const first = follower.sync();
  if (follower.state().live === undefined) await first;
  return follower;
}

interface Loaded {
  readonly catalog: CatalogState;
  readonly errors: readonly Diagnostic[];
}

const NOTHING: CatalogState = { pipelines: new Map(), diagnostics: [], broken: new Map() };

class Follower implements GitCatalog {
  readonly #options: FollowOptions;
  readonly #listeners: Listeners<CatalogState>;
  readonly #commits = new WeakMap<Pipeline, string>();
  readonly #closing = new AbortController();
  #history: readonly LiveCommit[] = [];
  #held: readonly string[] = [];
  /** Of the live commit. */
  #good = NOTHING;
  /** The same, with what is wrong with a commit that was refused. */
  #shown = NOTHING;
  /** The files of the live commit have errors that they had not when it became live: it is fetched anew. */
  #isDamaged = false;
  #branch: string | undefined;
  #seen: LiveCommit | undefined;
  #synced_at: number | undefined;
  #refused: (LiveCommit & { readonly errors: number; readonly findings: readonly Finding[] }) | undefined;
  /** What was refused is looked at again. */
  #isForgiven = false;
  #failure: { readonly message: string; readonly first_at: number; readonly times: number } | undefined;
  /** One thing at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  /** A look at the repository that has not begun. */
  #waiting: Promise<GitSync> | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.onTrouble);
    this.#branch = options.branch;
    mkdirSync(join(options.folder, "commits"), { recursive: true, mode: 0o700 });
    this.#restore();
  }

  current(): CatalogState {
    return this.#shown;
  }

  /** What a commit is refused for may be otherwise now. */
  look(): CatalogState {
    this.#isForgiven = true;
    void this.sync();
    return this.#shown;
  }

  onChange(listener: (state: CatalogState) => void): () => void {
    return this.#listeners.add(listener);
  }

  revisionOf(pipeline: Pipeline): string | undefined {
    return this.#commits.get(pipeline);
  }

  state(): GitState {
    const { url, path } = this.#options;
    const [live, before] = [this.#history.at(-1), this.#history.at(-2)];
    const [branch, seen, synced_at] = [this.#branch, this.#seen, this.#synced_at];
    const [refused, failure] = [this.#refused, this.#failure];
    return {
      url,
      path,
      ...(branch !== undefined && { branch }),
      ...(live !== undefined && { live }),
      ...(before !== undefined && { before: before.commit }),
      ...(seen !== undefined && { seen }),
      rolled_back: this.#held.length > 0,
      ...(synced_at !== undefined && { synced_at }),
      ...(refused !== undefined && { refused }),
      ...(failure !== undefined && { failure }),
    };
  }

  sync(): Promise<GitSync> {
    // What was pushed before it was asked for is seen: one that goes on may have looked already.
    this.#waiting ??= this.#inTurn(() => {
      this.#waiting = undefined;
      return this.#sync();
    });
    return this.#waiting;
  }

  rollback(): Promise<boolean> {
    return this.#inTurn(async () => {
      const [live, before] = [this.#history.at(-1), this.#history.at(-2)];
      if (live === undefined || before === undefined || !existsSync(this.#folderOf(before.commit))) return false;
      const held = [...new Set([...this.#held, this.#seen?.commit ?? live.commit, live.commit])];
      this.#goLive(this.#load(before.commit), {
        history: [...this.#history.slice(0, -2), { ...before, at: this.#options.now() }],
        held: held.filter((commit) => commit !== before.commit).slice(-HELD_MAX),
      });
      return true;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort("the engine was closed");
    this.#cancelTimer?.();
    await this.#turn;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Takes up what the daemon before remembered. */
  #restore(): void {
    const { url, path, branch, folder, onTrouble } = this.#options;
    try {
      const remembered = readRemembered(join(folder, "state.json"));
      if (remembered === undefined) return;
      if (remembered.url !== url || remembered.path !== path || remembered.branch !== branch) return;
      const history = remembered.history.filter(({ commit }) => existsSync(this.#folderOf(commit)));
      const live = history.at(-1);
      // Without its files the live commit is as good as none: the next look at the repository fetches one.
      if (live === undefined || live.commit !== remembered.history.at(-1)?.commit) return;
      const { catalog, errors } = this.#load(live.commit);
      this.#isDamaged = errors.length > 0;
      [this.#history, this.#held, this.#good, this.#shown] = [history, remembered.held, catalog, catalog];
    } catch (error) {
      onTrouble(
        "what was remembered of the repository can't be read, so it is followed as if for the first time",
        error,
      );
    }
  }

  async #sync(): Promise<GitSync> {
    const { now, onSync, onTrouble } = this.#options;
    this.#cancelTimer?.();
    const began = now();
    const result = await this.#look().catch((error: unknown): GitSync["result"] => {
      this.#failed(error);
      return "failed";
    });
    if (result !== "failed") [this.#failure, this.#synced_at] = [undefined, now()];
    const done = { result, duration_ms: Math.max(now() - began, 0), state: this.state() };
    if (this.#closing.signal.aborted) return done;
    this.#cancelTimer = this.#options.after(this.#wait_ms(), () => void this.sync());
    try {
      onSync(done);
    } catch (error) {
      onTrouble("a listener failed", error);
    }
    return done;
  }

  #wait_ms(): number {
    const { interval_ms } = this.#options;
    const times = this.#failure?.times ?? 0;
    return times === 0 ? interval_ms : Math.min(interval_ms * 2 ** (times - 1), Math.max(WAIT_MAX_MS, interval_ms));
  }

  #failed(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    const { now, onTrouble, url } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    const { first_at = now(), times = 0 } = this.#failure ?? {};
    this.#failure = { message, first_at, times: times + 1 };
    if (times > 0) return;
    const stays = this.#history.length > 0 ? "; what was live stays live" : "; no pipeline is live";
    onTrouble(`${url} could not be asked${stays}`, error instanceof GitProblem ? message : error);
  }

  async #look(): Promise<Exclude<GitSync["result"], "failed">> {
    const { remote, timeout_ms, now, after } = this.#options;
    const deadline = new AbortController();
    const cancel = after(timeout_ms, () => deadline.abort(`it took longer than ${formatDuration(timeout_ms)}`));
    const signal = AbortSignal.any([deadline.signal, this.#closing.signal]);
    try {
      const head = await remote.newest(signal);
      this.#branch = head.branch ?? this.#branch;
      const known = this.#judged(head.commit);
      if (known !== undefined) return known;
      const commit = await remote.fetch(head, signal);
      const judged = this.#judged(commit);
      if (judged !== undefined) return judged;
      const draft = this.#folderOf(".new");
      await rm(draft, { recursive: true, force: true });
      const links = await remote.checkOut(commit, draft, signal);
      const { catalog, errors } = this.#load(commit, draft, links);
      if (errors.length > 0) {
        await rm(draft, { recursive: true, force: true });
        this.#refuse(commit, catalog, errors);
        return "refused";
      }
      const folder = this.#folderOf(commit);
      await rm(folder, { recursive: true, force: true });
      await rename(draft, folder);
      const history = this.#history.filter((each) => each.commit !== commit);
      this.#goLive(
        { catalog, errors },
        { history: [...history, { commit, at: now() }].slice(-COMMITS_KEPT), held: [] },
      );
      await this.#tidy();
      return "changed";
    } finally {
      cancel();
    }
  }

  /** What is known already of the newest commit; undefined when it has to be looked at. */
  #judged(commit: string): "unchanged" | "refused" | undefined {
    if (this.#seen?.commit !== commit) this.#seen = { commit, at: this.#options.now() };
    if (this.#refused?.commit === commit && !this.#isForgiven) return "refused";
    const isLive = this.#history.at(-1)?.commit === commit && !this.#isDamaged;
    if (!isLive && !this.#held.includes(commit)) return undefined;
    if (this.#refused !== undefined) {
      this.#refused = undefined;
      this.#show(this.#good);
    }
    return "unchanged";
  }

  #refuse(commit: string, { diagnostics }: CatalogState, errors: readonly Diagnostic[]): void {
    [this.#isDamaged, this.#isForgiven] = [false, false];
    this.#refused = {
      ...{ commit, at: this.#options.now(), errors: errors.length },
      findings: errors.slice(0, FINDINGS_MAX).map(stateFinding),
    };
    const names = new Map([...this.#good.pipelines.values()].map(({ file, name }) => [file, name]));
    const broken = new Map(errors.map(({ file }) => [file, names.get(file)]));
    this.#show({ pipelines: this.#good.pipelines, diagnostics, broken });
  }

  /** First it is remembered: the next daemon goes on with what this one says is live. */
  #goLive({ catalog, errors }: Loaded, { history, held }: Pick<Remembered, "history" | "held">): void {
    const { url, path, branch, folder } = this.#options;
    const about = { url, path, ...(branch !== undefined && { branch }) };
    writeRemembered(join(folder, "state.json"), { ...about, history, held });
    this.#isDamaged = errors.length > 0;
    [this.#history, this.#held, this.#good, this.#refused] = [history, held, catalog, undefined];
    this.#show(catalog);
  }

  #show(catalog: CatalogState): void {
    this.#shown = catalog;
    this.#listeners.tell(catalog);
  }

  #folderOf(commit: string): string {
    return commitFolder(this.#options.folder, commit);
  }

  /** Reads and checks the pipelines of a commit. */
  #load(commit: string, root = this.#folderOf(commit), links: readonly string[] = []): Loaded {
    const { path, compileOptions, measure = (look) => look() } = this.#options;
    const pipelines = join(root, path);
    const found: Diagnostic[] = links.map((link) => unreadable(link, "file", "it is a link out of the repository"));
    if (!existsSync(pipelines)) found.push(unreadable(path, "folder", "the commit has no such folder"));
    const live = new Map<string, Pipeline>();
    // What stands outside of the repository is not even looked at.
    if (found.length === 0) {
      measure(() => {
        const catalog = loadCatalog([pipelines], { ...compileOptions({ root, pipelines }), cwd: root });
        found.push(...catalog.diagnostics);
        for (const pipeline of catalog.pipelines) live.set(pipeline.name, pipeline);
      });
    }
    for (const pipeline of live.values()) this.#commits.set(pipeline, commit);
    const errors = found.filter(({ severity }) => severity === "error");
    const broken = new Map(errors.map(({ file }) => [file, undefined]));
    return { catalog: { pipelines: live, diagnostics: found, broken }, errors };
  }

  /** Files of commits that nobody needs any more go. */
  async #tidy(): Promise<void> {
    const { folder, inUse, onTrouble } = this.#options;
    try {
      const needed = new Set([...this.#history.map(({ commit }) => commit), ...(await inUse())]);
      for (const name of readdirSync(join(folder, "commits"))) {
        if (!needed.has(name)) await rm(this.#folderOf(name), { recursive: true, force: true });
      }
    } catch (error) {
      onTrouble("files of older commits could not be deleted; that is tried again with the next commit", error);
    }
  }
}
