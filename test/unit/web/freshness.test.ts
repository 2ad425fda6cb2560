import { expect, test } from "vitest";
import { freshnessOf } from "../../../src/web/lib/freshness.ts";

const HOUR = 3_600_000;
const NOW = 100 * HOUR;
const paused = { at: 1, by: "ann" };

test.each([
  ["no promise", {}, undefined],
  ["no success yet", { freshness: { target_ms: HOUR } }, { state: "never" }],
  [
    "a young success",
    { freshness: { target_ms: 3 * HOUR, last_success_at: NOW - HOUR } },
    { state: "fresh", by_ms: 2 * HOUR },
  ],
  [
    "one as old as it may be",
    { freshness: { target_ms: HOUR, last_success_at: NOW - HOUR } },
    { state: "fresh", by_ms: 0 },
  ],
  [
    "one that is too old",
    { freshness: { target_ms: HOUR, last_success_at: NOW - 3 * HOUR } },
    { state: "late", by_ms: 2 * HOUR },
  ],
  ["a schedule that is paused", { paused, freshness: { target_ms: HOUR, last_success_at: 1 } }, undefined],
])("how fresh a pipeline is with %s", (_, pipeline, expected) => {
  expect(freshnessOf(pipeline, NOW)).toEqual(expected);
});
