import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

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
