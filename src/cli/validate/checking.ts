import type { CheckOptions, Share } from "../../catalog/index.ts";
import type { Config } from "../../config/index.ts";
import { leaveCodeAsItIs } from "../../lib/index.ts";
import { cacheFolder } from "../cache-folder.ts";
import { checkingOptions } from "../load.ts";
import type { Cli } from "../terminal.ts";

/** What a thread that checks files is started with. */
export interface ThreadData {
  readonly share: Share;
  readonly config: Config;
  readonly cwd: string;
  readonly env: Cli["env"];
  readonly now_ms: number;
}

/** The program of the thread, from the sources or bundled. */
const THREAD = new URL(import.meta.url.endsWith(".ts") ? "./check-thread.ts" : "../check-thread.cjs", import.meta.url);

/** Set by the bundler to a hash of all that it bundles. Code that runs from its sources may change under a cache. */
const BUILD = (globalThis as { readonly ENGINE_BUILD?: string }).ENGINE_BUILD;

/** How `engine validate` checks: with a second thread where there is much to do, and with a cache unless told otherwise. */
export function checkOptions(cli: Cli, config: Config, { cached }: { readonly cached: boolean }): CheckOptions {
  const { cwd, env } = cli;
  const now_ms = cli.now();
  const folder = cached ? cacheFolder(env) : undefined;
  return {
    ...checkingOptions({ cwd, env, now: () => now_ms }, config),
    cwd,
    cache: folder === undefined || BUILD === undefined ? undefined : { folder, engine: BUILD, project: config.root },
    startThread: async (share) => {
      // Loaded when it is needed: few files are checked without a thread.
      leaveCodeAsItIs();
      const { Worker } = await import("node:worker_threads");
      const data: ThreadData = { share, config, cwd, env: { ...env }, now_ms };
      return new Worker(THREAD, { workerData: data });
    },
  };
}
