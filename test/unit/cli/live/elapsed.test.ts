import { expect, test } from "vitest";
import { formatElapsed } from "../../../../src/cli/live/elapsed.ts";

test.each([
  [-5, "0ms"],
  [12.4, "12ms"],
  [340, "0.3s"],
  [9_949, "9.9s"],
  [9_950, "10s"],
  [59_400, "59s"],
  [59_600, "1m 00s"],
  [184_000, "3m 04s"],
  [3_720_000, "1h 02m"],
  [183_600_000, "2d 03h"],
])("%d ms are %s", (span_ms, text) => {
  expect(formatElapsed(span_ms)).toBe(text);
});

test("a span that still grows is shown in whole seconds that have passed", () => {
  expect([0, 900, 1_000, 59_999].map((span_ms) => formatElapsed(span_ms, false))).toEqual(["0s", "0s", "1s", "59s"]);
});
