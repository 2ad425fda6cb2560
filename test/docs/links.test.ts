import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, readText, repositoryFiles } from "../support/repository.ts";

const pages = repositoryFiles().filter((file) => file.endsWith(".md"));

/** Links of a page to files, without their anchors and outside of its code blocks. */
function linksOf(page: string): string[] {
  const prose = readText(page).replace(/^```[\s\S]*?^```/gm, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? "")
    .filter((link) => !/^([a-z]+:|#)/.test(link))
    .map((link) => link.replace(/#.*$/, ""));
}

test("every link of the docs leads to a file of the repository", () => {
  const dead = pages.flatMap((page) =>
    linksOf(page)
      .filter((link) => !existsSync(join(ROOT, dirname(page), link)))
      .map((link) => `${page} → ${link}`),
  );
  expect(dead).toEqual([]);
});

test("every page of docs/ is reached from docs/README.md", () => {
  const reached = new Set<string>();
  const walk = (page: string): void => {
    if (reached.has(page)) return;
    reached.add(page);
    for (const link of linksOf(page)) {
      const target = join(dirname(page), link);
      // A link to a folder leads to all of its pages.
      for (const next of target.endsWith("/")
        ? pages.filter((one) => dirname(one) === target.slice(0, -1))
        : [target]) {
        if (pages.includes(next)) walk(next);
      }
    }
  };
  walk("docs/README.md");
  expect(pages.filter((page) => page.startsWith("docs/") && !reached.has(page))).toEqual([]);
});
