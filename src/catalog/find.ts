import { readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

/** What stands below a folder of pipelines. Paths begin with the folder as it was given. */
export interface FoundFiles {
  /** Sorted by UTF-16 units: the same everywhere. */
  readonly files: readonly string[];
  /** Folders that could not be looked into, and why. */
  readonly closed: readonly { readonly path: string; readonly error: unknown }[];
}

/** Folders and files that hold no pipelines of this repository. */
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", "engine.yaml"]);

/**
 * Every `.yaml` and `.yml` file below a folder. Hidden files and folders, node_modules and engine.yaml are left out;
 * links are followed, each folder once. The folder itself may be hidden.
 */
export function findFiles(folder: string): FoundFiles {
  const files: string[] = [];
  const closed: { path: string; error: unknown }[] = [];
  const seen = new Set<string>();
  const look = (path: string): void => {
    try {
      const real = realpathSync(path);
      if (seen.has(real)) return;
      seen.add(real);
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        if (entry.name.startsWith(".") || SKIPPED.has(entry.name)) continue;
        const inner = join(path, entry.name);
        const kind = entry.isSymbolicLink() ? kindOf(inner) : entry;
        if (kind?.isDirectory()) look(inner);
        else if (kind?.isFile() && isPipelineFile(entry.name)) files.push(inner);
      }
    } catch (error) {
      closed.push({ path, error });
    }
  };
  look(folder);
  return { files: files.sort(), closed };
}

/** By its name. */
export function isPipelineFile(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}

/** A file or folder that is passed over, whatever it holds. By its name. */
export function isSkipped(name: string): boolean {
  return SKIPPED.has(name);
}

/** What a link leads to; undefined when it leads nowhere. */
function kindOf(path: string): { isDirectory(): boolean; isFile(): boolean } | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
