import { readFileSync, statSync } from "node:fs";
import { relative, sep } from "node:path";
import {
  type CompileOptions,
  checkFiles,
  type Diagnostic,
  type Found,
  type Pipeline,
  type SourceFile,
  type Suppressed,
} from "../language/index.ts";
import { findFiles } from "./find.ts";

/** Files of pipelines, checked in one go. */
export interface Catalog {
  /** Every file that was looked at, as diagnostics name it; sorted. */
  readonly files: readonly string[];
  /** Those without an error, by file. */
  readonly pipelines: readonly Pipeline[];
  /** Of all files, sorted, without those that are suppressed. A file that can't be read has one as well. */
  readonly diagnostics: readonly Diagnostic[];
  readonly suppressed: readonly Suppressed[];
  /** All that was found, before levels and suppressions: to settle it together with what else is found. */
  readonly found: Found;
  /** Files and folders that could not be read, as diagnostics name them. */
  readonly unreadable: readonly string[];
  /** The text of a file, for code frames. */
  readonly sourceOf: (file: string) => string | undefined;
}

/** What to check: a file or a folder (absolute), or a text that stands in no file. */
export type Source = string | { readonly path: string; readonly bytes: Uint8Array };

export interface CatalogOptions extends CompileOptions {
  /** Files are named relative to this folder. Absolute. */
  readonly cwd: string;
}

/** Reads and checks files and folders. Each file counts once. Never throws: what can't be read has a diagnostic. */
export function loadCatalog(sources: readonly Source[], options: CatalogOptions): Catalog {
  const read = new Map<string, Uint8Array>();
  const problems = new Map<string, Diagnostic>();
  const nameOf = (path: string): string => nameFor(path, options.cwd);
  const readFile = (path: string): void => {
    try {
      read.set(nameOf(path), readFileSync(path));
    } catch (error) {
      problems.set(nameOf(path), unreadable(nameOf(path), "file", error));
    }
  };
  for (const source of sources) {
    if (typeof source !== "string") read.set(source.path, source.bytes);
    else if (!isFolder(source)) readFile(source);
    else {
      const { files, closed } = findFiles(source);
      for (const { path, error } of closed) problems.set(nameOf(path), unreadable(nameOf(path), "folder", error));
      for (const file of files) readFile(file);
    }
  }
  const files = [...read].map(([path, bytes]): SourceFile => ({ path, bytes })).sort((a, b) => compare(a.path, b.path));
  const { pipelines, diagnostics, suppressed, found } = checkFiles(files, options);
  const closed = [...problems.values()];
  const all = (each: readonly Diagnostic[]): readonly Diagnostic[] =>
    [...each, ...closed].sort((a, b) => compare(a.file, b.file));
  return {
    files: [...new Set([...read.keys(), ...problems.keys()])].sort(),
    pipelines,
    diagnostics: all(diagnostics),
    suppressed,
    found: { ...found, diagnostics: all(found.diagnostics) },
    unreadable: [...problems.keys()].sort(),
    sourceOf: (file) => {
      const bytes = read.get(file);
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    },
  };
}

/** How a file is called in diagnostics: relative to a folder, with slashes. */
export function nameFor(path: string, cwd: string): string {
  return relative(cwd, path).split(sep).join("/") || ".";
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

const START = { line: 1, column: 1, offset: 0 };

/** What system errors say of a file, in words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  ELOOP: "its links lead in a circle",
  EIO: "the disk failed",
};

function unreadable(file: string, what: "file" | "folder", error: unknown): Diagnostic {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return {
    code: "ENG105",
    name: "encoding-or-size",
    severity: "error",
    file,
    range: { start: START, end: START },
    message: `the ${what} can't be read: ${REASONS[code] ?? message}`,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
