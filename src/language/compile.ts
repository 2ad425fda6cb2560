import { buildPipeline } from "./build.ts";
import type { CheckInfo, CompileOptions } from "./checks/check.ts";
import { CHECKS } from "./checks/index.ts";
import { walkCatalog, walkFile } from "./checks/walk.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { parseFile, type SourceFile } from "./file.ts";
import type { PipelineSource } from "./model.ts";
import type { Pipeline } from "./pipeline.ts";
import { readPipeline } from "./read-model.ts";
import { checkShape } from "./shape/shape.ts";

/** Every code that a finding can have, sorted. `docs/checks/` has a page on each. */
export const checkInfos: readonly CheckInfo[] = CHECKS.map(({ code, name, severity, summary }) => ({
  code,
  name,
  severity,
  summary,
})).sort((a, b) => compareText(a.code, b.code));

export interface Compiled {
  /** Absent when there is an error. */
  readonly pipeline?: Pipeline;
  /** Sorted by position and code. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface CheckedFiles {
  /** Those without an error, in the order of the files. */
  readonly pipelines: readonly Pipeline[];
  /** Of all files, sorted by file, position and code. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Turns a file into a pipeline, or says what is wrong with it. Never throws, whatever the bytes. */
export function compile(file: SourceFile, options: CompileOptions): Compiled {
  const { pipelines, diagnostics } = checkFiles([file], options);
  const [pipeline] = pipelines;
  return pipeline === undefined ? { diagnostics } : { pipeline, diagnostics };
}

/** Checks files each by itself and against each other. Never throws, whatever the bytes. */
export function checkFiles(files: readonly SourceFile[], options: CompileOptions): CheckedFiles {
  const checked = files.map((file) => checkFile(file, options));
  const sources = checked.flatMap(({ source }) => source ?? []);
  const across = walkCatalog(CHECKS, options, sources);
  const diagnostics = sortDiagnostics([...checked.flatMap((one) => one.diagnostics), ...across]);
  const broken = new Set(diagnostics.filter((one) => one.severity === "error").map((one) => one.file));
  const pipelines = sources.filter((source) => !broken.has(source.text.path)).map(buildPipeline);
  return { pipelines, diagnostics };
}

interface CheckedFile {
  readonly diagnostics: readonly Diagnostic[];
  readonly source?: PipelineSource;
}

function checkFile(file: SourceFile, options: CompileOptions): CheckedFile {
  const parsed = parseFile(file);
  if (parsed.root === undefined) return { diagnostics: walkFile(CHECKS, options, parsed, [], undefined) };
  const shape = checkShape(parsed.root, options.operators);
  const source = parsed.root.kind === "map" ? readPipeline(parsed.text, parsed.root, options, shape) : undefined;
  const diagnostics = walkFile(CHECKS, options, parsed, shape.problems, source);
  return source === undefined ? { diagnostics } : { diagnostics, source };
}

/** By file, position and code. The same finding twice (an alias shows a mistake twice) counts once. */
function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const distinct = new Map(
    diagnostics.map((one) => [[one.file, one.range.start.offset, one.code, one.message].join("\0"), one]),
  );
  return [...distinct.values()].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.range.start.offset - b.range.start.offset ||
      compareText(a.code, b.code) ||
      a.range.end.offset - b.range.end.offset ||
      compareText(a.message, b.message),
  );
}

/** By UTF-16 units: the same everywhere, whatever the locale. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
