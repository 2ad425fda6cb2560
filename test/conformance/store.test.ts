import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStore, openSqliteStore } from "../../src/store/index.ts";
import { NEW_YEAR } from "../support/run-writer.ts";
import { storeConformance } from "./store.ts";

storeConformance("memory", async () => {
  const store = createMemoryStore();
  return { store, dispose: () => store.close() };
});

storeConformance("sqlite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "engine-store-"));
  const store = await openSqliteStore(folder, { mode: "write", clock: () => NEW_YEAR, describe: "vitest" });
  return {
    store,
    async dispose() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});
