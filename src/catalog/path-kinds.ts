import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { CompileOptions } from "../language/index.ts";

/** What a repository's root has in it: git's own folder, or our file. */
const MARKS = ["engine.yaml", ".git"] as const;

/**
 * What stands at paths that begin at `cwd`. The repository's root is `root` where that is marked as one, else the
 * nearest folder above that is; without any it is `root` by assumption, and then nothing is said of what isn't there. `isRepository`: it is `root`,
 * marked or not.
 */
export function pathKinds(
  cwd: string,
  root: string,
  { isRepository = false }: { readonly isRepository?: boolean } = {},
): NonNullable<CompileOptions["pathKind"]> {
  const marked = isRepository ? root : nearestMarked(root);
  const repository = marked ?? root;
  let real: string | undefined;
  return (path) => {
    const absolute = resolve(cwd, path);
    if (isOutside(absolute, repository)) return "outside";
    try {
      const found = statSync(absolute, { throwIfNoEntry: false });
      if (found === undefined) return marked === undefined ? "unknown" : "nothing";
      // A link may lead out.
      real ??= realpathSync.native(repository);
      if (isOutside(realpathSync.native(absolute), real)) return "outside";
      return found.isDirectory() ? "folder" : "file";
    } catch {
      return "unknown";
    }
  };
}

function nearestMarked(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (MARKS.some((mark) => existsSync(join(folder, mark)))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function isOutside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === ".." || way.startsWith(`..${sep}`);
}
