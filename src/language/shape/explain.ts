import { suggest } from "../../lib/index.ts";
import { replaceSource } from "../mend.ts";
import type { ListNode, MapNode, ScalarNode, SourceNode } from "../source.ts";
import { truthOf, typeFix } from "./fixes.ts";
import { keyChoice, keyProblems, likelyMeant, unknownKey } from "./keys.ts";
import { type Place, type Problem, visible } from "./problem.ts";
import {
  acceptedTypes,
  accepts,
  either,
  expectedWords,
  foundWords,
  quoted,
  type Schema,
  typeOfNode,
} from "./schema-words.ts";
import { durationProblems, expressionProblems, itemCountProblems, nameProblems, scalarProblems } from "./values.ts";

/*
 * The validators say whether a value fits its schema; this file says, for one that doesn't, what is wrong
 * with it and where, in a person's words. Schemas with keywords that it doesn't know leave it speechless,
 * and its caller says so.
 */

/** Everything that is wrong with `node`; empty when nothing is that can be explained. `whole`: what a node without a key is called. */
export function explain(root: Schema, node: SourceNode, key?: ScalarNode, whole = "a pipeline"): readonly Problem[] {
  const place = key === undefined ? { node, name: whole } : { node, key, name: `\`${key.text}\`` };
  return new Explainer(root).problems(root, place);
}

class Explainer {
  readonly #root: Schema;
  readonly #resolve = (schema: Schema): Schema => {
    if (schema.$ref === undefined) return schema;
    return this.#resolve(this.#root.definitions?.[definitionName(schema)] ?? {});
  };

  constructor(root: Schema) {
    this.#root = root;
  }

  /** What is wrong with a value. Of a text that holds expressions it is that nobody evaluates them. */
  problems(schema: Schema, place: Place): readonly Problem[] {
    const found = this.#valueProblems(schema, place);
    return found.length === 0 ? found : (expressionProblems(place) ?? found);
  }

  #valueProblems(schema: Schema, place: Place): readonly Problem[] {
    const target = this.#resolve(schema);
    const definition = definitionName(schema);
    const special = definition === "duration" ? durationProblems(place) : nameProblems(definition, target, place);
    if (special !== undefined) return special;
    if (!accepts(acceptedTypes(target, this.#resolve), typeOfNode(place.node))) return [this.#wrongType(schema, place)];
    if (definition === "param") {
      const bare = this.#bareDefault(target, place);
      if (bare !== undefined) return [bare];
    }
    const own = [...scalarProblems(target, place), ...this.#children(target, place)];
    const branches = target.anyOf ?? target.oneOf;
    if (branches === undefined) return own;
    const choice = keyChoice(branches, place, target.anyOf !== undefined);
    if (choice !== undefined) return [...choice, ...own];
    return own.length > 0 ? own : this.#branches(branches, place);
  }

  #wrongType(schema: Schema, place: Place): Problem {
    const { node, key, name } = place;
    const expected = expectedWords(schema, this.#resolve);
    const types = acceptedTypes(schema, this.#resolve);
    const nothing = node.kind === "scalar" && node.value === null;
    if (nothing && (types?.has("object") || types?.has("array"))) {
      const message = `${name} is empty; ${expected} belongs there`;
      const only = emptyHint(this.#resolve(schema), key);
      const hint = only ?? "fill it in, or remove the key";
      const fill = only === undefined || key === undefined ? undefined : { key: key.text, keyNode: key, value: node };
      return { kind: "empty", at: key ?? node, broken: node, message, hint, fill };
    }
    const message = `${name} must be ${expected}, but it is ${foundWords(node)}`;
    const hint =
      definitionName(schema) === "task"
        ? TASK_HINT
        : (emptyHint(this.#resolve(schema), key) ?? typeHint(node, types, expected));
    return { kind: "wrong_type", at: visible(place), broken: node, message, hint, fix: typeFix(node, types) };
  }

  /** A mapping in which nothing is, or is nearly, a keyword of JSON Schema: it was meant as the default itself. */
  #bareDefault({ anyOf = [] }: Schema, { node, key, name }: Place): Problem | undefined {
    if (node.kind !== "map" || node.entries.length === 0) return undefined;
    const keywords = anyOf.flatMap((branch) => Object.keys(this.#resolve(branch).properties ?? {}));
    if (node.entries.some((entry) => keywords.includes(entry.key) || likelyMeant(entry.key, keywords) !== undefined)) {
      return undefined;
    }
    const [first] = node.entries;
    const message = `${name} is a mapping, and none of its keys belongs to a JSON Schema`;
    const hint = `a default that is a mapping goes under \`default\`: \`${key?.text ?? ""}: { default: { ${first?.key ?? ""}: … } }\``;
    return { kind: "unknown_key", at: first?.keyNode ?? node, broken: node, message, hint };
  }

  /** Keys and items, and what stands under them. */
  #children(schema: Schema, place: Place): readonly Problem[] {
    const { node } = place;
    if (node.kind === "map") return [...keyProblems(schema, node, place), ...this.#entries(schema, node, place)];
    if (node.kind === "list") return [...itemCountProblems(schema, node, place), ...this.#items(schema, node, place)];
    return [];
  }

  #entries(schema: Schema, node: MapNode, place: Place): readonly Problem[] {
    const { properties, propertyNames, additionalProperties } = schema;
    return node.entries.flatMap((entry) => {
      const name = `\`${entry.key}\``;
      const inner = { node: entry.value, key: entry.keyNode, name };
      const ofKey =
        propertyNames === undefined ? [] : this.#valueProblems(propertyNames, { node: entry.keyNode, name });
      const property = ownProperty(properties, entry.key);
      if (property !== undefined) return [...ofKey, ...this.problems(property, inner)];
      if (additionalProperties === false) {
        const allowed = Object.keys(properties ?? {});
        return [...ofKey, unknownKey({ entry, node, allowed, name: place.name, home: this.#home(entry.key, schema) })];
      }
      return typeof additionalProperties === "object"
        ? [...ofKey, ...this.problems(additionalProperties, inner)]
        : ofKey;
    });
  }

  /** The property under which a key would be right: `cron` belongs under `schedule`. */
  #home(key: string, schema: Schema): string | undefined {
    return Object.entries(schema.properties ?? {}).find(([, property]) => {
      const target = this.#resolve(property);
      return [target, ...(target.anyOf ?? [])].some((one) => ownProperty(one.properties, key) !== undefined);
    })?.[0];
  }

  #items(schema: Schema, node: ListNode, place: Place): readonly Problem[] {
    const { items } = schema;
    if (items === undefined) return [];
    return node.items.flatMap((item, index) =>
      this.problems(items, { node: item, name: `item ${index + 1} of ${place.name}` }),
    );
  }

  /** The branch that was meant: one that takes values of this type, and of those the one with the least to complain of. */
  #branches(branches: readonly Schema[], place: Place): readonly Problem[] {
    const told = this.#toldApart(branches, place);
    if (told !== undefined) return told;
    const type = typeOfNode(place.node);
    const meant = branches.filter((branch) => accepts(acceptedTypes(branch, this.#resolve), type));
    const [first = [], ...others] = meant.map((branch) => this.problems(branch, place));
    const best = others.reduce((least, one) => (one.length < least.length ? one : least), first);
    const { node } = place;
    const truth = branches.some((branch) => acceptedTypes(branch, this.#resolve)?.has("boolean"))
      ? truthOf(node)
      : undefined;
    if (truth === undefined || node.kind !== "scalar") return best;
    return best.map((problem) => ({ ...problem, hint: `write \`${truth}\``, fix: replaceSource(node, truth, true) }));
  }

  /** Branches that a key such as `type` tells apart: the one that it names, or what is wrong with the key. */
  #toldApart(branches: readonly Schema[], place: Place): readonly Problem[] | undefined {
    const { node, name } = place;
    const resolved = branches.map(this.#resolve);
    const key = tellingKey(resolved);
    if (key === undefined || node.kind !== "map") return undefined;
    const words = resolved.map((branch) => branch.properties?.[key]?.const);
    const entry = node.entry(key);
    if (entry === undefined) {
      const misspelt = node.entries.find((one) => suggest(one.key, [key]) !== undefined);
      if (misspelt !== undefined) return [unknownKey({ entry: misspelt, node, allowed: [key], name, home: undefined })];
      const hint = `add \`${key}\`: ${either(words.map(quoted))}`;
      return [{ kind: "missing_key", at: place.key ?? node, broken: node, message: `${name} has no \`${key}\``, hint }];
    }
    const meant = resolved[words.indexOf(entry.value.kind === "scalar" ? entry.value.value : undefined)];
    if (meant !== undefined) return this.problems(meant, place);
    const choice = { node: entry.value, key: entry.keyNode, name: `\`${key}\`` };
    return this.problems({ enum: words }, choice);
  }
}

/** The key that every branch fixes to a value of its own. */
function tellingKey([first, ...others]: readonly Schema[]): string | undefined {
  const keys = Object.keys(first?.properties ?? {});
  return keys.find((key) => [first, ...others].every((branch) => branch?.properties?.[key]?.const !== undefined));
}

/** `duration` of `#/definitions/duration`; empty when the schema is no reference. */
function definitionName(schema: Schema): string {
  return schema.$ref?.split("/").at(-1) ?? "";
}

/** Only keys that the schema itself has: `constructor` is not one. */
function ownProperty(properties: Schema["properties"], key: string): Schema | undefined {
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

const VALUE_TYPES: ReadonlySet<string> = new Set(["string", "integer", "number", "boolean", "array", "object"]);

const TASK_HINT = "write it like `bash: make train`, on a line of its own under the task's id";

/** Of a mapping that takes no keys there is one way to write it. */
function emptyHint(schema: Schema, key: ScalarNode | undefined): string | undefined {
  const takesKeys =
    schema.type !== "object" || schema.properties !== undefined || schema.additionalProperties !== false;
  return takesKeys || key === undefined ? undefined : `write \`${key.text}: {}\``;
}

/** What to write instead, where the mistake is a common one. */
function typeHint(node: SourceNode, types: ReadonlySet<string> | undefined, expected: string): string | undefined {
  if (types === undefined) return undefined;
  if (node.kind === "list" && types.has("object")) return "write `key: value` lines, without dashes";
  if (node.kind !== "list" && types.size === 1 && types.has("array")) {
    return "write a list: each item on a line that begins with `- `";
  }
  if (node.kind !== "scalar") return undefined;
  const { value, text } = node;
  if (value === null) return /\btext\b/.test(expected) ? 'write `""` for an empty text' : undefined;
  if (typeof value !== "string" && /\btext\b/.test(expected)) return `put it in quotes: \`"${text}"\``;
  if (typeof value !== "string") return undefined;
  if (types.has("boolean")) {
    const truth = truthOf(node);
    if (truth !== undefined) return `write \`${truth}\``;
  }
  if (expected === "a JSON Schema") return `write \`{ type: ${VALUE_TYPES.has(value) ? value : "string"} }\``;
  const isNumber = value.trim() !== "" && Number.isFinite(Number(value));
  if ((types.has("integer") || types.has("number")) && isNumber) return "write it without quotes";
  return undefined;
}
