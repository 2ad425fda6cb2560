import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { StoreError, type StoreErrorCode } from "../../../src/engine/index.ts";
import { explain } from "../../../src/store/errors.ts";

const sqlite = (errcode: number) => Object.assign(new Error("sqlite says so"), { code: "ERR_SQLITE_ERROR", errcode });
const system = (code: string) => Object.assign(new Error(`${code}: it says so`), { code, syscall: "open" });

test.each<[string, Error, StoreErrorCode, RegExp]>([
  ["SQLITE_READONLY", sqlite(8), "read_only", /Let this user read and write there/],
  ["SQLITE_READONLY_CANTINIT", sqlite(1_288), "read_only", /Let this user read and write there/],
  ["SQLITE_FULL", sqlite(13), "disk_full", /What was stored before is intact\. Free some space/],
  ["SQLITE_IOERR_SHMSIZE", sqlite(4_874), "disk_full", /Free some space/],
  ["SQLITE_CORRUPT", sqlite(11), "corrupt", /keep a copy of the whole folder\. Then restore a backup/],
  ["SQLITE_CORRUPT_INDEX", sqlite(779), "corrupt", /keep a copy/],
  ["SQLITE_NOTADB", sqlite(26), "corrupt", /keep a copy/],
  ["SQLITE_ERROR", sqlite(1), "corrupt", /keep a copy/],
  ["SQLITE_BUSY", sqlite(5), "io", /Another program has the store locked/],
  ["SQLITE_BUSY_SNAPSHOT", sqlite(517), "io", /Another program has the store locked/],
  ["SQLITE_LOCKED", sqlite(6), "io", /Another program has the store locked/],
  ["SQLITE_IOERR_FSYNC", sqlite(1_034), "io", /Check the disk/],
  ["SQLITE_CANTOPEN", sqlite(14), "io", /Check the disk/],
  ["EACCES", system("EACCES"), "read_only", /Let this user/],
  ["EPERM", system("EPERM"), "read_only", /Let this user/],
  ["EROFS", system("EROFS"), "read_only", /Let this user/],
  ["ENOSPC", system("ENOSPC"), "disk_full", /Free some space/],
  ["EDQUOT", system("EDQUOT"), "disk_full", /Free some space/],
  ["ENOTDIR", system("ENOTDIR"), "io", /Choose another data folder/],
  ["EIO", system("EIO"), "io", /Check the disk/],
  ["stored JSON that is damaged", new SyntaxError("Unexpected end"), "corrupt", /keep a copy/],
])("%s is told with the place, the reason and what to do", (_, error, code, advice) => {
  const explained = explain(error, "open the store", "/data/engine.db");
  expect(explained).toBeInstanceOf(StoreError);
  expect(explained).toMatchObject({ code, cause: error });
  const { message } = explained as StoreError;
  expect(message).toContain(`/data/engine.db: could not open the store: `);
  expect(message).toContain(error.message);
  expect(message).toMatch(advice);
});

test("what is explained already stays as it is", () => {
  const error = new StoreError("held", "somebody has it");
  expect(explain(error, "open the store", "/data")).toBe(error);
});

test("a bug stays a bug: a broken constraint, a wrong parameter, anything else", () => {
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE numbers (n INTEGER NOT NULL) STRICT");
  const insert = db.prepare("INSERT INTO numbers VALUES (?1)");
  for (const value of [null, "text", {}]) {
    try {
      insert.run(value as null);
      expect.unreachable();
    } catch (error) {
      expect(explain(error, "store", "/data")).toBe(error);
    }
  }
  db.close();
  const error = new TypeError("undefined is not a function");
  expect(explain(error, "store", "/data")).toBe(error);
});
