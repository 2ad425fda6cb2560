import { describe, expect, test } from "vitest";
import { pipeline_schema } from "../../src/language/definition/pipeline.ts";
import { checkFiles } from "../../src/language/index.ts";
import { operators } from "../../src/operators/index.ts";
import { readText } from "../support/repository.ts";

/*
 * The reference of the language is kept equal to its definition, key by key.
 */

const page = readText("docs/language.md");

/** The text under a heading, up to the next. */
function section(heading: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
}

/** The keys in the first column of a section's table. */
function keysIn(heading: string): readonly string[] {
  const rows = section(heading).matchAll(/^\| (`[^|]*) \|/gm);
  return [...rows].flatMap(([, cell]) => [...(cell ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""));
}

const { definitions, properties } = pipeline_schema;

describe("the reference of the language", () => {
  test.each([
    ["A pipeline", properties],
    ["Schedule", definitions.schedule.anyOf[1].properties],
    ["Tasks", definitions.task.properties],
    ["Retries, time-outs and lost attempts", definitions.retries.anyOf[1].properties],
  ])("has every key of the definition, and no other, under %s", (heading, keys) => {
    expect([...keysIn(heading)].sort()).toEqual(Object.keys(keys).sort());
  });

  test("marks the keys that may stand in defaults", () => {
    const marked = [...section("Tasks").matchAll(/`(\w+)` \*/g)].map((match) => match[1]);
    expect(marked.sort()).toEqual(Object.keys(definitions.defaults.properties).sort());
  });

  test("names the keywords that schemas of params may have", () => {
    const named = [...section("Params").matchAll(/`(\w+)`/g)].map((match) => match[1]);
    expect(named).toEqual(expect.arrayContaining(Object.keys(definitions.value_schema.properties)));
  });

  test("states the defaults of the definition", () => {
    const wrong = [
      ["A pipeline", properties] as const,
      ["Schedule", definitions.schedule.anyOf[1].properties] as const,
      ["Tasks", definitions.task.properties] as const,
      ["Retries, time-outs and lost attempts", definitions.retries.anyOf[1].properties] as const,
    ].flatMap(([heading, keys]) =>
      Object.entries(keys).flatMap(([key, schema]) => {
        if (!("default" in schema)) return [];
        const row = section(heading)
          .split("\n")
          .find((line) => line.startsWith(`| \`${key}\``));
        return row?.endsWith(`| \`${String(schema.default)}\` |`) ? [] : [[key, row]];
      }),
    );
    expect(wrong).toEqual([]);
  });

  const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");

  test.each(examples)("has examples that are right: %s", (text) => {
    const { diagnostics } = checkFiles([{ path: "example.yaml", text }], { operators });
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  });
});
