import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ordinary } from "../../../bench/pipelines.ts";
import { readOrdinaryYaml } from "../../../src/language/ordinary-yaml.ts";
import { parseYaml } from "../../../src/language/parse.ts";
import type { SourceNode } from "../../../src/language/source.ts";
import { SourceText } from "../../../src/language/text.ts";
import { inputOf } from "../../fuzz/support/mutate.ts";
import { ROOT, repositoryFiles } from "../../support/repository.ts";

/*
 * What is read without the parser of all of YAML is what that would read, or is left to it.
 */

/** All that a node says of itself. */
function plain(node: SourceNode): unknown {
  const { kind, start, end } = node;
  switch (node.kind) {
    case "scalar":
      return [kind, start, end, node.value, node.text, node.style, node.flow];
    case "list":
      return [kind, start, end, node.items.map(plain)];
    case "map":
      return [kind, start, end, node.entries.map(({ key, keyNode, value }) => [key, plain(keyNode), plain(value)])];
  }
}

/** Whether it was read, after holding it against the parser. */
function agrees(content: string): boolean {
  const text = new SourceText("test.yaml", content);
  const root = readOrdinaryYaml(text);
  if (root === undefined) return false;
  const parsed = parseYaml(text);
  expect(parsed.problems, content).toEqual([]);
  if (parsed.root === undefined) throw new Error("no tree and no problem");
  // One comparison of texts: a deep one of every node of every input would take most of the time.
  if (JSON.stringify(plain(root)) !== JSON.stringify(plain(parsed.root)))
    expect(plain(root), content).toEqual(plain(parsed.root));
  return true;
}

const read = (folder: string): readonly string[] =>
  repositoryFiles()
    .filter((file) => file.startsWith(folder) && /\.ya?ml$/.test(file))
    .map((file) => readFileSync(join(ROOT, file), "utf8"));

describe("a file in the ordinary part of YAML", () => {
  test("is what most pipelines are", () => {
    const files = [...read("pipelines/"), ...read("examples/")];
    expect(files.filter(agrees).length / files.length).toBeGreaterThan(0.8);
    expect(agrees(ordinary(7))).toBe(true);
  });

  test("is read as the parser reads it, in every fixture", () => {
    const files = read("test/");
    expect(files.filter(agrees).length).toBeGreaterThan(files.length / 2);
  });

  test("is still, broken in any way, unless it is left to the parser", () => {
    const decoder = new TextDecoder("utf-8");
    let count = 0;
    for (let seed = 0; seed < 3_000; seed++) if (agrees(decoder.decode(inputOf(seed)))) count++;
    expect(count).toBeGreaterThan(500);
  });

  test.each([
    ["a: 1\n", true],
    ["a: 1", true],
    ["a:\n", true],
    ["a:", true],
    ["a:   # why\nb:  \n", true],
    ["# first\n\na: b # c\n  # deeper\n\n# last", true],
    ["a: b#c\n", true],
    ["a: [b, 'c''d', \"e\\nf\", {g: 1, h: [x y, -2]}, [], {}] # end\n", true],
    ["a: { b: c d , e: true, f: g.py:h }\n", true],
    ["a: [b:]\n", false],
    ["a: [b:, c]\n", false],
    ["a:\n- b\n- c: 1\n  d: 2\n-   e: f\n    g: h\nz: 1\n", true],
    ["a:\n  - b\n\n  - c\n", true],
    ["a: |\n  x\n   y\n\n  \tz # no comment\n\n\nb: |-\n    w\n", true],
    ["a:\n  - |\n    x\n  - b: |\n      y\n", true],
    ["a: http://x/y:z\nb: a:b\nc: ${{ x }}\nd: -x\ne: 12:30\n", true],
    ["true: 1\nnull: 2\n12: 3\n", true],
    ["a: 1.50\nb: -0\nc: 007\nd: tru\ne: nullx\nf: 1.2.3\ng: +x\n", true],
    ['a: \' x \'\nb: ""\nc: "\ty"\n', true],
    // Values of more than a line, and all that YAML has beside.
    ["a: b\n  c\n", false],
    ["a: b\n\n  c\n", false],
    ["a: [b,\n  c]\n", false],
    ["a: 'b\n  c'\n", false],
    ["a: >\n  b\n  c\n\nd: >-\n  e\n", true],
    ["a: >\n  b\n\n  c\n", false],
    ["a: >\n  b\n    c\n", false],
    ["a: >\n  \tb\n", false],
    ["a: >\n\n  b\n", false],
    ["a: |+\n  b\n", false],
    ["a: |2\n  b\n", false],
    ["a: |\n  b", false],
    ["a: |\n  b\n   \n  c\n", false],
    ["a: |\n    b\n  c\n", false],
    ["a: |\nb: 1\n", false],
    ["a: &x 1\nb: *x\n", false],
    ["a: !!str 1\n", false],
    ["? a\n: b\n", false],
    ["'a': b\n", false],
    ["---\na: b\n", false],
    ["a: b\n---\nc: d\n", false],
    ["a: b\n...\n", false],
    ["%YAML 1.2\n---\na: b\n", false],
    ["a: b\r\n", false],
    ["\ufeffa: b\n", false],
    ["a:\tb\n", false],
    ["a: b\tc\n", false],
    ["\ta: b\n", false],
    ["- a\n", false],
    ["a\n", false],
    ["", false],
    [" a: b\n", false],
    ["a: ~\nb: 1\n", false],
    ["a: 0x1f\n", false],
    ["a: 1e3\n", false],
    ["a: .inf\n", false],
    ["a: True\n", false],
    ['a: "\\u00e9"\n', false],
    // Mistakes.
    ["a: b: c\n", false],
    ["a: b:\n", false],
    ["a: 1\na: 2\n", false],
    ["a: {b: 1, b: 2}\n", false],
    ["a: {b: 1, }\n", false],
    ["a: {b}\n", false],
    ["a: [b: 1]\n", false],
    ["a: [b,, c]\n", false],
    ["a: [b\n", false],
    ["a: [b]c\n", false],
    ["a: [b]#c\n", false],
    ["a: 'b'c\n", false],
    ["a: 'b'# c\n", false],
    ["a: [${{ b }}]\n", false],
    ["a: @b\n", false],
    ["a: %b\n", false],
    ["a:\n    b: 1\n  c: 2\n", false],
    ["a:\n  b: 1\n    c: 2\n", false],
    ["a:\n  - b\n - c\n", false],
    ["a:\n  b: 1\n  - c\n", false],
    ["a:\n- - b\n", false],
    ["a:\n-\n  b\n", false],
    ["a: - b\n", false],
    ["a:b\n", false],
    ["a : b\n", false],
  ])("%j", (content, isOrdinary) => {
    expect(agrees(content)).toBe(isOrdinary);
  });
});

test("a collection ends with what stands in it, not with the comments behind", () => {
  const text = "a: # x\n  b: &n 1 # y\n\n  # z\nc:\n  - *n # w\n\nd: 1\n";
  const { root } = parseYaml(new SourceText("test.yaml", text));
  const span = (key: string): string => {
    const node = root?.kind === "map" ? root.get(key) : undefined;
    return text.slice(node?.start, node?.end);
  };
  expect(span("a")).toBe("b: &n 1");
  expect(span("c")).toBe("- *n");
});
