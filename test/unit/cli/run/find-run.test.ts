import { describe, expect, test } from "vitest";
import { findRun } from "../../../../src/cli/run/find-run.ts";
import type { RunRow, Store } from "../../../../src/engine/index.ts";

function storeOf(...ids: readonly string[]): Store {
  const rows = ids.map((run_id) => ({ run_id }) as RunRow);
  return {
    getRun: async (id: string) => rows.find(({ run_id }) => run_id === id),
    findRuns: async (prefix: string) => rows.filter(({ run_id }) => run_id.startsWith(prefix)).slice(0, 2),
    listRuns: async () => ({ rows: rows.slice(-1) }),
  } as unknown as Store;
}

const store = storeOf("20260131-020000-aaaaaa", "20260131-020000-ab", "20260131-020000-abcdef");

describe("findRun", () => {
  test.each([
    ["20260131-020000-aaaaaa", "20260131-020000-aaaaaa"],
    ["20260131-020000-aa", "20260131-020000-aaaaaa"],
    ["20260131-020000-ab", "20260131-020000-ab"],
    ["latest", "20260131-020000-abcdef"],
  ])("%s names %s", async (named, run_id) => {
    expect(await findRun(store, named)).toMatchObject({ run_id });
  });

  test("none and several are refused, with what to do", async () => {
    await expect(findRun(store, "2027")).rejects.toThrow("there is no run 2027");
    await expect(findRun(store, "")).rejects.toThrow("there is no run");
    await expect(findRun(storeOf(), "latest")).rejects.toThrow("there is no run yet");
    await expect(findRun(store, "2026")).rejects.toThrow(
      "several runs begin with 2026, such as 20260131-020000-aaaaaa and 20260131-020000-ab",
    );
  });
});
