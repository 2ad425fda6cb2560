import { createHash } from "node:crypto";
import type { Diagnostic, Range, Severity } from "../diagnostic.ts";

/*
 * Findings for other programs. The shape is versioned; fields are added to it, never changed.
 */

export interface JsonReport {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: string; readonly version: string };
  /** Every file that was checked, in order. */
  readonly files: readonly string[];
  readonly summary: {
    readonly files: number;
    readonly errors: number;
    readonly warnings: number;
    readonly infos: number;
  };
  readonly diagnostics: readonly JsonDiagnostic[];
}

export interface JsonDiagnostic {
  readonly code: string;
  readonly name: string;
  readonly severity: Severity;
  readonly message: string;
  readonly file: string;
  /** Lines and columns count from 1, columns and offsets in UTF-16 units; `end` is the first place after it. */
  readonly range: Range;
  readonly related: readonly { readonly file: string; readonly range: Range; readonly message: string }[];
  readonly help?: string;
  /** The page on this code, from the project's root. */
  readonly docsUrl: string;
  /** Stays the same while the finding does, also when lines move. */
  readonly fingerprint: string;
}

export interface JsonOptions {
  /** The version of the engine. */
  readonly version: string;
  readonly files: readonly string[];
  /** The text of a file, when it is at hand. */
  readonly sourceOf: (file: string) => string | undefined;
}

export function jsonReport(diagnostics: readonly Diagnostic[], options: JsonOptions): JsonReport {
  const count = (severity: Severity): number => diagnostics.filter((one) => one.severity === severity).length;
  const fingerprint = fingerprints(options.sourceOf);
  return {
    schemaVersion: 1,
    tool: { name: "engine", version: options.version },
    files: options.files,
    summary: {
      files: options.files.length,
      errors: count("error"),
      warnings: count("warning"),
      infos: count("info"),
    },
    diagnostics: diagnostics.map((diagnostic) => {
      const { code, name, severity, message, file, range, hint, related = [] } = diagnostic;
      return {
        code,
        name,
        severity,
        message,
        file,
        range,
        related,
        ...(hint === undefined ? {} : { help: hint }),
        docsUrl: `docs/checks/${code}.md`,
        fingerprint: fingerprint(diagnostic),
      };
    }),
  };
}

/** Of the code, the file and the line's text without its white space; equal ones are numbered in their order. */
function fingerprints(sourceOf: JsonOptions["sourceOf"]): (diagnostic: Diagnostic) => string {
  const lines = new Map<string, readonly string[]>();
  const seen = new Map<string, number>();
  return ({ code, file, range }) => {
    const source = lines.get(file) ?? sourceOf(file)?.split("\n") ?? [];
    lines.set(file, source);
    const text = (source[range.start.line - 1] ?? "").replace(/\s+/g, " ").trim();
    const key = [code, file, text].join("\0");
    const number = seen.get(key) ?? 0;
    seen.set(key, number + 1);
    return createHash("sha256").update(`${key}\0${number}`).digest("hex").slice(0, 16);
  };
}
