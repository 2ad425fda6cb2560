import { expect, test } from "vitest";
import { sha256 } from "../../../src/lib/index.ts";

test("hashes texts and bytes as if they were one", () => {
  // The example of the standard.
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(sha256("abc")).toBe(abc);
  expect(sha256("a", new TextEncoder().encode("b"), "", "c")).toBe(abc);
});
