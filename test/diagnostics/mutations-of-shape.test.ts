import { describe, expect, test } from "vitest";
import { tryMutants } from "./mutations/drive.ts";
import { OF_SHAPE } from "./mutations/of-shape.ts";

describe("what is broken is found: the shape of a file", () => {
  test.each(Object.entries(OF_SHAPE))("%s", (code, mutator) => {
    expect(tryMutants(code, mutator)).toEqual([]);
  });
});
