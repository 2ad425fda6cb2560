import { onTestFinished } from "vitest";
import type { Store } from "../../../src/engine/index.ts";
import { openSqliteStore } from "../../../src/store/index.ts";
import { NEW_YEAR } from "../../support/run-writer.ts";

/** Opens the store of `folder`; it is closed when the test ends. */
export async function openStore(folder: string, mode: "write" | "read" = "write"): Promise<Store> {
  const store = await openSqliteStore(folder, { mode, clock: () => NEW_YEAR, describe: `vitest ${mode}` });
  onTestFinished(() => store.close());
  return store;
}
