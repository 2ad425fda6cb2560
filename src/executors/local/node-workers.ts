import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { CallSpec } from "../../operators/index.ts";
import type { AttemptFiles } from "./files.ts";
import { readText } from "./log-file.ts";
import { type CallAnswer, type CallRequest, CHANNEL_FD } from "./node-messages.ts";
import { type SpawnRefusal, spawnFailed } from "./spawn.ts";
import type { SpawnEnd, SpawnedProcess } from "./spawner.ts";
import { parseStatus } from "./wrapper.ts";

/** The program of such a process: beside this file, or beside the bundle's folder of chunks. */
const PROGRAM = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./node-worker.ts" : "../node-worker.js", import.meta.url),
);

/** At most so many processes wait for something to do; the one that has waited longest gives way. */
const IDLE_MAX = 8;

/** What differs from one attempt to the next, and what a process need not have had from its start. */
const OF_ATTEMPT = /^(?:ENGINE|PARAM)_/;

/** Only here can another engine find an attempt whose process was not started for it: see `isWrapper`. */
const KEEPS = process.platform === "linux";

/**
 * Calls functions of JavaScript and TypeScript modules in processes that it keeps: a Node process takes ten times
 * longer to start than a small function to run. A process is kept only for the same module, folder and
 * environment, and only when nothing of the attempt before is left in it (see node-worker.ts).
 */
export class NodeWorkers {
  readonly #inherited: Readonly<Record<string, string>>;
  /** Those that wait, the longest first. */
  #idle: Worker[] = [];
  readonly #busy = new Set<Worker>();
  #closed = false;

  constructor(inherited: Readonly<Record<string, string>>) {
    this.#inherited = inherited;
  }

  /** Starts an attempt's function. Never rejects. */
  async call(files: AttemptFiles, spec: CallSpec): Promise<SpawnedProcess | SpawnRefusal> {
    const keep = KEEPS && !spec.isolated;
    const { module, cwd, env } = spec;
    const lasting = Object.entries(env).filter(([name]) => !OF_ATTEMPT.test(name));
    const key = JSON.stringify([module, cwd, lasting.sort()]);
    const { function: name, context, args } = spec;
    const { folder, status, fence, stdout, stderr, output, error } = files;
    const request: CallRequest = {
      files: { folder, status, fence, stdout, stderr, output, error },
      env: { ...this.#inherited, ...env },
      cwd,
      module,
      function: name,
      context,
      args,
      keep,
    };
    for (;;) {
      if (existsSync(status)) return { ok: false, exists: true };
      const kept = keep ? this.#take(key) : undefined;
      const worker = kept ?? (await this.#start(key, files, request));
      if (!(worker instanceof Worker)) return worker;
      this.#busy.add(worker);
      const answer = await worker.ask(request);
      if (answer === "exists") return this.#drop(worker, { ok: false, exists: true });
      if (answer === "began") return this.#began(worker, worker.next());
      if (typeof answer === "object" && this.#owns(worker, files)) return this.#began(worker, Promise.resolve(answer));
      // It may have got as far as to make the attempt its own.
      if (existsSync(status)) return this.#drop(worker, { ok: false, exists: true });
      this.#drop(worker, undefined);
      if (kept !== undefined) continue;
      const why = new Error("Node ended before it could do anything: see the log, and NODE_OPTIONS");
      return spawnFailed(why, spec, process.execPath);
    }
  }

  /** Lets everything go: what runs goes on to its end, and nothing more is told of it. */
  close(): void {
    this.#closed = true;
    for (const worker of [...this.#idle, ...this.#busy]) worker.letGo();
    this.#idle = [];
    this.#busy.clear();
  }

  #began(worker: Worker, told: Promise<Told>): SpawnedProcess {
    const { pid } = worker;
    const end = told.then((ended): SpawnEnd => {
      this.#busy.delete(worker);
      if (typeof ended === "object") return ended;
      worker.rest();
      return { code: 0, signal: null, release: (reusable) => this.#release(worker, reusable) };
    });
    return { ok: true, leader: { pid, session: pid }, relayed: false, end };
  }

  /** A process that ended at once may be known to have ended before it is heard to have begun. */
  #owns({ pid }: Worker, { status }: AttemptFiles): boolean {
    const said = parseStatus(readText(status));
    return "leader" in said && said.leader.pid === pid;
  }

  #drop<T>(worker: Worker, result: T): T {
    this.#busy.delete(worker);
    worker.letGo();
    return result;
  }

  #release(worker: Worker, reusable: boolean): void {
    if (!reusable || this.#closed) {
      worker.letGo();
      return;
    }
    this.#idle.push(worker);
    if (this.#idle.length > IDLE_MAX) this.#idle.shift()?.letGo();
  }

  #take(key: string): Worker | undefined {
    this.#idle = this.#idle.filter((worker) => worker.lives);
    const index = this.#idle.findLastIndex((worker) => worker.key === key);
    return index < 0 ? undefined : this.#idle.splice(index, 1)[0];
  }

  async #start(key: string, files: AttemptFiles, { env, cwd, module }: CallRequest): Promise<Worker | SpawnRefusal> {
    const open: number[] = [];
    try {
      mkdirSync(files.folder, { recursive: true, mode: 0o700 });
      // What Node itself has to say at the start is in the attempt's log.
      for (const path of [files.stdout, files.stderr]) open.push(openSync(path, "a", 0o600));
      open.push(openSync("/dev/null", "r+"));
      const { ENGINE_OUTPUT: _, ...first } = env;
      const flags = ["--enable-source-maps", "--disable-warning=ExperimentalWarning"];
      // Elsewhere a process is known by its command line.
      const known = KEEPS ? [] : [files.base];
      const child = spawn(process.execPath, [...flags, PROGRAM, ...known, module], {
        cwd,
        env: first,
        detached: true,
        stdio: ["ignore", open[0], open[1], open[2], "pipe"],
      });
      const { pid } = child;
      if (pid !== undefined) return new Worker(child, pid, key);
      const error = await new Promise<Error>((resolve) => child.once("error", resolve));
      return spawnFailed(error, { cwd }, process.execPath);
    } catch (error) {
      return spawnFailed(error as Error, { cwd }, process.execPath);
    } finally {
      for (const fd of open) closeSync(fd);
    }
  }
}

type Told = CallAnswer["type"] | SpawnEnd;

/** One process. */
class Worker {
  readonly pid: number;
  /** What it is kept for. */
  readonly key: string;
  readonly #child: ChildProcess;
  readonly #channel: Socket;
  /** What it said that nobody has heard yet. */
  readonly #said: Told[] = [];
  #hear: ((told: Told) => void) | undefined;
  #rest = "";

  constructor(child: ChildProcess, pid: number, key: string) {
    this.#child = child;
    this.pid = pid;
    this.key = key;
    this.#channel = child.stdio[CHANNEL_FD] as Socket;
    // Whatever breaks, its exit follows.
    this.#channel.on("error", () => undefined);
    this.#channel.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#tell((JSON.parse(line) as CallAnswer).type);
    });
    child.once("exit", (code, signal) => {
      this.#channel.destroy();
      this.#tell({ code, signal });
    });
  }

  get lives(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Hands it an attempt. Resolves with its answer, or with its end when that comes first. */
  ask(request: CallRequest): Promise<Told> {
    this.#child.ref();
    this.#channel.ref();
    this.#channel.write(`${JSON.stringify(request)}\n`);
    return this.next();
  }

  /** What it says next. */
  next(): Promise<Told> {
    const told = this.#said.shift();
    if (told !== undefined) return Promise.resolve(told);
    return new Promise((resolve) => {
      this.#hear = resolve;
    });
  }

  /** From here on it keeps the engine's process from nothing. */
  rest(): void {
    this.#child.unref();
    this.#channel.unref();
  }

  /** It ends when it has nothing to do any more. */
  letGo(): void {
    this.#child.removeAllListeners("exit");
    this.#channel.removeAllListeners("data");
    this.rest();
    this.#channel.destroy();
  }

  #tell(told: Told): void {
    const hear = this.#hear;
    this.#hear = undefined;
    if (hear === undefined) this.#said.push(told);
    else hear(told);
  }
}
