import { describe, expect, test } from "vitest";
import { tryMutants } from "./mutations/drive.ts";
import { OF_EXPRESSIONS } from "./mutations/of-expressions.ts";

describe("what is broken is found: expressions", () => {
  test.each(Object.entries(OF_EXPRESSIONS))("%s", (code, mutator) => {
    expect(tryMutants(code, mutator)).toEqual([]);
  });
});
