import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import type { AttemptReport } from "../../src/engine/index.ts";
import type { Driving } from "./executor-driver.ts";

/** An executor in a process of its own. */
export interface DrivenExecutor {
  /** Resolves when it is about to start its attempts. */
  readonly ready: Promise<void>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<void>;
  /** Resolves with the report of a task run. */
  report(key: string): Promise<AttemptReport>;
  /** Ends it without a chance to clean up. */
  kill(): void;
}

/** Starts a process with an executor. `files_max` bounds its file descriptors. */
export function drive(data: string, driving: Driving, files_max?: number): DrivenExecutor {
  const driver = new URL("./executor-driver.ts", import.meta.url).pathname;
  const limit = files_max === undefined ? "" : `ulimit -n ${files_max}; `;
  const child = spawn(
    "sh",
    ["-c", `${limit}exec "$@"`, "sh", process.execPath, driver, data, JSON.stringify(driving)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const ready = Promise.withResolvers<void>();
  const reports = new Map<string, PromiseWithResolvers<AttemptReport>>();
  const reportOf = (key: string): PromiseWithResolvers<AttemptReport> => {
    const known = reports.get(key) ?? Promise.withResolvers();
    reports.set(key, known);
    return known;
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    const said = JSON.parse(line) as "ready" | AttemptReport;
    if (said === "ready") ready.resolve();
    else reportOf(said.key).resolve(said);
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return {
    ready: ready.promise,
    exited,
    report: (key) => reportOf(key).promise,
    kill: () => child.kill("SIGKILL"),
  };
}
