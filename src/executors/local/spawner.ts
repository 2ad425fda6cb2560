import { type ChildProcess, fork } from "node:child_process";
import type { ProcessSpec } from "../../operators/index.ts";
import type { AttemptFiles } from "./files.ts";
import { spawnFailed } from "./spawn.ts";
import type { SpawnReply, SpawnRequest } from "./spawner-protocol.ts";

/** How a spawned process ended; undefined when nobody saw it end. */
export type SpawnEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;

export type Spawned =
  | { readonly ok: true; readonly pid: number; readonly relayed: boolean; readonly end: Promise<SpawnEnd> }
  /** The attempt's files are there already, or nobody knows whether it was started: it is to be adopted. */
  | { readonly ok: false; readonly exists: true }
  /** `transient`: the machine may have what is missing in a moment. */
  | { readonly ok: false; readonly exists: false; readonly message: string; readonly transient: boolean };

/** The child's module, as source or in the bundle. */
const CHILD = new URL(import.meta.url.endsWith(".ts") ? "./spawner-process.ts" : "../spawner.js", import.meta.url);

/** The child makes little garbage; a small heap keeps its forks cheap. In MiB. */
const CHILD_FLAGS = ["--max-semi-space-size=1", "--no-warnings"];

/**
 * Starts processes through a small process of its own. A fork copies the page tables of whoever
 * forks: from an engine of 150 MB it takes several times as long as from a process of 45 MB, and it
 * stops the engine's loop meanwhile. docs/decisions/0004-processes.md has the measurements.
 *
 * The child is started with the first process and again if it is killed; what it had started lives
 * on, and is then to be adopted.
 */
export class Spawner {
  #child: ChildProcess | undefined;
  #ids = 0;
  readonly #asked = new Map<number, (spawned: Spawned) => void>();
  readonly #running = new Map<number, (end: SpawnEnd) => void>();

  /** Starts an attempt's script, detached. Never rejects. */
  spawn(files: AttemptFiles, spec: ProcessSpec, bash: string): Promise<Spawned> {
    const id = ++this.#ids;
    return new Promise((resolve) => {
      this.#child ??= this.#start();
      const child = this.#child;
      if (child.pid === undefined) {
        child.once("error", (error) => resolve(spawnFailed(error, spec, bash)));
        return;
      }
      this.#asked.set(id, resolve);
      child.ref();
      child.channel?.ref();
      const request: SpawnRequest = { id, files, spec, bash };
      child.send(request, (error) => {
        if (error !== null) this.#lost(child);
      });
    });
  }

  /** Lets the child end; what it started lives on, and nothing more is told of it. */
  close(): void {
    const child = this.#child;
    this.#child = undefined;
    this.#asked.clear();
    this.#running.clear();
    child?.removeAllListeners();
    if (child?.connected) child.disconnect();
    child?.unref();
  }

  #start(): ChildProcess {
    const child = fork(CHILD, {
      // A session of its own: the terminal's Ctrl-C is for the engine to hear.
      detached: true,
      execArgv: CHILD_FLAGS,
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    child.on("message", (message) => this.#take(message as SpawnReply));
    child.on("error", () => this.#lost(child));
    child.on("exit", () => this.#lost(child));
    return child;
  }

  #take(reply: SpawnReply): void {
    const { id } = reply;
    if (reply.type === "ended") {
      const { code, signal } = reply;
      this.#running.get(id)?.({ code, signal });
      this.#running.delete(id);
      this.#rest();
      return;
    }
    const resolve = this.#asked.get(id);
    this.#asked.delete(id);
    if (reply.type === "refused") {
      const { exists, message, transient } = reply;
      resolve?.(exists ? { ok: false, exists } : { ok: false, exists, message, transient });
      this.#rest();
      return;
    }
    const { pid, relayed } = reply;
    const end = new Promise<SpawnEnd>((ended) => this.#running.set(id, ended));
    resolve?.({ ok: true, pid, relayed, end });
  }

  /** Does not keep the engine's process alive for its own sake. */
  #rest(): void {
    if (this.#asked.size + this.#running.size > 0) return;
    this.#child?.unref();
    this.#child?.channel?.unref();
  }

  /** The child is gone: what it was asked for may run or not, and what it started runs on unseen. */
  #lost(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    for (const resolve of this.#asked.values()) resolve({ ok: false, exists: true });
    for (const resolve of this.#running.values()) resolve(undefined);
    this.#asked.clear();
    this.#running.clear();
  }
}
