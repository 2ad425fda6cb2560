import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { starterFiles } from "../../../src/cli/init/starter.ts";
import { commentsOf } from "../../../src/language/comments.ts";
import { compile, formatFile } from "../../../src/language/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { broken, someTexts } from "../../support/broken-texts.ts";
import { randomOf } from "../../support/random.ts";
import { ROOT, readText, repositoryFiles } from "../../support/repository.ts";

function format(text: string, isPipeline = true): string {
  const formatted = formatFile({ path: "a.yaml", text }, { operators, isPipeline });
  if (!formatted.ok) throw new Error(formatted.diagnostics.map(({ message }) => message).join("; "));
  return formatted.after;
}

describe("canonical are", () => {
  test.each(repositoryFiles().filter((file) => /^(examples|pipelines)\/.*\.ya?ml$/.test(file)))("%s", (file) => {
    expect(format(readText(file))).toBe(readText(file));
  });

  test("what engine init writes", () => {
    const files = Object.entries(starterFiles()).filter(([path]) => /^(engine\.yaml|pipelines\/)/.test(path));
    expect(files.length).toBeGreaterThan(1);
    for (const [path, text] of files) expect(format(text, path !== "engine.yaml")).toBe(text);
  });

  const pages = [
    "README.md",
    ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md") && file !== "formatting.md")
      .map((file) => `docs/${file}`),
  ];

  test.each(pages)("the pipelines in %s", (page) => {
    for (const [, block = ""] of readText(page).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)) {
      const isPipeline = /^tasks:/m.test(block) && !/^# file:/m.test(block);
      const formatted = formatFile({ path: "a.yaml", text: block }, { operators, isPipeline: true });
      if (isPipeline && formatted.ok) expect(formatted.after).toBe(block);
    }
  });
});

/** How often this property is tried; more by hand. */
const TRIES = Number(process.env.FORMAT_TRIES ?? 500);

test("whatever the file: the same pipeline, the same comments, and nothing left to do", () => {
  const random = randomOf(Number(process.env.FORMAT_SEED ?? 1));
  const texts = someTexts();
  let changed = 0;
  for (let left = TRIES; left > 0; left--) {
    const text = broken(texts[Math.floor(random() * texts.length)] ?? "", random);
    const formatted = formatFile({ path: "a.yaml", text }, { operators, isPipeline: true });
    if (!formatted.ok) continue;
    const { after } = formatted;
    if (after !== text) changed += 1;
    expect([text, commentsOf(after).toSorted()]).toEqual([text, commentsOf(text).toSorted()]);
    expect([text, format(after)]).toEqual([text, after]);
    const [was, is] = [text, after].map((each) => compile({ path: "a.yaml", text: each }, { operators }));
    expect([text, meaningOf(is)]).toEqual([text, meaningOf(was)]);
  }
  expect(changed).toBeGreaterThan(TRIES / 4);
}, 60_000);

/** A compiled pipeline without its version, which is that of its text; and how many findings of each code there are. */
function meaningOf(compiled: ReturnType<typeof compile> | undefined): unknown {
  const { version: _, source: __, ...pipeline } = (compiled?.pipeline ?? {}) as Record<string, unknown>;
  const codes = compiled?.diagnostics.map(({ code }) => code).sort();
  return { pipeline, codes };
}
