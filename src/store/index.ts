export { backupStore, restoreStore } from "./backup.ts";
export { createPrivateFolder } from "./files.ts";
export { type StoreHealth, storeHealth, storeSize } from "./health.ts";
export { isFolderHeld } from "./lock.ts";
export { createMemoryStore } from "./memory-store.ts";
export { openSqliteStore } from "./open-sqlite-store.ts";
