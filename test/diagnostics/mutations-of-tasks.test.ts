import { describe, expect, test } from "vitest";
import { tryMutants } from "./mutations/drive.ts";
import { OF_TASKS } from "./mutations/of-tasks.ts";

describe("what is broken is found: tasks, params and pipelines", () => {
  test.each(Object.entries(OF_TASKS))("%s", (code, mutator) => {
    expect(tryMutants(code, mutator)).toEqual([]);
  });
});
