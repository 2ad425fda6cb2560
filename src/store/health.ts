import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { formatVersion, STORE_FILE, STORE_FILES } from "./connection.ts";
import { explain } from "./errors.ts";
import { MIGRATIONS } from "./migrations.ts";

export interface StoreHealth {
  /** Of all the files of the store. */
  readonly size_bytes: number;
  /** What SQLite's own check finds first; absent: nothing. */
  readonly damage?: string;
}

/** Looks through the store of a data folder, also beside a process that writes; undefined when there is none. Throws a `StoreError`. */
export function storeHealth(folder: string): StoreHealth | undefined {
  const path = join(folder, STORE_FILE);
  if (!existsSync(path)) return undefined;
  try {
    const db = new DatabaseSync(path, { readOnly: true });
    try {
      formatVersion(db, path, MIGRATIONS);
      const { quick_check } = db.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
      const size_bytes = storeSize(folder);
      return quick_check === "ok" ? { size_bytes } : { size_bytes, damage: quick_check };
    } finally {
      db.close();
    }
  } catch (error) {
    throw explain(error, "look through the store", path);
  }
}

/** The size of the store's files in a data folder, in bytes; 0 when there are none. */
export function storeSize(folder: string): number {
  const sizes = STORE_FILES.map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}
