import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TASK_KEYS } from "../language/index.ts";
import { type JsonObject, type JsonValue, sha256, suggest } from "../lib/index.ts";
import type { Operator } from "./operator.ts";
import type { compileSchema } from "./plugin-schema.ts";

/*
 * Operators that a project brings itself. A plugin is loaded at once and not later, with `require`, so that whoever
 * checks or runs a pipeline needs no promise for it.
 */

/** Why a plugin can't be used. */
export interface PluginProblem {
  /** The place of the plugin in the list. */
  readonly index: number;
  /** What is wrong, without a full stop; names the plugin. */
  readonly message: string;
  readonly hint: string;
}

export interface LoadedOperators {
  /** The built-in ones, and those of every plugin that can be used. */
  readonly operators: ReadonlyMap<string, Operator>;
  readonly problems: readonly PluginProblem[];
  /** Tells these operators from others: by the content of all files that the plugins consist of. Absent without plugins. */
  readonly identity?: string;
}

/** A module stays loaded as long as the process lives, and so does what came of it; by folder and list. */
const loaded = new Map<string, LoadedOperators>();

/** The operators of a project: `modules` are paths that begin with a dot, from the folder `root` (absolute) on, or packages. */
export function withPlugins(
  builtIn: ReadonlyMap<string, Operator>,
  root: string,
  modules: readonly string[],
): LoadedOperators {
  if (modules.length === 0) return { operators: builtIn, problems: [] };
  const key = JSON.stringify([root, modules]);
  let found = loaded.get(key);
  if (found === undefined) {
    found = new Loader(builtIn, root).load(modules);
    loaded.set(key, found);
  }
  return found;
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;

const DOCS_HINT = "docs/plugins.md has the form of an operator";

/** Thrown for what makes a plugin unusable. */
class Unusable extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

class Loader {
  readonly #builtIn: ReadonlyMap<string, Operator>;
  readonly #require: NodeJS.Require;
  readonly #operators: Map<string, Operator>;
  /** The plugin that brought an operator, by its name. */
  readonly #owners = new Map<string, string>();
  readonly #files = new Set<string>();
  #compile: typeof compileSchema | undefined;

  constructor(builtIn: ReadonlyMap<string, Operator>, root: string) {
    this.#builtIn = builtIn;
    this.#operators = new Map(builtIn);
    this.#require = nodeModule().createRequire(join(root, "engine.yaml"));
  }

  load(modules: readonly string[]): LoadedOperators {
    const problems: PluginProblem[] = [];
    for (const [index, module] of modules.entries()) {
      try {
        this.#add(module);
      } catch (error) {
        if (!(error instanceof Unusable)) throw error;
        problems.push({ index, message: `plugin \`${module}\` ${error.message}`, hint: error.hint });
      }
    }
    return { operators: this.#operators, problems, identity: this.#identity(problems) };
  }

  /** All of its operators, or none. */
  #add(module: string): void {
    const exported = this.#import(module);
    const list = exported.default ?? exported.operators;
    const given: readonly unknown[] = Array.isArray(list) ? list : list === undefined || list === null ? [] : [list];
    if (given.length === 0) {
      throw new Unusable(
        "exports no operator",
        "export one, or a list of them, as its default export or as `operators`",
      );
    }
    const made = given.map((each, index) => this.#operatorOf(each, given.length === 1 ? undefined : index));
    for (const [index, { name }] of made.entries()) {
      const owner = made.findIndex((other) => other.name === name) < index ? module : this.#owners.get(name);
      const hint = "give the operator another name";
      if (this.#builtIn.has(name)) {
        throw new Unusable(`has an operator \`${name}\`, but that is a built-in one`, hint);
      }
      if (owner !== undefined) throw new Unusable(`has an operator \`${name}\`, but so has \`${owner}\``, hint);
    }
    for (const operator of made) {
      this.#operators.set(operator.name, operator);
      this.#owners.set(operator.name, module);
    }
  }

  #import(module: string): { readonly default?: unknown; readonly operators?: unknown } {
    const hooks = nodeModule().registerHooks({
      // A package may have an entry for `import` alone.
      resolve: (specifier, context, next) =>
        specifier === module ? next(specifier, { ...context, conditions: IMPORTED }) : next(specifier, context),
      load: (url, context, next) => {
        if (url.startsWith("file:")) this.#files.add(fileURLToPath(url));
        return next(url, context);
      },
    });
    try {
      const exported: unknown = this.#require(module);
      return typeof exported === "object" && exported !== null ? exported : {};
    } catch (error) {
      const [first = ""] = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).split("\n");
      throw new Unusable(`can't be loaded: ${first}`, hintFor(error, module));
    } finally {
      hooks.deregister();
    }
  }

  #operatorOf(given: unknown, index: number | undefined): Operator {
    const which = index === undefined ? "its operator" : `its operator ${index + 1}`;
    const refuse = (what: string, hint = DOCS_HINT): never => {
      throw new Unusable(`can't be used: ${what}`, hint);
    };
    if (!isObject(given)) return refuse(`${which} is no object`);
    // What an author adds to it later is no part of it.
    const fields: Readonly<Record<string, unknown>> = { ...given };
    const { name } = fields;
    if (typeof name !== "string") return refuse(`\`name\` of ${which} must be a string`);
    if (!NAME.test(name)) {
      return refuse(
        `the name \`${name}\` of ${which} has not the form of one`,
        "small letters, digits and `_`, beginning with a letter; at most 63 characters",
      );
    }
    if (TASK_KEYS.includes(name)) {
      return refuse(`\`${name}\` is a key that all tasks have`, "give the operator another name");
    }
    for (const [field, value] of Object.entries(fields)) {
      if (!Object.hasOwn(FIELDS, field)) {
        const meant = suggest(field, Object.keys(FIELDS));
        refuse(
          `operator \`${name}\` has a field \`${field}\`, which means nothing`,
          meant === undefined ? DOCS_HINT : `did you mean \`${meant}\`?`,
        );
      }
      const kind = FIELDS[field as keyof typeof FIELDS];
      if (value !== undefined && !KINDS[kind](value)) refuse(`\`${field}\` of operator \`${name}\` must be ${kind}`);
    }
    for (const field of ["summary", "schema", "start"] as const) {
      if (fields[field] === undefined) refuse(`operator \`${name}\` has no \`${field}\``);
    }
    if (fields.branch === true && fields.targets === undefined) {
      refuse(`operator \`${name}\` is a branch and has no \`targets\``);
    }
    const rest = fields as unknown as Partial<Operator> & Pick<Operator, "name" | "summary" | "schema" | "start">;
    return {
      docs: rest.summary,
      shell_keys: [],
      secret_keys: [],
      expression_keys: [],
      branch: false,
      normalise: (value) => withDefaults(rest.schema, value),
      ...rest,
      validate: this.#validator(name, rest.schema),
    };
  }

  #validator(name: string, schema: JsonObject): (value: JsonValue) => boolean {
    try {
      this.#compile ??= (
        nodeModule().createRequire(import.meta.url)(fileURLToPath(COMPILER)) as { compileSchema: typeof compileSchema }
      ).compileSchema;
      return this.#compile(schema);
    } catch (error) {
      const [first = ""] = (error as Error).message.split("\n");
      throw new Unusable(
        `can't be used: \`schema\` of operator \`${name}\` is no JSON Schema: ${first}`,
        "it must be a JSON Schema of draft-07",
      );
    }
  }

  #identity(problems: readonly PluginProblem[]): string {
    const files = [...this.#files].sort().map((file) => [file, sha256(contentOf(file))]);
    return sha256(JSON.stringify([problems, files]));
  }
}

/** What compiles schemas takes its time to load, and is loaded for plugins alone. From the sources or bundled. */
const COMPILER = new URL(
  import.meta.url.endsWith(".ts") ? "./plugin-schema.ts" : "../plugin-schema.js",
  import.meta.url,
);

/** The conditions of an `import`, and what every Node has. */
const IMPORTED = ["node", "import", "module-sync", "node-addons"];

const KINDS = {
  "a string": (value: unknown) => typeof value === "string" && value.trim() !== "",
  "true or false": (value: unknown) => typeof value === "boolean",
  "a function": (value: unknown) => typeof value === "function",
  "an object": isObject,
  "a list of strings": isTexts,
  "a list of strings or a function": (value: unknown) => typeof value === "function" || isTexts(value),
  "an object of strings": (value: unknown) =>
    isObject(value) && Object.values(value).every((each) => typeof each === "string"),
  "a list of strings, or an object of such": (value: unknown) =>
    isTexts(value) || (isObject(value) && Object.values(value).every(isTexts)),
} as const;

/** What an operator may have. Its validator is made of its schema. */
const FIELDS = {
  name: "a string",
  summary: "a string",
  docs: "a string",
  schema: "an object",
  normalise: "a function",
  shell_keys: "a list of strings",
  secret_keys: "a list of strings",
  expression_keys: "a list of strings",
  literal_keys: "an object of strings",
  timezone_keys: "a list of strings",
  result_names: "a list of strings or a function",
  outputs_hint: "a string",
  pipeline_key: "a string",
  runs_pipeline: "true or false",
  connections: "a list of strings, or an object of such",
  notifies: "true or false",
  waits: "true or false",
  begins_again: "true or false",
  waits_forever: "a function",
  decides_timeout: "a function",
  instant: "true or false",
  branch: "true or false",
  targets: "a function",
  cases: "a function",
  start: "a function",
  answer: "a function",
  adopt: "a function",
} as const satisfies { readonly [K in Exclude<keyof Operator, "validate">]: keyof typeof KINDS };

/** A mapping with the defaults that the schema gives to its keys; anything else becomes its `value`. */
function withDefaults({ properties }: JsonObject, value: JsonValue): JsonObject {
  if (!isObject(value)) return { value };
  const defaults = Object.entries(isObject(properties) ? properties : {}).flatMap(([key, schema]) =>
    isObject(schema) && schema.default !== undefined ? [[key, schema.default] as const] : [],
  );
  return { ...Object.fromEntries(defaults), ...value };
}

function hintFor(error: unknown, module: string): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (code === "ERR_REQUIRE_ASYNC_MODULE") return "a plugin is loaded at once: move what it awaits into `start`";
  if (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND") {
    return module.startsWith(".")
      ? "paths begin at the folder of engine.yaml, and name the file with its ending"
      : "is it installed? Packages are looked for from the folder of engine.yaml on: `npm install`";
  }
  if (code === "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING")
    return "a package has to bring JavaScript, not TypeScript";
  return "mend the module, or take it off the list";
}

/** Loaded when there is a plugin: every command comes by here. */
function nodeModule(): typeof import("node:module") {
  return process.getBuiltinModule("node:module");
}

/** Its path stands for what can't be read any more. */
function contentOf(file: string): Uint8Array | string {
  try {
    return readFileSync(file);
  } catch {
    return "";
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
