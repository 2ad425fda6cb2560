import { describe, expect, test } from "vitest";
import { tryMutants } from "./mutations/drive.ts";
import { OF_SCHEDULES } from "./mutations/of-schedules.ts";

describe("what is broken is found: schedules and limits", () => {
  test.each(Object.entries(OF_SCHEDULES))("%s", (code, mutator) => {
    expect(tryMutants(code, mutator)).toEqual([]);
  });
});
