import { listFiles, nameFor, readListed, type Source } from "../../catalog/index.ts";
import type { Config } from "../../config/index.ts";
import { type Diagnostic, type FixedFile, type Found, fixFiles, type SourceFile } from "../../language/index.ts";
import { compileOptions } from "../load.ts";
import { printDiff } from "../output/diff.ts";
import { rewrite } from "../output/rewrite.ts";
import type { Cli } from "../terminal.ts";

/** What `--fix` and `--diff` ask for. */
export interface FixRequest {
  readonly unsafe: boolean;
  /** Shows what would be written, and writes nothing. */
  readonly diff: boolean;
}

/** The files as they are now. */
export interface Mended {
  readonly sources: readonly Source[];
  /** How many findings were mended. */
  readonly fixed: number;
  /** Findings whose fix would have led to an error. */
  readonly refused: readonly Diagnostic[];
  /** Whether a file could not be written. */
  readonly failed: boolean;
  /** Whether standard output is taken, by a diff or by the text of standard input. */
  readonly printed: boolean;
}

/** Mends what can be mended in files and folders; the text of standard input goes to standard output. */
export function mendSources(cli: Cli, config: Config, sources: readonly Source[], request: FixRequest): Mended {
  const listed = listFiles(sources, cli.cwd).files;
  const files = listed.flatMap((file): (SourceFile & { readonly on?: string | undefined })[] => {
    const content = readListed(file);
    return content !== "gone" && "bytes" in content ? [{ path: file.name, bytes: content.bytes, on: file.path }] : [];
  });
  // Other programs have nothing to say to a fix, and would be asked again and again.
  const { shellcheck: _, ...options } = compileOptions(cli, config);
  const mended = new Map(
    fixFiles(files, { ...options, unsafe: request.unsafe }).map((file): [string, FixedFile] => [file.path, file]),
  );
  const stdin = sources.find((source) => typeof source !== "string");
  let [fixed, failed] = [0, false];
  for (const { path, on } of files) {
    const file = mended.get(path);
    // A pipe that was named can't be written to, and nobody reads what would be.
    if (file === undefined || (on === undefined && path !== stdin?.path)) continue;
    for (const { finding, error } of file.refused) {
      const { line, column } = finding.range.start;
      const why = `it would lead to ${error.code}: ${error.message}`;
      cli.err.line(`${path}:${line}:${column}: ${finding.code} is not fixed: ${why}`);
    }
    if (file.after === file.before) continue;
    if (request.diff) printDiff(cli.out, path, file.before, file.after);
    else if (on === undefined || rewrite(cli, { name: path, path: on, before: file.before, after: file.after })) {
      fixed += file.fixes;
    } else failed = true;
  }
  if (!request.diff && stdin !== undefined) cli.out.write(mended.get(stdin.path)?.after ?? textOf(stdin.bytes));
  return {
    sources: asTheyAre(cli, sources, files, request.diff ? new Map() : mended),
    fixed,
    refused: [...mended.values()].flatMap((file) => file.refused.map(({ finding }) => finding)),
    failed,
    printed: request.diff || stdin !== undefined,
  };
}

/** What was found, but for the fixes that were refused: nobody is to be told to try them again. */
export function withoutRefused(found: Found, refused: readonly Diagnostic[]): Found {
  const keys = new Set(refused.map(keyOf));
  const diagnostics = found.diagnostics.map((finding) => {
    if (finding.fix === undefined || !keys.has(keyOf(finding))) return finding;
    const { fix: _, ...rest } = finding;
    return rest;
  });
  return { ...found, diagnostics };
}

function keyOf({ file, code, message, fix }: Diagnostic): string {
  return [file, code, message, fix?.title].join("\0");
}

/** Nothing for what is no text: it would be another one when it is written again. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(bytes);
  } catch {
    return "";
  }
}

/** What comes out of a pipe comes once, so what was read of it is kept. */
function asTheyAre(
  cli: Cli,
  sources: readonly Source[],
  files: readonly (SourceFile & { readonly on?: string | undefined })[],
  mended: ReadonlyMap<string, FixedFile>,
): readonly Source[] {
  return sources.map((source) => {
    const name = typeof source === "string" ? nameFor(source, cli.cwd) : source.path;
    const file = files.find((each) => each.path === name && each.on === undefined);
    if (file === undefined) return source;
    const after = mended.get(name)?.after;
    return {
      path: name,
      bytes: after === undefined ? (file.bytes ?? new Uint8Array()) : new TextEncoder().encode(after),
    };
  });
}
