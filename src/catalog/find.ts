import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { reasonOf } from "./unreadable.ts";

/** What stands below a folder of pipelines. Paths begin with the folder as it was given. */
export interface FoundFiles {
  /** Sorted by UTF-16 units: the same everywhere. */
  readonly files: readonly string[];
  /** What could not be looked into although it should, in the order found. */
  readonly closed: readonly Closed[];
}

export interface Closed {
  readonly path: string;
  readonly what: "file" | "folder";
  /** Why, in words. */
  readonly reason: string;
}

/** Folders and files that hold no pipelines of this repository. */
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", "engine.yaml"]);

/** Files and folders that are looked at below one folder. A link to /usr or /proc has more; a repository of pipelines, fewer. */
const ENTRIES_MAX = 1_000_000;

/**
 * Every `.yaml` and `.yml` file below a folder. Hidden files and folders, node_modules and engine.yaml are left out;
 * links are followed, each folder once, and by its own path if it has one here. The folder itself may be hidden.
 */
export function findFiles(folder: string, entries_max: number = ENTRIES_MAX): FoundFiles {
  const walk = new Walk(entries_max);
  walk.from(folder);
  return { files: walk.files.sort(), closed: walk.closed };
}

class Walk {
  readonly files: string[] = [];
  readonly closed: Closed[] = [];
  readonly #entries_max: number;
  #entries = 0;
  /** Folders that were looked into, by their real paths. */
  readonly #seen = new Set<string>();
  /** Links to folders wait until what stands here by itself has been seen. */
  readonly #links: string[] = [];

  constructor(entries_max: number) {
    this.#entries_max = entries_max;
  }

  from(folder: string): void {
    this.#folder(folder);
    const root = [...this.#seen][0];
    for (let link = this.#links.shift(); link !== undefined; link = this.#links.shift()) {
      // A link to a folder around this one leads in a circle, by way of all that stands beside.
      if (root === undefined || !isWithin(root, realpathOf(link))) this.#folder(link);
    }
  }

  #folder(path: string): void {
    if (this.#entries > this.#entries_max) return;
    try {
      const real = realpathSync.native(path);
      if (this.#seen.has(real)) return;
      this.#seen.add(real);
      const entries = readdirSync(path, { withFileTypes: true });
      this.#entries += entries.length;
      if (this.#entries > this.#entries_max) {
        const reason = `there are more than ${this.#entries_max} files and folders up to here`;
        this.closed.push({ path, what: "folder", reason });
        return;
      }
      // Which of two links to one folder comes first must not depend on the disk.
      entries.sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const entry of entries) if (!entry.name.startsWith(".") && !isSkipped(entry.name)) this.#entry(path, entry);
    } catch (error) {
      this.closed.push({ path, what: "folder", reason: reasonOf(error) });
    }
  }

  #entry(folder: string, entry: Kind & { readonly name: string }): void {
    const path = join(folder, entry.name);
    if (entry.name.includes("\uFFFD") && isMisnamed(path)) {
      const what = entry.isDirectory() ? "folder" : "file";
      if (entry.isDirectory() || isPipelineFile(entry.name))
        this.closed.push({ path, what, reason: "its name is not UTF-8" });
    } else if (entry.isDirectory()) this.#folder(path);
    else if (!entry.isSymbolicLink()) this.#file(path, entry);
    else {
      try {
        const target = statSync(path);
        if (target.isDirectory()) this.#links.push(path);
        else this.#file(path, target);
      } catch (error) {
        if (isPipelineFile(path)) this.closed.push({ path, what: "file", reason: linkReason(error) });
      }
    }
  }

  #file(path: string, kind: Kind): void {
    if (!isPipelineFile(path)) return;
    if (kind.isFile()) this.files.push(path);
    else this.closed.push({ path, what: "file", reason: NO_FILE });
  }
}

/** Of what carries the name of a pipeline and would block whoever reads it. */
export const NO_FILE = "it is no file, but a pipe, a socket or a device";

interface Kind {
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}

/** By its name. */
export function isPipelineFile(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}

/** A file or folder that is passed over, whatever it holds. By its name. */
export function isSkipped(name: string): boolean {
  return SKIPPED.has(name);
}

/** Names are read as UTF-8; one in bytes that are none can't be opened by what was read. */
function isMisnamed(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** Whether the path is the folder, or stands in it. Both real. */
function isWithin(path: string, folder: string | undefined): boolean {
  if (folder === undefined) return false;
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function linkReason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code === "ENOENT" ? "it is a link that leads nowhere" : reasonOf(error);
}
