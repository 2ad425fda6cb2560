import { describe, expect, test } from "vitest";
import { tryMutants } from "./mutations/drive.ts";
import { OF_OTHERS } from "./mutations/of-others.ts";

describe("what is broken is found: surroundings, credentials, metrics and care", () => {
  test.each(Object.entries(OF_OTHERS))("%s", (code, mutator) => {
    expect(tryMutants(code, mutator)).toEqual([]);
  });
});
