import type { Diagnostic } from "../diagnostic.ts";
import type { Settled } from "./settle.ts";

/*
 * What was found when a repository took up these checks: known, and to be mended in its own time. New findings are
 * shown; what the baseline has is not.
 */

/** One finding that is accepted. */
export interface BaselineEntry {
  /** From the repository's root. */
  readonly file: string;
  readonly code: string;
  readonly fingerprint: string;
}

interface BaselineFile {
  readonly schema_version: 1;
  readonly findings: readonly BaselineEntry[];
}

type Fingerprints = ReadonlyMap<Diagnostic, string>;

/** Reads the text of a baseline. The result is undefined when it is none. */
export function readBaseline(text: string): readonly BaselineEntry[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { schema_version, findings } = (value ?? {}) as Partial<BaselineFile>;
  const usable = schema_version === 1 && Array.isArray(findings) && findings.every(isEntry);
  return usable ? findings : undefined;
}

function isEntry(value: Partial<BaselineEntry> | null): boolean {
  return [value?.file, value?.code, value?.fingerprint].every((each) => typeof each === "string");
}

/** One entry a line, sorted, so that a difference between two of them can be read. */
export function formatBaseline(entries: readonly BaselineEntry[]): string {
  const keyed = entries.map((entry) => ({ entry, key: [entry.file, entry.code, entry.fingerprint].join("\0") }));
  const lines = keyed
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ entry: { file, code, fingerprint } }) => `    ${JSON.stringify({ file, code, fingerprint })}`);
  const list = lines.length === 0 ? "[]" : `[\n${lines.join(",\n")}\n  ]`;
  return `{\n  "schema_version": 1,\n  "findings": ${list}\n}\n`;
}

/** The entries that accept these findings. */
export function baselineOf(
  diagnostics: readonly Diagnostic[],
  fingerprints: Fingerprints,
  pathOf: (file: string) => string,
): readonly BaselineEntry[] {
  return diagnostics.map((each) => ({
    file: pathOf(each.file),
    code: each.code,
    fingerprint: fingerprints.get(each) ?? "",
  }));
}

/** Suppresses what the baseline has. `unused`: its entries that no finding fits, not even a suppressed one. */
export function applyBaseline(
  { diagnostics, suppressed }: Settled,
  fingerprints: Fingerprints,
  entries: readonly BaselineEntry[],
): Settled & { readonly unused: readonly BaselineEntry[] } {
  const accepted = new Set(entries.map(({ fingerprint }) => fingerprint));
  const isAccepted = (each: Diagnostic): boolean => accepted.has(fingerprints.get(each) ?? "");
  const present = new Set(fingerprints.values());
  return {
    diagnostics: diagnostics.filter((each) => !isAccepted(each)),
    suppressed: [
      ...suppressed,
      ...diagnostics
        .filter(isAccepted)
        .map((diagnostic) => ({ diagnostic, suppression: { kind: "baseline" } as const })),
    ],
    unused: entries.filter(({ fingerprint }) => !present.has(fingerprint)),
  };
}
