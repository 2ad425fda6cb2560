import { describe, expect, test } from "vitest";
import { baseEnvironment, compileExpression } from "../../src/language/expressions/cel.ts";
import { celToText } from "../../src/language/expressions/values.ts";
import { checkFiles } from "../../src/language/index.ts";
import { operators } from "../../src/operators/index.ts";
import { readText } from "../support/repository.ts";

/*
 * The page on expressions: its examples give what it says, and it leaves no function out.
 */

const page = readText("docs/expressions.md");
const rows = (page.split(/^## Functions$/m)[1]?.split(/^## /m)[0] ?? "")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.slice(2, -2).split(" | "));

describe("the functions", () => {
  test.each(rows.map(([, , example = "", value = ""]) => [example.slice(1, -1), value]))(
    "%s is %s",
    (source, value) => {
      if (value === "see below") return;
      const compiled = compileExpression(source);
      if (!compiled.ok) throw new Error(compiled.problem.message);
      const result = compiled.evaluate({});
      expect(result.ok ? `\`${celToText(result.value)}\`` : result.message).toBe(value);
    },
  );

  test("are all there, and no others", () => {
    const known = baseEnvironment()
      .getDefinitions()
      .functions.filter(({ receiverType }) => !/optional/i.test(receiverType ?? ""))
      .map(({ name }) => name);
    const named = rows.flatMap(([calls = ""]) => [...calls.matchAll(/`(?:\w+\.)?(\w+)\(/g)].map((match) => match[1]));
    expect([...new Set(named)].sort()).toEqual([...new Set(known)].sort());
  });
});

test("the pipelines on the page are right", () => {
  const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
  expect(examples.length).toBeGreaterThan(1);
  for (const text of examples)
    expect(checkFiles([{ path: "example.yaml", text }], { operators }).diagnostics).toEqual([]);
});
