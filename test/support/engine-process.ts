import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { builtCli } from "./built-cli.ts";
import { plainEnvironment } from "./engine-command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** How a process ended: with a code or by a signal. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A command of the engine in a process of its own, with what it has printed so far. */
export class EngineProcess {
  stdout = "";
  stderr = "";
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();
  #over = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream]?.setEncoding("utf8").on("data", (text: string) => {
        this[stream] += text;
        for (const watch of this.#watchers) watch();
      });
    }
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        this.#over = true;
        for (const watch of this.#watchers) watch();
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Types into its standard input. */
  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Stops to read what it prints, as `head` does. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#over) this.#child.kill(signal);
  }

  /** Resolves once `holds` is true of what was printed; rejects with the output when the process ends before that. */
  until(holds: (process: EngineProcess) => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const watch = (): void => {
        const done = holds(this);
        if (!done && !this.#over) return;
        this.#watchers.delete(watch);
        if (done) resolve();
        else reject(new Error(`it ended without ${what}:\n${this.stdout}\n${this.stderr}`));
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  /** Resolves once its standard output holds the text, or matches. */
  prints(text: string | RegExp): Promise<void> {
    const holds = (stdout: string): boolean => (typeof text === "string" ? stdout.includes(text) : text.test(stdout));
    return this.until(({ stdout }) => holds(stdout), `printing ${String(text)}`);
  }
}

/** An empty folder of this test alone, with these files in it. */
export function aFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const ANY_PORT = JSON.stringify({ listen: "127.0.0.1:0" });

export interface StartOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What to run instead of the built command line: that of another place. */
  readonly bin?: string;
}

/** Starts `engine` with these arguments. A test's end kills it if it still runs. */
export function startEngine(args: readonly string[], { cwd, env = {}, bin = builtCli() }: StartOptions): EngineProcess {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    // Daemons of several tests run beside each other.
    env: { ...plainEnvironment(), ENGINE_SERVER: ANY_PORT, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const engine = new EngineProcess(child);
  onTestFinished(async () => {
    engine.kill("SIGKILL");
    await engine.ended;
  });
  return engine;
}

/** Runs `engine` to its end. */
export async function runEngine(
  args: readonly string[],
  options: StartOptions & { readonly input?: string },
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const engine = startEngine(args, options);
  engine.type(options.input ?? "");
  engine.endInput();
  const { code } = await engine.ended;
  return { code, stdout: engine.stdout, stderr: engine.stderr };
}
