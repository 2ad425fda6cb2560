import type { JsonObject, JsonValue } from "../lib/index.ts";
import { CHECKS } from "./checks/index.ts";
import { walkFile } from "./checks/walk.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { parseFile, type SourceFile } from "./file.ts";
import { explain } from "./shape/explain.ts";
import type { Problem } from "./shape/problem.ts";
import type { Schema } from "./shape/schema-words.ts";
import { toJson } from "./source.ts";

/** What a YAML file that is no pipeline may hold. */
export interface DocumentDefinition {
  /** How messages call the whole: `engine.yaml`. */
  readonly name: string;
  /** JSON Schema (draft-07), in the part of it that the language uses itself. */
  readonly schema: JsonObject;
  /** The same, compiled ahead of time. */
  readonly validate: (value: unknown) => boolean;
}

export interface CheckedDocument {
  /** What the file says; absent when there is an error. A file of nothing but comments says `{}`. */
  readonly value?: JsonValue;
  /** In the codes of pipelines, sorted by position. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Checks a YAML file that is no pipeline as pipelines are checked: same codes, words and positions. Never throws. */
export function checkDocument(file: SourceFile, definition: DocumentDefinition): CheckedDocument {
  const parsed = parseFile(file);
  if (parsed.root === undefined && saysNothing(parsed.text.text)) return { value: {}, diagnostics: [] };
  const value = parsed.root === undefined ? undefined : toJson(parsed.root);
  let shape: readonly Problem[] = [];
  if (parsed.root !== undefined && !definition.validate(value)) {
    const found = explain(definition.schema as Schema, parsed.root, undefined, definition.name);
    const message = `${definition.name} does not fit its schema`;
    const unexplained = { kind: "bad_value", at: { start: 0, end: 0 }, broken: parsed.root, message } as const;
    shape = found.length > 0 ? found : [unexplained];
  }
  const diagnostics = walkFile(CHECKS, { operators: new Map() }, parsed, shape, undefined);
  const sorted = [...diagnostics].sort((a, b) => a.range.start.offset - b.range.start.offset);
  const wrong = sorted.some(({ severity }) => severity === "error");
  return { diagnostics: sorted, ...(wrong || value === undefined ? {} : { value }) };
}

function saysNothing(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(#.*)?$|^---\s*$/.test(line));
}
