import { isDeepStrictEqual } from "node:util";
import {
  type CompileOptions,
  checkFile,
  compile,
  type Diagnostic,
  findTogether,
  fingerprintsOf,
  fixFiles,
  formatConcise,
  formatFile,
  formatGithub,
  formatJson,
  formatJsonl,
  formatJunit,
  formatPretty,
  formatSarif,
  type Range,
  type Report,
  settle,
} from "../../../src/language/index.ts";
import { operators } from "../../../src/operators/index.ts";

/** Surroundings in which every check has something to ask. */
const OPTIONS: CompileOptions = {
  operators,
  pools: new Map([["gpu", 2]]),
  now_ms: Date.UTC(2026, 0, 31),
  secrets: new Set(["TOKEN"]),
  pipelineNames: () => new Set(["ingest"]),
  pathKind: (path) => (path.includes("..") ? "outside" : "nothing"),
};

const FILE = "fuzzed.yaml";

/** CPU time in which any file is checked, however large, in milliseconds: a hundred times what an ordinary large file takes. */
const CPU_MAX_MS = 5_000;

/** What formats, fixes and layout are tried on: one file of so many, for they take longer than the checks. */
const FURTHER_EVERY = 10;

/**
 * Checks a file of these bytes, and says everything of it that can be said. Throws when anything throws, when a place
 * is outside of the file, when what would be cached is not plain data, or when it takes too long.
 */
export function probe(bytes: Uint8Array, seed: number): readonly Diagnostic[] {
  const begun = process.threadCpuUsage();
  const { source: _, ...findings } = checkFile({ path: FILE, bytes }, OPTIONS);
  const spent = process.threadCpuUsage(begun);
  const text = new TextDecoder().decode(bytes).replace(/^\uFEFF/, "");
  holdToFile(text, findings.diagnostics);
  for (const { range, removal, codes } of findings.comments) {
    for (const place of [range, removal, ...codes.map((code) => code.range)]) holdRange(text, place);
  }
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(findings)), findings))
    throw new Error("what is found is not plain data");
  const { diagnostics } = settle(findTogether([findings], OPTIONS), { policy: NO_POLICY, folder: "", complete: true });
  const { pipeline } = compile({ path: FILE, bytes }, OPTIONS);
  if (pipeline === undefined && !diagnostics.some(({ severity }) => severity === "error")) {
    throw new Error("there is neither a pipeline nor an error");
  }
  if (seed % FURTHER_EVERY === 0) further(bytes, text, diagnostics);
  const cpu_ms = (spent.user + spent.system) / 1000;
  if (cpu_ms > CPU_MAX_MS) throw new Error(`checking ${bytes.length} bytes took ${cpu_ms.toFixed(0)} ms`);
  return diagnostics;
}

const NO_POLICY = { rules: {}, overrides: [], ignore: [] };

/** Every format, the fixes and the layout. */
function further(bytes: Uint8Array, text: string, diagnostics: readonly Diagnostic[]): void {
  const sourceOf = (): string => text;
  const pathOf = (file: string): string => file;
  const report: Report = {
    version: "0.0.0",
    files: [FILE],
    diagnostics,
    suppressed: [],
    fingerprints: fingerprintsOf(diagnostics, { sourceOf, pathOf }),
    fail_on: "error",
    sourceOf,
    pathOf,
    docsUrlOf: (code) => code,
    docsOf: () => undefined,
  };
  formatPretty(diagnostics, { color: true, sourceOf });
  const lines = formatConcise(report).split("\n");
  if (diagnostics.length > 0 && lines.length < diagnostics.length) throw new Error("a finding has no line");
  JSON.parse(formatJson(report));
  for (const line of formatJsonl(report).trim().split("\n")) if (line !== "") JSON.parse(line);
  JSON.parse(formatSarif(report));
  formatGithub(report);
  formatJunit(report);
  fixFiles([{ path: FILE, bytes }], { ...OPTIONS, unsafe: true });
  const laidOut = formatFile({ path: FILE, bytes }, { operators, isPipeline: true });
  if (!laidOut.ok) return;
  const again = formatFile({ path: FILE, text: laidOut.after }, { operators, isPipeline: true });
  if (!again.ok || again.after !== laidOut.after) throw new Error("the layout is not laid out");
}

/** The text as findings count in it: without its byte order mark. */
function holdToFile(text: string, diagnostics: readonly Diagnostic[]): void {
  for (const { file, range, message, related = [], fix } of diagnostics) {
    if (file !== FILE || message === "") throw new Error(`a finding of the file ${file} says "${message}"`);
    holdRange(text, range);
    for (const place of related) holdRange(text, place.range);
    for (const edit of fix?.edits ?? []) holdRange(text, edit.range);
  }
}

function holdRange(text: string, { start, end }: Range): void {
  if (end.offset < start.offset) throw new Error(`a place ends before it begins: ${start.offset} to ${end.offset}`);
  for (const { line, column, offset } of [start, end]) {
    const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
    const inside = offset >= 0 && offset <= text.length;
    // The first look is cheap; counting lines is left to one place in a hundred.
    const right = column === offset - (offset === 0 ? 0 : lineStart) + 1;
    const counted = offset % 100 !== 0 || line === text.slice(0, offset).split("\n").length;
    if (!inside || !right || !counted) {
      throw new Error(`there is no place ${line}:${column}, offset ${offset}, in a text of ${text.length}`);
    }
  }
}
