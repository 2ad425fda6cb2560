import { parseDuration, suggest } from "../../lib/index.ts";
import { holdsExpression, notEvaluated } from "../expressions/not-evaluated.ts";
import type { FindingFix } from "../mend.ts";
import type { ListNode, SourceNode } from "../source.ts";
import { choiceFix, durationFix } from "./fixes.ts";
import { type Place, type Problem, type ProblemKind, visible } from "./problem.ts";
import { either, exampleHint, lowerFirst, quoted, type Schema, typeOfNode } from "./schema-words.ts";
import { TYPE_SYNONYMS } from "./synonyms.ts";

/*
 * What is wrong with a single value: its range, its form, its name.
 */

/** Definitions whose misuse has a code of its own. */
const NAME_KINDS: Readonly<Record<string, ProblemKind>> = {
  id: "bad_name",
  value_name: "bad_name",
  env_name: "bad_env_name",
  metric_name: "bad_metric_name",
};

/** Undefined when the definition is not of a name, or the value no text at all. */
export function nameProblems(definition: string, schema: Schema, place: Place): readonly Problem[] | undefined {
  const kind = Object.hasOwn(NAME_KINDS, definition) ? NAME_KINDS[definition] : undefined;
  const text = textOf(place.node);
  if (kind === undefined || text === undefined) return undefined;
  if (new RegExp(schema.pattern ?? "", "u").test(text)) return [];
  const message =
    place.key === undefined ? `${quoted(text)} can't be a name here` : `${place.name} can't be ${quoted(text)}`;
  const rule = (schema.description ?? "").replace(/\.$/, "");
  const near = kind === "bad_name" ? nearName(text) : "";
  const hint = near === "" || near === text ? `use ${lowerFirst(rule)}` : `write \`${near}\`: ${lowerFirst(rule)}`;
  const better = nameInstead(kind, text, near);
  return [{ kind, at: visible(place), broken: place.node, message, hint, ...(better === undefined ? {} : { better }) }];
}

/** A name that would do; undefined when too little of the one that is written would be left. */
function nameInstead(kind: ProblemKind, text: string, near: string): string | undefined {
  if (kind === "bad_name") return near === "" || near === text ? undefined : near;
  // Prometheus and shells have `_` where a name can't have something else.
  const name = text.replace(/[^a-zA-Z0-9_]/g, "_");
  return /^[a-zA-Z]/.test(name) && name !== text && !name.startsWith("ENGINE_") ? name : undefined;
}

/** `Train Model` as a name: `train_model`; empty when too little would be left. */
function nearName(text: string): string {
  if (/^\d/.test(text)) return "";
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 63);
}

/** Undefined when the value is neither a text nor a number. */
export function durationProblems(place: Place): readonly Problem[] | undefined {
  const { node, name } = place;
  const type = typeOfNode(node);
  const text = textOf(node);
  if (text === undefined && type !== "integer" && type !== "number") return undefined;
  if (text !== undefined && parseDuration(text) !== undefined) return [];
  const written = node.kind === "scalar" ? node.text.trim() : "";
  const hint = /^\d+$/.test(written)
    ? `write \`${written}s\`, \`${written}m\` or \`${written}h\``
    : "write it like `30s`, `5m`, `1h30m` or `2d`";
  const message = `${name} is not a duration: ${durationFault(written)}`;
  const fix = node.kind === "scalar" ? durationFix(node) : undefined;
  return [{ kind: "bad_duration", at: visible(place), broken: node, message, hint, fix }];
}

/** What people write for the units, by its first three letters. */
const UNIT_WORDS: Readonly<Record<string, string>> = {
  mil: "ms",
  s: "s",
  sec: "s",
  min: "m",
  h: "h",
  hr: "h",
  hrs: "h",
  hou: "h",
  d: "d",
  day: "d",
};

function durationFault(text: string): string {
  if (text === "") return "it is empty";
  if (text.startsWith("-")) return "it is negative";
  if (/^\d+(\.\d+)?$/.test(text)) return "it has no unit";
  if (/^\d+:\d\d/.test(text)) return "hours, minutes and seconds are not written with colons";
  if (/\d\.\d/.test(text)) return "it has a fraction";
  const unit = /^\d+\s*([a-z]+)/i.exec(text)?.[1]?.toLowerCase() ?? "";
  const known = UNIT_WORDS[unit.slice(0, 3)];
  if (known !== undefined && known !== unit) return `the unit is written \`${known}\``;
  if (/\s/.test(text)) return "it has spaces";
  if (/^(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text)) return "it is too long";
  return `${quoted(text)} is not made of whole numbers with the units \`d\`, \`h\`, \`m\`, \`s\` and \`ms\`, in this order`;
}

/** Expressions in a text that is no template; undefined when it has none. */
export function expressionProblems({ node, name }: Place): readonly Problem[] | undefined {
  const text = textOf(node);
  if (text === undefined || node.kind !== "scalar" || !holdsExpression(text)) return undefined;
  return notEvaluated(text, name).map(({ kind, start, end, message, hint }) => {
    const at = node.span(start, end);
    return { kind: kind === "secret_exposed" ? "secret" : "expression", at, broken: node, message, hint };
  });
}

/** Enumerations, constants, patterns, lengths and limits. */
export function scalarProblems(schema: Schema, place: Place): readonly Problem[] {
  const { node, name } = place;
  if (node.kind !== "scalar") return [];
  const { value, text } = node;
  const bad = (message: string, hint?: string, fix?: FindingFix): readonly Problem[] => [
    { kind: "bad_value", at: visible(place), broken: node, message, hint, fix },
  ];
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    const synonym = TYPE_SYNONYMS.get(text.toLowerCase());
    const near = schema.enum.includes(synonym) ? synonym : suggest(text, schema.enum.map(String));
    const hint = near === undefined ? `use ${either(schema.enum.map(quoted))}` : `did you mean \`${near}\`?`;
    const fix = near === undefined ? undefined : choiceFix(node, schema.enum, near);
    return bad(`${name} can't be ${quoted(text)}`, hint, fix);
  }
  if (schema.const !== undefined && schema.const !== value) {
    return bad(`${name} can't be ${quoted(text)}`, `the only value here is ${quoted(schema.const)}`);
  }
  if (typeof value === "string") {
    const fault = textFault(schema, value);
    if (fault !== undefined) return bad(`${name} ${fault}`, exampleHint(schema));
  }
  if (typeof value === "number") {
    const limit = brokenLimit(schema, value);
    if (limit !== undefined) return bad(`${name} must be ${limit}, but it is ${quoted(text)}`);
  }
  return [];
}

function textFault(schema: Schema, value: string): string | undefined {
  const length = [...value].length;
  const { pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  if (length < minLength) return length === 0 ? "is empty" : `has fewer than ${minLength} characters`;
  if (length > maxLength) return `has more than ${maxLength} characters`;
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) return `can't be ${quoted(value)}`;
  return undefined;
}

function brokenLimit(schema: Schema, value: number): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const low = minimum !== undefined && value < minimum;
  const high = maximum !== undefined && value > maximum;
  if ((low || high) && minimum !== undefined && maximum !== undefined) return `between ${minimum} and ${maximum}`;
  if (low) return `at least ${minimum}`;
  if (high) return `at most ${maximum}`;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return `more than ${exclusiveMinimum}`;
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return `less than ${exclusiveMaximum}`;
  return undefined;
}

export function itemCountProblems(schema: Schema, node: ListNode, place: Place): readonly Problem[] {
  const count = node.items.length;
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  const at = place.key ?? node;
  if (count === 0 && minItems > 0) {
    const hint = "fill it in, or remove the key";
    return [{ kind: "empty", at, broken: node, message: `${place.name} is an empty list`, hint }];
  }
  const fault = count < minItems ? `at least ${minItems}` : count > maxItems ? `at most ${maxItems}` : undefined;
  if (fault === undefined) return [];
  return [
    { kind: "bad_value", at, broken: node, message: `${place.name} must have ${fault} items, but it has ${count}` },
  ];
}

function textOf(node: SourceNode): string | undefined {
  return node.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}
