import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { publishedSchema } from "../definition/compose.ts";
import type { OperatorSpec } from "../operator-spec.ts";

/*
 * What the definition of the language says of a place in a file: the keys that may stand there, the values that a key
 * takes, and their docs. A place is the path of keys that leads to it; `-` or a position is an item of a list.
 */

/** A key that may stand in a place, or the key that a path leads to. */
export interface KeyInfo {
  readonly key: string;
  /** Markdown; empty when the definition says nothing. */
  readonly docs: string;
  readonly default?: JsonValue;
  readonly required: boolean;
  /** What it takes in its long form: `map` and `list` only when nothing else fits. */
  readonly takes: "scalar" | "map" | "list";
}

/** A value that a key takes. */
export interface ValueInfo {
  readonly value: string | number | boolean;
  /** `choice`: one of all that there are; `example`: one of many. */
  readonly kind: "choice" | "example";
  readonly isDefault: boolean;
}

export interface Definition {
  /** The keys that may stand in the mapping at a path, in the order of the definition. */
  keysAt(path: readonly string[]): readonly KeyInfo[];
  /** The key at the end of a path; undefined for the names of an author (of tasks, params …) and for unknown keys. */
  keyInfo(path: readonly string[]): KeyInfo | undefined;
  /** The values that may stand at a path, as far as they can be listed. */
  valuesAt(path: readonly string[]): readonly ValueInfo[];
}

const definitions = new WeakMap<ReadonlyMap<string, OperatorSpec>, Definition>();

/** The language with these operators. Made once for each set. */
export function definitionOf(operators: ReadonlyMap<string, OperatorSpec>): Definition {
  let definition = definitions.get(operators);
  if (definition === undefined) {
    definition = new SchemaDefinition(publishedSchema(operators.values()));
    definitions.set(operators, definition);
  }
  return definition;
}

class SchemaDefinition implements Definition {
  readonly #schema: JsonObject;

  constructor(schema: JsonObject) {
    this.#schema = schema;
  }

  keysAt(path: readonly string[]): readonly KeyInfo[] {
    const found = new Map<string, KeyInfo>();
    for (const form of this.#formsAt(path)) {
      for (const [key, property] of Object.entries(objectOf(form.properties) ?? {})) {
        if (!found.has(key)) found.set(key, this.#info(key, asObject(property), form));
      }
    }
    return [...found.values()];
  }

  keyInfo(path: readonly string[]): KeyInfo | undefined {
    const key = path.at(-1);
    if (key === undefined) return undefined;
    for (const form of this.#formsAt(path.slice(0, -1))) {
      const property = objectOf(objectOf(form.properties)?.[key]);
      if (property !== undefined) return this.#info(key, property, form);
    }
    return undefined;
  }

  valuesAt(path: readonly string[]): readonly ValueInfo[] {
    const found = new Map<JsonValue, ValueInfo>();
    const named = this.#named(path);
    const preset = named.find((one) => one.default !== undefined)?.default;
    const add = (value: JsonValue | undefined, kind: ValueInfo["kind"]): void => {
      const isScalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
      if (isScalar && !found.has(value)) found.set(value, { value, kind, isDefault: value === preset });
    };
    for (const form of named) {
      for (const value of listOf(form.enum)) add(value, "choice");
      add(form.const, "choice");
      if (listOf(form.type).includes("boolean")) for (const value of [true, false]) add(value, "choice");
    }
    for (const form of named) for (const value of listOf(form.examples)) add(value, "example");
    return [...found.values()];
  }

  #info(key: string, property: JsonObject, owner: JsonObject): KeyInfo {
    const forms = this.#forms(property);
    const docs = [property, ...forms].map(docsOf).find((text) => text !== undefined) ?? "";
    const preset = [property, ...forms].find((form) => form.default !== undefined)?.default;
    const types = new Set(forms.flatMap((form) => listOf(form.type)));
    const takes =
      types.size === 1 && types.has("object") ? "map" : types.size === 1 && types.has("array") ? "list" : "scalar";
    const required = listOf(owner.required).includes(key);
    return { key, docs, ...(preset === undefined ? {} : { default: preset }), required, takes };
  }

  /** The forms that the value at a path may have: no references, no alternatives. */
  #formsAt(path: readonly string[]): readonly JsonObject[] {
    return this.#named(path).filter(
      (form) => (form.anyOf === undefined && form.oneOf === undefined) || form.properties !== undefined,
    );
  }

  /** The same with the schemas on the way to them, which carry the examples. */
  #named(path: readonly string[]): readonly JsonObject[] {
    let forms = this.#forms(this.#schema);
    for (const key of path) {
      const isItem = key === "-" || /^\d+$/.test(key);
      forms = forms.flatMap((form) => {
        const property = objectOf(objectOf(form.properties)?.[key]);
        const next = property ?? (isItem ? objectOf(form.items) : undefined) ?? objectOf(form.additionalProperties);
        return next === undefined ? [] : this.#forms(next);
      });
    }
    return forms;
  }

  #forms(schema: JsonObject): readonly JsonObject[] {
    const target = this.#resolve(schema);
    const beside = schema === target ? [] : [schema];
    const branches = [...listOf(target.anyOf), ...listOf(target.oneOf)].map(asObject);
    return [...beside, target, ...branches.flatMap((branch) => this.#forms(branch))];
  }

  #resolve(schema: JsonObject): JsonObject {
    const name = typeof schema.$ref === "string" ? schema.$ref.replace("#/definitions/", "") : undefined;
    const target = name === undefined ? undefined : objectOf(objectOf(this.#schema.definitions)?.[name]);
    return target === undefined ? schema : this.#resolve(target);
  }
}

function docsOf(schema: JsonObject): string | undefined {
  const text = schema.markdownDescription ?? schema.description;
  return typeof text === "string" ? text : undefined;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}

function asObject(value: JsonValue | undefined): JsonObject {
  return objectOf(value) ?? {};
}
