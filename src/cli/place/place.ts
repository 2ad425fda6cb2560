import type { Config } from "../../config/index.ts";
import { askHolder, systemClock } from "../../daemon/index.ts";
import { followLog, readLog } from "../../executors/index.ts";
import { isFolderHeld, openSqliteStore } from "../../store/index.ts";
import type { Cli } from "../terminal.ts";
import type { Place } from "./port.ts";
import { remotePlace } from "./remote.ts";

export type { Place, ReadStore } from "./port.ts";

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
