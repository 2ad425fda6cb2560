import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkInfos, type SourceFile } from "../../src/language/index.ts";
import { ROOT } from "../support/repository.ts";
import { checkWithBase } from "./fixtures.ts";

/*
 * The page on each code. Its examples are checked: those under "Wrong" give that code and nothing else,
 * those under "Right" give nothing.
 */

const FOLDER = join(ROOT, "docs/checks");

/** The `yaml` blocks under a heading. */
function examples(page: string, heading: string): readonly string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
}

/** A block is one file, or several that each begin with a line `# file: name.yaml`. */
function filesOf(example: string): readonly SourceFile[] {
  const parts = example.split(/^# file: (.+)\n/m);
  if (parts.length === 1) return [{ path: "example.yaml", text: example }];
  return parts.slice(1).flatMap((path, index, all) => (index % 2 === 0 ? [{ path, text: all[index + 1] ?? "" }] : []));
}

describe.each(checkInfos)("the page on $code", ({ code, name, severity, summary }) => {
  const path = join(FOLDER, `${code}.md`);
  const page = existsSync(path) ? readFileSync(path, "utf8") : "";

  test("begins with its code, name, severity and summary", () => {
    const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
    expect(page.split("\n").slice(0, 3)).toEqual([`# ${code}: ${name}`, "", `**${severity}** · ${sentence}`]);
  });

  test("has wrong examples, which give this code alone", async () => {
    const wrong = examples(page, "Wrong");
    expect(wrong.length).toBeGreaterThan(0);
    for (const example of wrong) {
      const codes = new Set((await checkWithBase(filesOf(example))).map((diagnostic) => diagnostic.code));
      expect([example, [...codes]]).toEqual([example, [code]]);
    }
  });

  test("has right examples, which are silent", async () => {
    const right = examples(page, "Right");
    expect(right.length).toBeGreaterThan(0);
    for (const example of right) {
      expect([example, (await checkWithBase(filesOf(example))).map(({ message }) => message)]).toEqual([example, []]);
    }
  });
});

test("there is no page on a code that doesn't exist", () => {
  const pages = readdirSync(FOLDER).flatMap((file) => /^(ENG\d{3})\.md$/.exec(file)?.[1] ?? []);
  const codes = checkInfos.map((info) => info.code);
  expect(pages.filter((code) => !codes.includes(code))).toEqual([]);
});
