import { describe, expect, test } from "vitest";
import { checkInfos } from "../../src/language/index.ts";
import { check } from "./fixtures.ts";
import { BASE_LIST, tryHarmless, tryMutants, tryTexts } from "./mutations/drive.ts";
import { OF_EXPRESSIONS } from "./mutations/of-expressions.ts";
import { HARMLESS, OF_OTHERS } from "./mutations/of-others.ts";
import { OF_PROJECTS } from "./mutations/of-projects.ts";
import { OF_SCHEDULES } from "./mutations/of-schedules.ts";
import { OF_SHAPE } from "./mutations/of-shape.ts";
import { OF_TASKS, REACHABLE } from "./mutations/of-tasks.ts";
import { OF_TEXT, TEXT_MUTATORS } from "./mutations/of-text.ts";
import { MANNERS, render } from "./mutations/render.ts";

/*
 * Every check, tried on valid pipelines that are broken on purpose, in many ways and written in many manners. The
 * larger tables have files of their own beside this one.
 */

describe("a base is right", () => {
  test.each(BASE_LIST)("%s", (name, base) => {
    for (const manner of MANNERS) {
      const { text } = render(base, manner);
      expect([manner.name, text, check([{ path: `${name}.yaml`, text }])]).toEqual([manner.name, text, []]);
    }
  });
});

describe("what is broken is found: how a file is written", () => {
  test.each(Object.entries(OF_TEXT))("%s", (code, mutator) => {
    expect(tryMutants(code, mutator)).toEqual([]);
  });
  test.each(Object.entries(TEXT_MUTATORS))("%s", (code, mutator) => {
    expect(tryTexts(code, mutator)).toEqual([]);
  });
});

describe("what is broken is found: projects", () => {
  test.each(Object.entries(OF_PROJECTS))("%s", async (_, mutants) => {
    for (const { what, files, found } of mutants) expect([what, await found(files)]).toEqual([what, true]);
  });
});

describe("what only looks broken is not found", () => {
  test("joins that some run reaches", () => {
    expect(tryHarmless(REACHABLE)).toEqual([]);
  });
  test("values that are no credentials", () => {
    expect(tryHarmless(HARMLESS)).toEqual([]);
  });
});

test("every check is tried", () => {
  const tables = [OF_TEXT, TEXT_MUTATORS, OF_SHAPE, OF_TASKS, OF_EXPRESSIONS, OF_SCHEDULES, OF_OTHERS, OF_PROJECTS];
  const tried = new Set(tables.flatMap((table) => Object.keys(table)));
  expect(checkInfos.map(({ code }) => code).filter((code) => !tried.has(code))).toEqual([]);
});
