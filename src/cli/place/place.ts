import type { Config } from "../../config/index.ts";
import { askHolder, type ControlRequest, systemClock } from "../../daemon/index.ts";
import type { AttemptKey, Store } from "../../engine/index.ts";
import { followLog, type LogLine, readLog } from "../../executors/index.ts";
import type { JsonValue } from "../../lib/index.ts";
import { isFolderHeld, openSqliteStore } from "../../store/index.ts";
import type { Cli } from "../terminal.ts";
import { remotePlace } from "./remote.ts";

/** What commands look things up in. */
export type ReadStore = Pick<
  Store,
  | "listRuns"
  | "getRun"
  | "findRuns"
  | "listTaskRuns"
  | "listAttempts"
  | "listSchedules"
  | "listSkippedSlots"
  | "listBackfills"
  | "getPipelineVersion"
>;

/** Where runs are: the data folder here, or the daemon that ENGINE_URL names. Commands work on both alike. */
export interface Place {
  /** Of a daemon elsewhere: its address. Absent: the data folder here. */
  readonly url?: string;
  /** Whether a process drives runs there; undefined where that can't be told. */
  isDriven(): boolean | undefined;
  /** Looks things up; also beside a process that writes. */
  read<T>(use: (store: ReadStore) => Promise<T>): Promise<T>;
  /** Has the process there carry something out; the result is its answer. */
  ask(request: ControlRequest): Promise<JsonValue>;
  /** The log of an attempt as it is now. */
  readLog(attempt: AttemptKey): Promise<readonly LogLine[]>;
  /** The log of an attempt as it grows, until that has ended or `signal` aborts. */
  followLog(attempt: AttemptKey, signal: AbortSignal): AsyncIterable<LogLine>;
}

export function placeOf(cli: Cli, { data }: Config): Place {
  const { ENGINE_URL: url, ENGINE_TOKEN: token } = cli.env;
  return url === undefined || url === "" ? localPlace(data) : remotePlace(url, token);
}

function localPlace(data: string): Place {
  return {
    isDriven: () => isFolderHeld(data),
    async read(use) {
      const describe = `engine ${process.argv.slice(2).join(" ")}`;
      const store = await openSqliteStore(data, { mode: "read", clock: systemClock.now, describe });
      try {
        return await use(store);
      } finally {
        await store.close();
      }
    },
    ask: (request) => askHolder(data, request),
    readLog: async (attempt) => readLog(data, attempt),
    followLog: (attempt, signal) => followLog(data, attempt, { signal }),
  };
}
