import { DatabaseSync } from "node:sqlite";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { GroupCommit } from "../../../src/store/group-commit.ts";

let db: DatabaseSync;
let commits: GroupCommit;

beforeEach(() => {
  db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT");
  commits = new GroupCommit(db);
  return () => db.close();
});

const insert = (n: number) => () => {
  db.prepare("INSERT INTO numbers VALUES (?1)").run(n);
  return n * 10;
};
const stored = () =>
  db
    .prepare("SELECT n FROM numbers ORDER BY n")
    .all()
    .map(({ n }) => n);
const transactions = () => vi.mocked(db.exec).mock.calls.filter(([sql]) => sql === "COMMIT").length;

test("callers of one turn share one transaction, in order, and each gets its own answer", async () => {
  vi.spyOn(db, "exec");
  const order: number[] = [];
  const answers = await Promise.all(
    [3, 1, 2].map((n) =>
      commits.submit(() => {
        order.push(n);
        return insert(n)();
      }),
    ),
  );
  expect(answers).toEqual([30, 10, 20]);
  expect(order).toEqual([3, 1, 2]);
  expect(transactions()).toBe(1);
});

test("who asks in a later step of the same turn still shares the transaction", async () => {
  vi.spyOn(db, "exec");
  const first = commits.submit(insert(1));
  await Promise.resolve();
  const second = commits.submit(insert(2));
  await Promise.all([first, second]);
  expect(transactions()).toBe(1);
});

test("who asks after an answer gets a transaction of its own", async () => {
  vi.spyOn(db, "exec");
  await commits.submit(insert(1));
  await commits.submit(insert(2));
  expect(transactions()).toBe(2);
});

test("nothing is acknowledged before its transaction has ended", async () => {
  const seen = commits.submit(insert(1)).then(() => db.isTransaction);
  expect(stored()).toEqual([]);
  expect(await seen).toBe(false);
  expect(stored()).toEqual([1]);
});

test("a write that fails does not take the others of its group down", async () => {
  const results = await Promise.allSettled([
    commits.submit(insert(1)),
    commits.submit(insert(1)),
    commits.submit(() => {
      insert(7)();
      throw new Error("a bug");
    }),
    commits.submit(insert(2)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(stored()).toEqual([1, 2]);
});

test("after a failure the next write works", async () => {
  await commits.submit(insert(1));
  await expect(commits.submit(insert(1))).rejects.toThrow("UNIQUE constraint failed");
  expect(await commits.submit(insert(2))).toBe(20);
});

test("a commit that the database refuses rolls everything of it back", async () => {
  const refuse = new Error("disk I/O error");
  vi.spyOn(db, "exec")
    .mockImplementationOnce((sql) => DatabaseSync.prototype.exec.call(db, sql))
    .mockImplementationOnce(() => {
      throw refuse;
    });
  await expect(commits.submit(insert(1))).rejects.toBe(refuse);
  expect(db.isTransaction).toBe(false);
  expect(stored()).toEqual([]);
});

test("flush stores what waits at once, and leaves nothing for later", async () => {
  const waiting = commits.submit(insert(1));
  commits.flush();
  expect(stored()).toEqual([1]);
  vi.spyOn(db, "exec");
  expect(await waiting).toBe(10);
  await commits.submit(insert(2));
  expect(transactions()).toBe(1);
});

test("the log is brought into the main file in a quiet moment, not while commits come", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  vi.spyOn(db, "exec");
  const checkpoints = () => vi.mocked(db.exec).mock.calls.filter(([sql]) => sql.includes("wal_checkpoint")).length;
  for (let n = 1; n <= 5; n++) {
    await commits.submit(insert(n));
    vi.advanceTimersByTime(300);
  }
  expect(checkpoints()).toBe(0);
  vi.advanceTimersByTime(60_000);
  expect(checkpoints()).toBe(1);
  await commits.submit(insert(6));
  vi.advanceTimersByTime(60_000);
  expect(checkpoints()).toBe(2);
  await commits.submit(insert(7));
  commits.close();
  vi.advanceTimersByTime(60_000);
  expect(checkpoints()).toBe(2);
});
