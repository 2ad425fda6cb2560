import { expect, test } from "vitest";
import type { PipelineSummary } from "../../../src/web/generated/api.ts";
import { eachOf, outcomeWords, planOf } from "../../../src/web/lib/bulk.ts";

const pipeline = (name: string, more: Partial<PipelineSummary> = {}): PipelineSummary => ({
  ...{ name, file: `${name}.yaml`, version: "v", tags: [], schedule: { type: "cron" }, tasks: 1 },
  ...{ active_runs: 0, queued_runs: 0, recent_runs: [] },
  ...more,
});
const ALL = [
  pipeline("plain"),
  pipeline("paused", { paused: { at: 1, by: "ann" } }),
  pipeline("by_hand", { schedule: null, required_params: ["day", "limit"] }),
];

test.each([
  [
    "pause" as const,
    ["plain"],
    [
      ["paused", "is paused already"],
      ["by_hand", "has no schedule"],
    ],
  ],
  [
    "resume" as const,
    ["paused"],
    [
      ["plain", "is not paused"],
      ["by_hand", "is not paused"],
    ],
  ],
  ["trigger" as const, ["plain", "paused"], [["by_hand", "wants a value for day, limit"]]],
])("%s is done with what it fits, and says of the rest why not", (action, does, leftOut) => {
  expect(planOf(action, ALL)).toEqual({ does, leftOut: leftOut.map(([name, why]) => ({ name, why })) });
});

test("each name is asked once, no more at a time than is said, and what failed is told in order", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
  const seen: string[] = [];
  const dones: number[] = [];
  let [now, most] = [0, 0];
  const failed = await eachOf(
    names,
    4,
    async (name) => {
      seen.push(name);
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
      if (name === "p7" || name === "p3") throw new Error(`no ${name}`);
    },
    (done) => dones.push(done),
  );
  expect(seen).toEqual(names);
  expect(most).toBe(4);
  expect(dones).toEqual(names.map((_, i) => i + 1));
  expect(failed).toEqual([
    { name: "p3", error: new Error("no p3") },
    { name: "p7", error: new Error("no p7") },
  ]);
});

test.each([
  [0, "Paused 9 pipelines."],
  [2, "Paused 7 of 9 pipelines. p0: it broke; p1: it broke."],
  [5, "Paused 4 of 9 pipelines. p0: it broke; p1: it broke; p2: it broke; and 2 more."],
])("with %i failures the message says so", (failures, words) => {
  const failed = Array.from({ length: failures }, (_, i) => ({ name: `p${i}`, error: new Error("it broke.") }));
  expect(outcomeWords("pause", 9, failed, (error) => (error as Error).message)).toBe(words);
});
