import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Clock } from "../../engine/index.ts";
import type { ProcessSpec } from "../../operators/index.ts";
import type { AttemptFiles } from "./files.ts";
import { Launcher } from "./launcher.ts";
import { prepareScript, type ScriptCommand, type SpawnRefusal, spawnFailed, spawnScript } from "./spawn.ts";
import type { Leader } from "./wrapper.ts";

/** How a spawned process ended. */
export interface SpawnEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /**
   * There when the process itself lives on, with nothing of the attempt left in it. To be called when it gets no
   * signals from here any more: it is somebody else's then, if it is `reusable`.
   */
  readonly release?: (reusable: boolean) => void;
}

export interface SpawnedProcess {
  readonly ok: true;
  readonly leader: Leader;
  readonly relayed: boolean;
  readonly end: Promise<SpawnEnd>;
  /** There when `end` may never come, for a wrapper that is killed. To be called when the end is known in another way. */
  readonly forget?: () => void;
}

/**
 * What a launcher would not hand on as it is, because bash gives it a meaning or a value of its own: what it
 * sets itself, what can't be assigned, what changes how it reads and runs commands. Beside what the launcher
 * calls its own.
 */
const BASH_NAME =
  /^(?:BASH(?!_ENV$|_FUNC_)|COMP_|EPOCH|HIST|READLINE_|__engine_)|^(?:DIRSTACK|E?UID|FUNCNAME|FUNCNEST|GROUPS|IFS|LINENO|OPTERR|OPTIND|PIPESTATUS|POSIXLY_CORRECT|PPID|S?RANDOM|SECONDS|SHELLOPTS|TMOUT)$/;

/** What a shell can export. */
const EXPORTABLE = /^[A-Za-z_]\w*$/;

/** A shell sets these itself as it goes; the script gets what the engine inherited. */
const RESTORED = ["OLDPWD", "PWD", "SHLVL"];

/**
 * Bytes of environment that a launcher is trusted with. What a process can have is 128 KiB at least; what is
 * too much for it is told best by the direct way.
 */
const ENVIRONMENT_BYTES_MAX = 64 * 1024;

/**
 * Starts the processes of attempts. On Linux a launcher does it, a small shell: a fork copies the page
 * tables of whoever forks, so from the engine it takes several times as long, and stops its loop
 * meanwhile. docs/decisions/0004-processes.md has the measurements. The engine starts directly what a
 * launcher can't, and everything when there is none to be had.
 */
export class Spawner {
  /** What every process inherits. */
  readonly #inherited: Readonly<Record<string, string>>;
  readonly #clock: Clock;
  readonly #inheritedBytes: number;
  /** Of it, what a launcher changes on its way. */
  readonly #restored: Readonly<Record<string, string>>;
  #launcher: Launcher | undefined;
  /** A launcher would be of use. */
  #launches: boolean;
  #closed = false;
  /** Processes that were started directly. */
  readonly #children = new Set<ChildProcess>();

  constructor(inherited: Readonly<Record<string, string>>, clock: Clock) {
    this.#inherited = inherited;
    this.#clock = clock;
    this.#inheritedBytes = bytesOf(inherited);
    this.#restored = Object.fromEntries(Object.entries(inherited).filter(([name]) => RESTORED.includes(name)));
    this.#launches = process.platform === "linux" && !Object.keys(inherited).some((name) => BASH_NAME.test(name));
  }

  /** Starts an attempt's script, detached, with what it inherits beside the environment of `spec`. Never rejects. */
  async spawn(files: AttemptFiles, spec: ProcessSpec, bash: string): Promise<SpawnedProcess | SpawnRefusal> {
    const launcher = this.#canLaunch(spec) ? this.#openLauncher(bash) : undefined;
    if (launcher === undefined) return this.#spawnHere(files, spec, bash);
    // A script that may be running is not written again.
    if (existsSync(files.status)) return { ok: false, exists: true };
    let script: ScriptCommand;
    try {
      script = prepareScript(files, spec, resolve(bash));
    } catch (error) {
      return spawnFailed(error as Error, spec, bash);
    }
    const env = { ...this.#restored, ...spec.env };
    const answer = await launcher.launch({ base: files.base, cwd: resolve(spec.cwd), env, command: script.command });
    switch (answer.type) {
      case "began": {
        const { leader, end, forget } = answer;
        return { ok: true, leader, relayed: script.relayed, end: end.then((code) => ({ code, signal: null })), forget };
      }
      case "exists":
        return { ok: false, exists: true };
      case "failed":
        // It can, or it can say what is wrong. Who creates the attempt's status file starts it, so nothing starts twice.
        return this.#spawnHere(files, spec, bash);
    }
  }

  /** Lets everything go: what was started lives on, and nothing more is told of it. */
  close(): void {
    this.#closed = true;
    this.#launches = false;
    this.#launcher?.close();
    this.#launcher = undefined;
    for (const child of this.#children) letGo(child);
  }

  async #spawnHere(files: AttemptFiles, spec: ProcessSpec, bash: string): Promise<SpawnedProcess | SpawnRefusal> {
    const spawned = await spawnScript(files, { ...spec, env: { ...this.#inherited, ...spec.env } }, bash);
    if (!spawned.ok) return spawned;
    const { child, pid, relayed } = spawned;
    // Everything was let go of while it was being started.
    if (this.#closed) letGo(child);
    this.#children.add(child);
    const end = new Promise<SpawnEnd>((told) => {
      child.once("exit", (code, signal) => {
        this.#children.delete(child);
        told({ code, signal });
      });
    });
    return { ok: true, leader: { pid, session: pid }, relayed, end };
  }

  #canLaunch({ env, cwd }: ProcessSpec): boolean {
    return (
      this.#launches &&
      this.#inheritedBytes + bytesOf(env) <= ENVIRONMENT_BYTES_MAX &&
      !cwd.includes("\0") &&
      Object.entries(env).every(
        ([name, value]) => EXPORTABLE.test(name) && !BASH_NAME.test(name) && !value.includes("\0"),
      )
    );
  }

  #openLauncher(bash: string): Launcher | undefined {
    this.#launcher ??= Launcher.start(bash, this.#inherited, this.#clock, (gone) => {
      if (this.#launcher === gone) this.#launcher = undefined;
      // One that never did anything: another would not either.
      if (!gone.answered) this.#launches = false;
    });
    return this.#launcher;
  }
}

function bytesOf(env: Readonly<Record<string, string>>): number {
  return Object.entries(env).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
}

function letGo(child: ChildProcess): void {
  child.removeAllListeners();
  child.unref();
}
