import { expect, test } from "vitest";
import type { AttemptHost, Operator } from "../../../src/operators/index.ts";
import type * as published from "../../../src/operators/plugin-types.ts";

test("what an author may rely on is what the engine hands over and takes", () => {
  // The types say it: this compiles as long as it is true.
  const given = (host: AttemptHost): published.OperatorHost => host;
  const known: readonly (keyof Operator)[] = [] as (keyof published.Operator)[];
  expect([given, known]).toHaveLength(2);
});
