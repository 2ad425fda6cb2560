import type { JsonObject, JsonValue } from "../lib/index.ts";
import { hardCodedCredential } from "./checks/hard-coded-credential.ts";
import { CHECKS } from "./checks/index.ts";
import { walkFile } from "./checks/walk.ts";
import type { Diagnostic, Range } from "./diagnostic.ts";
import { type DocumentTexts, textsIn } from "./document-texts.ts";
import { parseFile, type SourceFile } from "./file.ts";
import type { ParsedFile } from "./parse.ts";
import { explain } from "./shape/explain.ts";
import type { Problem } from "./shape/problem.ts";
import type { Schema } from "./shape/schema-words.ts";
import { toJson } from "./source.ts";
import { readSuppressions, type SuppressionComment } from "./suppression/comments.ts";
import type { Span } from "./text.ts";

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
  /** Where a value stands, by the keys and list positions that lead there; where none does, its nearest holder. */
  readonly placeOf: (path: readonly (string | number)[]) => Range;
  /** The same of the key in front of it. */
  readonly keyPlaceOf: (path: readonly (string | number)[]) => Range;
  /** Checks texts that are evaluated later. Nothing is found in a document with an error. */
  readonly checkTexts: (texts: DocumentTexts) => readonly Diagnostic[];
  /** What its comments accept. */
  readonly comments: readonly SuppressionComment[];
}

/** Checks a YAML file that is no pipeline as pipelines are checked: same codes, words and positions. Never throws. */
export function checkDocument(file: SourceFile, definition: DocumentDefinition): CheckedDocument {
  const parsed = parseFile(file);
  const comments = readSuppressions(parsed.text);
  const places = { ...placesIn(parsed), comments, checkTexts: () => [] };
  if (parsed.root === undefined && saysNothing(parsed.text.text)) return { value: {}, diagnostics: [], ...places };
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
  if (wrong || value === undefined) return { diagnostics: sorted, ...places };
  const checkTexts = (texts: DocumentTexts): readonly Diagnostic[] => {
    const options = { operators: new Map(), secrets: texts.secrets };
    const checks = texts.isCredential === undefined ? CHECKS_OF_TEXTS : [...CHECKS_OF_TEXTS, hardCodedCredential];
    return walkFile(checks, options, parsed, [], textsIn(parsed, texts));
  };
  return { diagnostics: sorted, ...places, checkTexts, value };
}

/** The checks that ask nothing of a pipeline but its texts. */
const CHECKS_OF_TEXTS = CHECKS.flatMap((check) => {
  const { expression } = check.visit;
  return expression === undefined ? [] : { ...check, visit: { expression } };
});

function placesIn({ root, text }: ParsedFile): Pick<CheckedDocument, "placeOf" | "keyPlaceOf"> {
  const find = (path: readonly (string | number)[]): { key: Span; value: Span } => {
    let place: { key: Span; value: Span } = { key: { start: 0, end: 0 }, value: root ?? { start: 0, end: 0 } };
    let node = root;
    for (const step of path) {
      const entry = node?.kind === "map" ? node.entry(String(step)) : undefined;
      node = entry?.value ?? (node?.kind === "list" ? node.items[Number(step)] : undefined);
      if (node === undefined) break;
      place = { key: entry?.keyNode ?? node, value: node };
    }
    return place;
  };
  return { placeOf: (path) => text.range(find(path).value), keyPlaceOf: (path) => text.range(find(path).key) };
}

function saysNothing(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(#.*)?$|^---\s*$/.test(line));
}
