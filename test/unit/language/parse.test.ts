import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkFiles, type Diagnostic, formatPretty, type SourceFile } from "../../../src/language/index.ts";
import { parseText } from "../../../src/language/parse.ts";
import type { SourceNode } from "../../../src/language/source.ts";
import { SourceText } from "../../../src/language/text.ts";
import { operators } from "../../../src/operators/index.ts";
import { ROOT } from "../../support/repository.ts";

const decoder = new TextDecoder("utf-8");

function textOf(file: SourceFile): string {
  return file.text ?? decoder.decode(file.bytes);
}

/** Checks a file and holds every place of every finding to the file. */
function checked(file: SourceFile): readonly Diagnostic[] {
  const { diagnostics, pipelines } = checkFiles([file], { operators });
  const text = textOf(file).replace(/^\uFEFF/, "");
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1), text.length + 1];
  for (const place of diagnostics.flatMap((one) => [one, ...(one.related ?? [])])) {
    const { start, end } = place.range;
    expect(end.offset).toBeGreaterThanOrEqual(start.offset);
    expect(end.offset).toBeLessThanOrEqual(text.length);
    for (const { line, column, offset } of [start, end]) {
      expect((starts[line - 1] ?? Number.NaN) + column - 1).toBe(offset);
      expect(offset).toBeLessThan(starts[line] ?? Number.NaN);
    }
  }
  formatPretty(diagnostics, { color: true, sourceOf: () => textOf(file) });
  const hasError = diagnostics.some((one) => one.severity === "error");
  expect(pipelines.length).toBe(hasError ? 0 : 1);
  return diagnostics;
}

/** Real files to begin with: the fixtures that are silent. */
const folder = join(ROOT, "test/diagnostics/ok");
const valid = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => readFileSync(join(folder, name), "utf8"));

describe("whatever the bytes, checking does not throw and points into the file", () => {
  test("random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        checked({ path: "a.yaml", bytes });
      }),
      { numRuns: 300 },
    );
  });

  test("random text made of what YAML is made of", () => {
    const token = fc.constantFrom(
      ..."\n -:?[]{},&*!|>'\"%@`#\t~<".split(""),
      "\n  ",
      ": ",
      "- ",
      "tasks:\n  a:\n    bash: ",
      "${{ ",
      " }}",
      "---\n",
      "...\n",
      "&a ",
      "*a",
      "<<",
      "null",
      "1",
      "\r\n",
      "\u0085",
      "東🎉",
      "\ud800",
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
        checked({ path: "a.yaml", text: tokens.join("") });
      }),
      { numRuns: 600 },
    );
  });

  test("valid files with something cut out, put in or doubled", () => {
    const change = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(40),
      fc.constantFrom("cut", "double", "[", '"', ":", "\t", "\n", "*x", "0", "- "),
    );
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.array(change, { minLength: 1, maxLength: 3 }), (original, changes) => {
        let text = original;
        for (const [where, length, what] of changes) {
          const at = Math.floor(where * text.length);
          const part = text.slice(at, at + length);
          const rest = text.slice(at + length);
          text = text.slice(0, at) + (what === "cut" ? "" : what === "double" ? part + part : what + part) + rest;
        }
        checked({ path: "a.yaml", text });
      }),
      { numRuns: 300 },
    );
  });
});

describe("hostile files end soon, with a finding", () => {
  const mega = 1024 * 1024;
  const size = 20_000;
  test.each([
    ["nothing but brackets", "[".repeat(size), /nested/],
    ["nothing but nested mappings", "{a: ".repeat(size / 4), /nested/],
    ["nothing but dashes", "- ".repeat(size / 2), /nested|sequence|item/],
    ["nothing but quotes", '"'.repeat(size), /./],
    ["more than a megabyte", "a".repeat(mega + 1), /1 MiB/],
    ["a key for every byte", "a:\n".repeat(size / 3), /./],
  ])("%s", (_, text, message) => {
    expect(checked({ path: "a.yaml", text })[0]?.message).toMatch(message);
  });
});

describe("the tree", () => {
  function treeOf(text: string): SourceNode {
    const { root, problems } = parseText(new SourceText("a.yaml", text));
    if (root === undefined) throw new Error(JSON.stringify(problems));
    return root;
  }

  test("knows the place of every key and every value", () => {
    const text = 'a: 1\n"b": [x, {c: y}]\n? d\n: |\n  z\n';
    const seen: string[] = [];
    const walk = (node: SourceNode): void => {
      seen.push(text.slice(node.start, node.end));
      if (node.kind === "list") node.items.forEach(walk);
      if (node.kind !== "map") return;
      for (const entry of node.entries) {
        seen.push(text.slice(entry.keyNode.start, entry.keyNode.end));
        walk(entry.value);
      }
    };
    walk(treeOf(text));
    expect(seen).toEqual([text, "a", "1", '"b"', "[x, {c: y}]", "x", "{c: y}", "c", "y", "d", "|\n  z\n"]);
  });

  test("shares what an alias names", () => {
    const root = treeOf("a: &x {k: v}\nb: *x\n");
    if (root.kind !== "map") throw new Error("not a mapping");
    expect(root.get("b")).toBe(root.get("a"));
  });

  test("keeps the first of two equal keys", () => {
    const root = treeOf("a: 1\na: 2\n");
    expect(root.kind === "map" && root.get("a")).toMatchObject({ value: 1 });
  });

  test("reads YAML 1.2, whatever the file's header says", () => {
    const root = treeOf("%YAML 1.1\n---\na: yes\nb: 010\nc: 1:30\nd: 2024-01-01\n<<: {e: 1}\n");
    if (root.kind !== "map") throw new Error("not a mapping");
    const values = root.entries.map(({ key, value }) => [key, value.kind === "scalar" ? value.value : value.kind]);
    expect(values).toEqual([
      ["a", "yes"],
      ["b", 10],
      ["c", "1:30"],
      ["d", "2024-01-01"],
      ["<<", "map"],
    ]);
  });

  test("takes keys for text", () => {
    const root = treeOf("1: a\ntrue: b\nnull: c\n1.10: d\n");
    expect(root.kind === "map" && root.entries.map((entry) => entry.key)).toEqual(["1", "true", "null", "1.10"]);
  });
});
