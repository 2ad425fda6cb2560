import {
  type CompileOptions,
  checkFiles,
  type Diagnostic,
  type Found,
  type Pipeline,
  type SourceFile,
  type Suppressed,
  sortDiagnostics,
} from "../language/index.ts";
import { listFiles, readListed, type Source } from "./list.ts";
import { unreadable } from "./unreadable.ts";

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

export interface CatalogOptions extends CompileOptions {
  /** Files are named relative to this folder. Absolute. */
  readonly cwd: string;
}

/** Reads and checks files and folders. Each file counts once. Never throws: what can't be read has a diagnostic. */
export function loadCatalog(sources: readonly Source[], options: CatalogOptions): Catalog {
  const listed = listFiles(sources, options.cwd);
  const problems = new Map(listed.problems);
  const read = new Map<string, Uint8Array>();
  for (const file of listed.files) {
    const content = readListed(file);
    if (content === "gone") continue;
    if ("bytes" in content) read.set(file.name, content.bytes);
    else problems.set(file.name, unreadable(file.name, "file", content.reason));
  }
  const files = [...read].map(([path, bytes]): SourceFile => ({ path, bytes }));
  const { pipelines, diagnostics, suppressed, found } = checkFiles(files, options);
  const closed = [...problems.values()];
  const all = (each: readonly Diagnostic[]): readonly Diagnostic[] => sortDiagnostics([...each, ...closed]);
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
