import { buildPipeline } from "./build.ts";
import type { CheckInfo, CompileOptions } from "./checks/check.ts";
import { CHECKS } from "./checks/index.ts";
import { walkCatalog, walkFile } from "./checks/walk.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { parseFile, type SourceFile } from "./file.ts";
import type { PipelineSource } from "./model.ts";
import { compareText, sortDiagnostics } from "./order.ts";
import type { Pipeline } from "./pipeline.ts";
import { nameIn, readPipeline } from "./read-model.ts";
import { checkShape } from "./shape/shape.ts";
import { type PipelineSummary, summarise } from "./summary.ts";
import { readSuppressions, type SuppressionComment } from "./suppression/comments.ts";
import { NO_POLICY, type SettleOptions } from "./suppression/policy.ts";
import { canBeLowered, type Found, type Settled, type Suppressed, settle } from "./suppression/settle.ts";

/** Every code that a finding can have, sorted. `docs/checks/` has a page on each. */
export const checkInfos: readonly CheckInfo[] = CHECKS.map(({ code, name, severity, summary }) => ({
  code,
  name,
  severity,
  summary,
})).sort((a, b) => compareText(a.code, b.code));

export interface Compiled {
  /** Absent when there is an error that leaves nothing to run, one that can't be suppressed. */
  readonly pipeline?: Pipeline;
  /** Sorted by position and code. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface CheckedFiles {
  /** Those without an error, in the order of the files. What a rule has raised to an error is none here. */
  readonly pipelines: readonly Pipeline[];
  /** Of all files, sorted by file, position and code; without those that are suppressed. */
  readonly diagnostics: readonly Diagnostic[];
  readonly suppressed: readonly Suppressed[];
  /** What was found, before levels and suppressions. */
  readonly found: Found;
}

/** Turns a file into a pipeline, or says what is wrong with it. Never throws, whatever the bytes. */
export function compile(file: SourceFile, options: CompileOptions): Compiled {
  const { source, ...findings } = checkFile(file, options);
  const found = findTogether([findings], options);
  const { diagnostics } = settled(found, options);
  const usable = found.diagnostics.every(({ code }) => canBeLowered(code));
  return usable && source !== undefined ? { pipeline: buildPipeline(source), diagnostics } : { diagnostics };
}

/** Checks files each by itself and against each other. Never throws, whatever the bytes. */
export function checkFiles(files: readonly SourceFile[], options: CompileOptions): CheckedFiles {
  return joinFiles(
    files.map((file) => checkFile(file, options)),
    options,
  );
}

/**
 * What `checkFiles` says of files that were checked each by itself before, with the same operators and surroundings. A
 * file that is given again has the very pipeline that it had.
 */
export function joinFiles(checked: readonly CheckedFile[], options: CompileOptions): CheckedFiles {
  const found = findTogether(checked, options);
  const sources = checked.flatMap(({ source }) => source ?? []);
  const { diagnostics, suppressed } = settled(found, options);
  const broken = new Set(diagnostics.filter(isErrorByItself).map((one) => one.file));
  const pipelines = sources.filter((source) => !broken.has(source.text.path)).map(built);
  return { pipelines, diagnostics, suppressed, found };
}

/** What `checkFiles` says of files that were checked each by itself before, with the same operators and surroundings. */
export function checkTogether(checked: readonly FileFindings[], options: CompileOptions): Settled {
  return settled(findTogether(checked, options), options);
}

/** What is found in files that were checked each by itself before, and between them; before levels and suppressions. */
export function findTogether(checked: readonly FileFindings[], options: CompileOptions): Found {
  const summaries = checked.flatMap(({ summary }) => summary ?? []);
  const across = walkCatalog(CHECKS, options, summaries);
  const diagnostics = sortDiagnostics([...checked.flatMap((one) => one.diagnostics), ...across]);
  return { diagnostics, comments: checked.flatMap((one) => one.comments) };
}

const pipelinesOf = new WeakMap<PipelineSource, Pipeline>();

function built(source: PipelineSource): Pipeline {
  const known = pipelinesOf.get(source) ?? buildPipeline(source);
  pipelinesOf.set(source, known);
  return known;
}

function settled(found: Found, options: CompileOptions): Settled {
  return settle(found, options.settle ?? WITHOUT_CONFIG);
}

const WITHOUT_CONFIG: SettleOptions = { policy: NO_POLICY, folder: "", complete: false };

/** Rules may make an error of what is none: the verdict of a check is then another, but the pipeline can run. */
function isErrorByItself({ code, severity }: Diagnostic): boolean {
  return severity === "error" && CHECKS.some((check) => check.code === code && check.severity === "error");
}

/** A file that was checked by itself, before anybody compared it with others or asked what to make of its findings. */
export interface CheckedFile {
  readonly diagnostics: readonly Diagnostic[];
  readonly comments: readonly SuppressionComment[];
  /** What checks across files see; absent when the file can't be parsed. */
  readonly summary?: PipelineSummary;
  /** Its model; absent when the file can't be parsed. */
  readonly source?: PipelineSource;
}

/** What is left of a checked file without its tree: plain data, to be kept in a cache or handed between threads. */
export type FileFindings = Omit<CheckedFile, "source">;

/** Checks a file by itself. Never throws, whatever the bytes. */
export function checkFile(file: SourceFile, options: CompileOptions): CheckedFile {
  const parsed = parseFile(file);
  const comments = readSuppressions(parsed.text);
  if (parsed.root === undefined) return { diagnostics: walkFile(CHECKS, options, parsed, [], undefined), comments };
  const shape = checkShape(parsed.root, options.operators);
  const source = parsed.root.kind === "map" ? readPipeline(parsed.text, parsed.root, options, shape) : undefined;
  const diagnostics = walkFile(CHECKS, options, parsed, shape.problems, source);
  return source === undefined
    ? { diagnostics, comments }
    : { diagnostics, comments, summary: summarise(source), source };
}

/** The name of the pipeline in a file, whatever else is wrong with it. Never throws. */
export function pipelineName(file: SourceFile): string {
  return nameIn(file.path, parseFile(file).root);
}
