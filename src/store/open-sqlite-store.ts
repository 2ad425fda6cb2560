import type { EpochMs } from "../core/index.ts";
import type { Store } from "../engine/index.ts";
import { connectToRead, connectToWrite } from "./connection.ts";
import { explain } from "./errors.ts";
import { createPrivateFolder } from "./files.ts";
import { lockFolder } from "./lock.ts";
import { SqliteStore } from "./sqlite-store.ts";

interface SqliteStoreOptions {
  /**
   * `write` creates what is missing and holds the data folder until the store is closed or the process
   * ends, however that ends. `read` works beside a writer; without a store there is nothing to read.
   */
  readonly mode: "write" | "read";
  readonly clock: () => EpochMs;
  /** Says who holds the data folder when another process asks for it: the command line. */
  readonly describe: string;
}

/**
 * Opens the store of a data folder. Rejects with a `StoreError`: "held" when another process writes
 * to the folder, "newer_version", "older_version", "corrupt", "read_only", "disk_full", "io".
 * Whoever opens to write may lease every unfinished run at once.
 */
export async function openSqliteStore(folder: string, options: SqliteStoreOptions): Promise<Store> {
  if (options.mode === "read") {
    return new SqliteStore(folder, { mode: "read", connect: () => connectToRead(folder) });
  }
  try {
    createPrivateFolder(folder);
  } catch (error) {
    throw explain(error, "create the data folder", folder);
  }
  const lock = lockFolder(folder, options.describe, options.clock());
  try {
    return new SqliteStore(folder, { mode: "write", connection: connectToWrite(folder), release: lock.release });
  } catch (error) {
    lock.release();
    throw error;
  }
}
