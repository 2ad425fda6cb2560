import { suggest } from "../../lib/index.ts";
import { type FindingFix, replaceText, respell } from "../mend.ts";
import type { MapEntry, MapNode } from "../source.ts";
import type { Place, Problem } from "./problem.ts";
import { either, firstSentence, listed, lowerFirst, type Schema } from "./schema-words.ts";
import { SYNONYMS } from "./synonyms.ts";

/*
 * What is wrong with the keys of a mapping: missing, unknown, too few, together.
 */

/** Allowed keys that a hint lists. More would hide the message. */
const LISTED_MAX = 20;

/** Missing keys, keys that need another one, and how many there are. */
export function keyProblems(schema: Schema, node: MapNode, place: Place): readonly Problem[] {
  const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema;
  const at = place.key ?? firstKey(node);
  if (node.entries.length === 0 && minProperties > 0) {
    const hint = "fill it in, or remove the key";
    return [{ kind: "empty", at, broken: node, message: `${place.name} is an empty mapping`, hint }];
  }
  if (node.entries.length > maxProperties) {
    const message = `${place.name} has more than ${maxProperties} ${maxProperties === 1 ? "key" : "keys"}`;
    return [{ kind: "bad_value", at, broken: node, message }];
  }
  const missing = (schema.required ?? []).filter(
    (key) => node.entry(key) === undefined && !isMisspelt(key, schema, node),
  );
  const problems = missing.map((key): Problem => {
    const message = `${place.name} has no \`${key}\``;
    return { kind: "missing_key", at, broken: node, message, hint: describe(schema, key) };
  });
  for (const [key, others] of Object.entries(schema.dependencies ?? {})) {
    const entry = node.entry(key);
    const absent = others.filter((other) => node.entry(other) === undefined);
    if (entry === undefined || absent.length === 0) continue;
    const message = `\`${key}\` says nothing without ${either(
      absent.map((other) => `\`${other}\``),
      "and",
    )}`;
    problems.push({ kind: "missing_key", at: entry.keyNode, broken: entry.value, message });
  }
  return problems;
}

/** A mapping without any key of its own place is shown by its first key, or where it would begin. */
function firstKey(node: MapNode): { start: number; end: number } {
  return node.entries[0]?.keyNode ?? { start: node.start, end: node.start };
}

/** A key that was meant to be this one is reported as unknown, and that is enough. */
function isMisspelt(key: string, schema: Schema, node: MapNode): boolean {
  const known = schema.properties ?? {};
  return node.entries.some((entry) => !Object.hasOwn(known, entry.key) && likelyMeant(entry.key, [key]) !== undefined);
}

function describe(schema: Schema, key: string): string {
  const description = schema.properties?.[key]?.description;
  return `add \`${key}\`${description === undefined ? "" : `: ${lowerFirst(firstSentence(description))}`}`;
}

/** A mapping with a key that it can't have. */
export interface Misplaced {
  readonly entry: MapEntry;
  /** The mapping. */
  readonly node: MapNode;
  readonly allowed: readonly string[];
  /** How to speak of the mapping. */
  readonly name: string;
  /** The allowed key under which this one would be right. */
  readonly home?: string | undefined;
}

export function unknownKey(misplaced: Misplaced): Problem {
  const { entry, allowed, name, home } = misplaced;
  const { key, keyNode } = entry;
  const message = `${name} has no key \`${key}\``;
  const hint = keyHint(key, allowed, home);
  return { kind: "unknown_key", at: keyNode, broken: keyNode, message, hint, fix: keyFix(misplaced) };
}

/** A key of another tool means nearly the same, and its value may have another form: that is for a person to look at. */
function keyFix({ entry: { key, keyNode }, node, allowed }: Misplaced): FindingFix | undefined {
  const meant = likelyMeant(key, allowed);
  if (meant === undefined || node.entry(meant) !== undefined) return undefined;
  return suggest(key, allowed) === meant
    ? respell(keyNode, { written: key, meant, candidates: allowed })
    : replaceText(keyNode, meant, false);
}

function keyHint(key: string, allowed: readonly string[], home: string | undefined): string {
  const meant = likelyMeant(key, allowed);
  if (meant !== undefined) return `did you mean \`${meant}\`?`;
  if (home !== undefined) return `\`${key}\` belongs under \`${home}\``;
  if (key === "<<") return "merge keys are not part of YAML 1.2; use `defaults`, or an alias of a whole value";
  if (allowed.length === 0) return "it takes no keys";
  return `the keys here are ${listed(allowed, LISTED_MAX)}`;
}

/** The key that was meant: spelt nearly so, or called so elsewhere. */
export function likelyMeant(key: string, allowed: readonly string[]): string | undefined {
  const synonym = Object.hasOwn(SYNONYMS, key.toLowerCase()) ? SYNONYMS[key.toLowerCase()] : undefined;
  return suggest(key, allowed) ?? allowed.find((candidate) => candidate === synonym);
}

/** Branches that differ only in which key has to be there; one may be for none of them. Undefined when they are something else. */
export function keyChoice(branches: readonly Schema[], place: Place, several: boolean): readonly Problem[] | undefined {
  const { node } = place;
  const choices = branches.filter(({ not }) => not === undefined);
  const keys = choices.flatMap(({ required, ...rest }) =>
    required?.[0] !== undefined && required.length === 1 && Object.keys(rest).length === 0 ? [required[0]] : [],
  );
  if (keys.length !== choices.length) return undefined;
  if (node.kind !== "map") return [];
  const present = keys.flatMap((key) => node.entry(key) ?? []);
  const at = place.key ?? firstKey(node);
  const names = keys.map((key) => `\`${key}\``);
  const [, second] = present;
  if (present.length === 0) {
    // A branch that is for none of them.
    if (choices.length < branches.length) return [];
    // A misspelt one is reported as unknown, and that is enough.
    if (node.entries.some((entry) => suggest(entry.key, keys) !== undefined)) return [];
    return [{ kind: "missing_key", at, broken: node, message: `${place.name} needs ${either(names)}` }];
  }
  if (second === undefined || several) return [];
  const message = `${place.name} has ${either(
    present.map((entry) => `\`${entry.key}\``),
    "and",
  )}, and only one of them can hold`;
  return [{ kind: "bad_value", at: second.keyNode, broken: node, message, hint: `keep one of ${either(names)}` }];
}
