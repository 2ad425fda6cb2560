import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import manifest from "../../package.json" with { type: "json" };

/*
 * The files that the package ships beside its code. The code runs from src/ in a checkout and from a
 * bundle in dist/ when installed, so the package's root is looked for upwards.
 */

let root: string | undefined;

/** The folder of engine's own package.json. */
export function packageRoot(): string {
  if (root !== undefined) return root;
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    try {
      if (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).name === "engine") {
        root = folder;
        return folder;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    if (dirname(folder) === folder) throw new Error(`no package.json of engine above ${import.meta.dirname}`);
  }
}

/** The page on a code, in Markdown; undefined when there is none. */
export function docsOf(code: string): string | undefined {
  try {
    return readFileSync(pageOf(code), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

/**
 * Where everybody can read the page on a code: below the package's `homepage`. Undefined when it has none: reports go to
 * other machines, where a path of this one is of no use.
 */
export function docsUrlOf(code: string): string | undefined {
  const { homepage }: { name: string; homepage?: string } = manifest;
  return homepage === undefined ? undefined : `${homepage}/docs/checks/${code}.md`;
}

/** The same for those who sit at this machine: there the package itself has the page. */
export function localDocsUrlOf(code: string): string {
  return docsUrlOf(code) ?? pathToFileURL(pageOf(code)).href;
}

function pageOf(code: string): string {
  return join(packageRoot(), "docs/checks", `${code}.md`);
}
