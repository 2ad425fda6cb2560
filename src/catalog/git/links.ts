import { readlinkSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

/** Those of the links (paths in the folder) that lead out of it, be it by way of other links. */
export function outwardLinks(folder: string, links: readonly string[]): readonly string[] {
  const root = realpathSync(folder);
  return links.filter((path) => {
    const link = join(root, path);
    // Also one that leads to nothing yet: something may be put there.
    if (isOutside(resolve(dirname(link), readlinkSync(link)), root)) return true;
    try {
      return isOutside(realpathSync(link), root);
    } catch {
      return false;
    }
  });
}

function isOutside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
}
