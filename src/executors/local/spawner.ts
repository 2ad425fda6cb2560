import { type ChildProcess, fork } from "node:child_process";
import type { ProcessSpec } from "../../operators/index.ts";
import type { AttemptFiles } from "./files.ts";
import { type SpawnRefusal, spawnScript } from "./spawn.ts";
import type { SpawnReply, SpawnRequest } from "./spawner-protocol.ts";

/** How a spawned process ended; undefined when nobody saw it end. */
export type SpawnEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;

export type Spawned =
  | { readonly ok: true; readonly pid: number; readonly relayed: boolean; readonly end: Promise<SpawnEnd> }
  | SpawnRefusal;

/** The helper's module, as source or in the bundle. */
const HELPER = new URL(import.meta.url.endsWith(".ts") ? "./spawner-process.ts" : "../spawner.js", import.meta.url);

/** The helper makes little garbage; a small heap keeps its forks cheap. In MiB. */
const HELPER_FLAGS = ["--max-semi-space-size=1", "--no-warnings"];

/** The helper is started after so many processes: it costs as much as some dozens, which most runs don't have. */
const HELP_AFTER = 50;

/**
 * Starts the processes of attempts: a few by itself, and many through a small helper process. A fork
 * copies the page tables of whoever forks: from an engine of 150 MB it takes several times as long as
 * from a process of 45 MB, and it stops the engine's loop meanwhile. docs/decisions/0004-processes.md
 * has the measurements.
 *
 * The helper may be killed at any time: what it had started lives on, and is then to be adopted.
 */
export class Spawner {
  /** What every process inherits. */
  readonly #inherited: Readonly<Record<string, string>>;
  #helper: ChildProcess | undefined;
  /** The helper has said that it listens. */
  #helps = false;
  #closed = false;
  #spawned = 0;
  /** The helper is started with the process after this one. */
  #helpAfter = HELP_AFTER;
  /** Processes that were started without the helper. */
  readonly #children = new Set<ChildProcess>();
  /** Requests that the helper has not answered yet; called without an answer when it never will. */
  readonly #asked = new Map<number, (spawned?: Spawned) => void>();
  readonly #running = new Map<number, (end: SpawnEnd) => void>();

  constructor(inherited: Readonly<Record<string, string>>) {
    this.#inherited = inherited;
  }

  /** Starts an attempt's script, detached, with what it inherits beside the environment of `spec`. Never rejects. */
  spawn(files: AttemptFiles, spec: ProcessSpec, bash: string): Promise<Spawned> {
    this.#spawned += 1;
    if (this.#helper !== undefined && this.#helps) return this.#ask(this.#helper, files, spec, bash);
    if (this.#helper === undefined && this.#spawned > this.#helpAfter) this.#startHelper();
    return this.#spawnHere(files, spec, bash);
  }

  /** Lets everything go: what was started lives on, and nothing more is told of it. */
  close(): void {
    this.#closed = true;
    const helper = this.#helper;
    this.#helper = undefined;
    this.#asked.clear();
    this.#running.clear();
    for (const child of this.#children) letGo(child);
    if (helper === undefined) return;
    letGo(helper);
    if (helper.connected) helper.disconnect();
  }

  async #spawnHere(files: AttemptFiles, spec: ProcessSpec, bash: string): Promise<Spawned> {
    const spawned = await spawnScript(files, { ...spec, env: { ...this.#inherited, ...spec.env } }, bash);
    if (!spawned.ok) return spawned;
    const { child, pid, relayed } = spawned;
    // Everything was let go of while it was being started.
    if (this.#closed) letGo(child);
    this.#children.add(child);
    const end = new Promise<SpawnEnd>((resolve) => {
      child.once("exit", (code, signal) => {
        this.#children.delete(child);
        resolve({ code, signal });
      });
    });
    return { ok: true, pid, relayed, end };
  }

  #startHelper(): void {
    const helper = fork(HELPER, {
      // A session of its own: the terminal's Ctrl-C is for the engine to hear.
      detached: true,
      env: this.#inherited,
      execArgv: HELPER_FLAGS,
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#helper = helper;
    this.#helps = false;
    this.#rest();
    helper.on("message", (message) => this.#take(message as SpawnReply));
    helper.on("error", () => this.#lost(helper));
    helper.on("exit", () => this.#lost(helper));
  }

  #ask(helper: ChildProcess, files: AttemptFiles, spec: ProcessSpec, bash: string): Promise<Spawned> {
    const id = this.#spawned;
    return new Promise((resolve) => {
      // What it was asked for it did or did not: who creates the attempt's files has started it.
      this.#asked.set(id, (spawned) => resolve(spawned ?? this.#spawnHere(files, spec, bash)));
      helper.ref();
      helper.channel?.ref();
      const request: SpawnRequest = { id, files, spec, bash };
      helper.send(request, (error) => {
        if (error !== null) this.#lost(helper);
      });
    });
  }

  #take(reply: SpawnReply): void {
    switch (reply.type) {
      case "ready":
        this.#helps = true;
        return;
      case "started": {
        const { id, pid, relayed } = reply;
        const end = new Promise<SpawnEnd>((resolve) => this.#running.set(id, resolve));
        this.#answer(id, { ok: true, pid, relayed, end });
        return;
      }
      case "refused":
        this.#answer(reply.id, reply.refusal);
        this.#rest();
        return;
      case "ended": {
        const { id, code, signal } = reply;
        this.#running.get(id)?.({ code, signal });
        this.#running.delete(id);
        this.#rest();
      }
    }
  }

  #answer(id: number, spawned: Spawned): void {
    this.#asked.get(id)?.(spawned);
    this.#asked.delete(id);
  }

  /** A helper with nothing to do does not keep the engine's process alive. */
  #rest(): void {
    if (this.#asked.size + this.#running.size > 0) return;
    this.#helper?.unref();
    this.#helper?.channel?.unref();
  }

  /** The helper is gone, and what it started runs on unseen. */
  #lost(helper: ChildProcess): void {
    if (this.#helper !== helper) return;
    this.#helper = undefined;
    this.#helpAfter = this.#spawned + HELP_AFTER;
    const [asked, running] = [[...this.#asked.values()], [...this.#running.values()]];
    this.#asked.clear();
    this.#running.clear();
    for (const answer of asked) answer();
    for (const end of running) end(undefined);
  }
}

function letGo(child: ChildProcess): void {
  child.removeAllListeners();
  child.unref();
}
