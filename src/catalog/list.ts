import { statSync } from "node:fs";
import { relative, sep } from "node:path";
import type { Diagnostic } from "../language/index.ts";
import { findFiles } from "./find.ts";
import { type ReadFile, readFound, readNamed } from "./read.ts";
import { unreadable } from "./unreadable.ts";

/** What to check: a file or a folder (absolute), or a text that stands in no file. */
export type Source = string | { readonly path: string; readonly bytes: Uint8Array };

/** One file to read. */
export interface ListedFile {
  /** As diagnostics call it. */
  readonly name: string;
  /** Absolute; absent for a text that stands in no file. */
  readonly path?: string;
  /** Whether a walk found it, and nobody named it. */
  readonly found: boolean;
  readonly bytes?: Uint8Array;
}

export interface Listed {
  /** Sorted by name; each name once. */
  readonly files: readonly ListedFile[];
  /** What can't be read, by its name. */
  readonly problems: ReadonlyMap<string, Diagnostic>;
}

/** Finds the files to check, and reads none. */
export function listFiles(sources: readonly Source[], cwd: string): Listed {
  const files = new Map<string, ListedFile>();
  const problems = new Map<string, Diagnostic>();
  const add = (path: string, found: boolean): void => {
    const name = nameFor(path, cwd);
    // Who was named and found counts as named.
    if (!found || !files.has(name)) files.set(name, { name, path, found });
  };
  for (const source of sources) {
    const kind = typeof source === "string" ? kindOf(source) : undefined;
    if (typeof source !== "string") files.set(source.path, { name: source.path, found: false, bytes: source.bytes });
    else if (kind === "file") add(source, false);
    else if (kind === "stream") {
      // What comes out of a pipe comes once.
      const name = nameFor(source, cwd);
      const content = readNamed(source);
      if ("bytes" in content) files.set(name, { name, found: false, bytes: content.bytes });
      else problems.set(name, unreadable(name, "file", content.reason));
    } else {
      const { files: inside, closed } = findFiles(source);
      for (const { path, what, reason } of closed) {
        problems.set(nameFor(path, cwd), unreadable(nameFor(path, cwd), what, reason));
      }
      for (const path of inside) add(path, true);
    }
  }
  return { files: [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), problems };
}

/** Reads a file that was listed. "gone": a walk found it, and it is there no more. */
export function readListed({ path, found, bytes }: ListedFile): ReadFile | "gone" {
  if (bytes !== undefined) return { bytes };
  return path === undefined ? "gone" : found ? readFound(path) : readNamed(path);
}

/** How a file is called in diagnostics: relative to a folder, with slashes. */
export function nameFor(path: string, cwd: string): string {
  return relative(cwd, path).split(sep).join("/") || ".";
}

function kindOf(path: string): "file" | "folder" | "stream" {
  try {
    const found = statSync(path);
    return found.isDirectory() ? "folder" : found.isFile() ? "file" : "stream";
  } catch {
    return "file";
  }
}
