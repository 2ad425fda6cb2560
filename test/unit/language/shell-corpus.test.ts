import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseShellTemplate, rewriteScript, type ShellExpression } from "../../../src/language/expressions/shell.ts";

/*
 * Scripts as people write them. What is to be said of an expression stands in it: of `x` nothing, of `code` and
 * `quoting` that it is refused, of `number` that only a number may stand there.
 */

interface Script {
  readonly name: string;
  readonly text: string;
}

function scriptsIn(file: string): readonly Script[] {
  const text = readFileSync(join(import.meta.dirname, "shell-corpus", file), "utf8");
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => ({ name: part.slice(0, part.indexOf("\n")), text: part.slice(part.indexOf("\n") + 1) }));
}

function saidOf({ context }: ShellExpression): string {
  if (context.type === "refused") return context.kind;
  return context.type !== "comment" && context.numeric !== undefined ? "number" : "x";
}

/** Each expression with its line, what is said of it, and what should be. */
function readScript(text: string): { found: readonly string[]; expected: readonly string[] } {
  const { expressions } = parseShellTemplate(text);
  const lineOf = (start: number): string => {
    const from = text.lastIndexOf("\n", start) + 1;
    return text.slice(from, text.indexOf("\n", start));
  };
  return {
    found: expressions.map((each) => `${saidOf(each)}: ${lineOf(each.part.start)}`),
    expected: expressions.map((each) => `${each.part.source.trim()}: ${lineOf(each.part.start)}`),
  };
}

describe.each(["right.sh", "wrong.sh"])("the scripts in %s", (file) => {
  test.each(scriptsIn(file))("$name", ({ text }) => {
    const { found, expected } = readScript(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(expected);
  });
});

test("bash itself takes every right script, once its expressions are written as variables", () => {
  for (const { name, text } of scriptsIn("right.sh")) {
    const script = rewriteScript(parseShellTemplate(text), () => "X");
    const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
    expect([name, status, stderr]).toEqual([name, 0, ""]);
  }
});
