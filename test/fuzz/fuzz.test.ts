import { expect, test } from "vitest";
import { compileText } from "../unit/language/sources.ts";
import { inputOf } from "./support/mutate.ts";
import { probe } from "./support/probe.ts";

/** A short share of `npm run fuzz`: some seconds. */
const SEEDS = 300;

test("files that were broken in any way give findings inside of them, in every format", () => {
  const codes = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) {
    for (const { code } of probe(inputOf(seed), seed)) codes.add(code);
  }
  expect(codes.size).toBeGreaterThan(20);
}, 120_000);

test("a word that every object knows is a word like any other", () => {
  const text = 'tasks: { a: { if: "__proto__", noop: {} }, b: { if: "params.constructor == toString", noop: {} } }\n';
  for (const { hint } of compileText(text).diagnostics) expect(typeof (hint ?? "")).toBe("string");
});
