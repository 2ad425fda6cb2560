import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkFiles, type Diagnostic, formatPretty, type SourceFile } from "../../src/language/index.ts";
import { operators } from "../../src/operators/index.ts";

/*
 * Fixtures of the checks: `ok/` is silent, `err/` says what its `.out` holds. A fixture is a file, or a folder
 * of files that are checked in one go. Its name begins with the code that it is about.
 */

/** The pools that exist in the fixtures. */
const POOLS: ReadonlySet<string> = new Set(["gpu"]);

const CODE = /^ENG\d{3}/;

export interface Fixture {
  /** `ENG201-misspelt`, without the ending. */
  readonly name: string;
  readonly code: string | undefined;
  readonly files: readonly SourceFile[];
}

/** The fixtures of `ok/` or `err/`, by name. */
export function fixturesOf(kind: "ok" | "err"): readonly Fixture[] {
  const folder = join(import.meta.dirname, kind);
  return readdirSync(folder)
    .filter((entry) => !entry.endsWith(".out"))
    .sort()
    .map((entry) => {
      const path = join(folder, entry);
      const isFolder = statSync(path).isDirectory();
      const names = isFolder ? readdirSync(path).sort().map((name) => join(entry, name)) : [entry];
      // Without the code, so that a pipeline may take its name from its file.
      const files = names.map((name) => ({ path: name.replace(/^ENG\d{3}-/, ""), bytes: readFileSync(join(folder, name)) }));
      return { name: entry.replace(/\.ya?ml$/, ""), code: CODE.exec(entry)?.[0], files };
    });
}

/** What the checks say of files that belong together. */
export function check(files: readonly SourceFile[]): readonly Diagnostic[] {
  return checkFiles(files, { operators, pools: POOLS }).diagnostics;
}

/** The findings as a person sees them, without colour. */
export function pretty(files: readonly SourceFile[], diagnostics: readonly Diagnostic[]): string {
  const textOf = (file: SourceFile): string => file.text ?? new TextDecoder().decode(file.bytes);
  const sources = new Map(files.map((file) => [file.path, textOf(file)]));
  return formatPretty(diagnostics, { color: false, sourceOf: (path) => sources.get(path) });
}
