import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A process that holds a store. */
export interface StoreProcess {
  readonly pid: number;
  /** What it acknowledged, so far. */
  readonly lines: readonly string[];
  /** Resolves once it has acknowledged so often; rejects when it ends before. */
  acknowledged(count: number): Promise<void>;
  /** SIGKILL; resolves once it is gone, and all that it said was read. */
  kill(): Promise<void>;
}

/** Starts `store-child.ts`; it is killed when the test ends. */
export function startStoreProcess(command: "hold" | "commit", folder: string, run_id = "run"): StoreProcess {
  const script = fileURLToPath(import.meta.resolve("./store-child.ts"));
  const child: ChildProcess = spawn(process.execPath, [script, command, folder, run_id], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { stdout, pid } = child;
  if (stdout === null || pid === undefined) throw new Error("could not start the store's process");
  const lines: string[] = [];
  let onLine = () => {};
  createInterface({ input: stdout }).on("line", (line) => {
    lines.push(line);
    onLine();
  });
  const ended = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    pid,
    lines,
    acknowledged: (count) =>
      new Promise((resolve, reject) => {
        onLine = () => {
          if (lines.length >= count) resolve();
        };
        onLine();
        void ended.then(() => reject(new Error(`the store's process ended after ${lines.length} acknowledgements`)));
      }),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
