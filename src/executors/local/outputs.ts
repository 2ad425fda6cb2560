import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import type { Outputs } from "../../operators/index.ts";

/** What a task may hand on. */
const OUTPUT_BYTES_MAX = 256 * 1024;
/** Of a value that doesn't fit, a message shows this much. */
const SHOWN_LENGTH_MAX = 100;

const NAME = "[A-Za-z_][A-Za-z0-9_-]*";
const HEREDOC_LINE = new RegExp(`^(${NAME})<<(\\S+)$`);
const VALUE_LINE = new RegExp(`^(${NAME})=(.*)$`, "s");

/** A value as it was written: text that is still to be converted, or a JSON value that has a type already. */
type Written = { readonly text: string } | { readonly json: JsonValue };

/**
 * Reads the file that `$ENGINE_OUTPUT` names and holds it against the declared outputs (JSON Schema,
 * by name). The message of what doesn't fit names each output, its type and what was given.
 */
export async function readOutputs(path: string, declared: Readonly<Record<string, JsonObject>>): Promise<Outputs> {
  const read = readFile(path);
  if (!read.ok) return read;
  const parsed = parseOutputs(read.text);
  if (!parsed.ok) return parsed;
  return convert(parsed.values, declared);
}

/** Holds values that have a type already against the declared outputs. */
export async function checkOutputs(
  values: JsonObject,
  declared: Readonly<Record<string, JsonObject>>,
): Promise<Outputs> {
  const bytes = Buffer.byteLength(JSON.stringify(values));
  if (bytes > OUTPUT_BYTES_MAX) {
    return {
      ok: false,
      message: `the outputs hold ${bytes} bytes; at most 256 KiB can be handed on: write a file and hand on its path`,
    };
  }
  return convert(new Map(Object.entries(values).map(([name, json]) => [name, { json }])), declared);
}

function readFile(path: string): { ok: true; text: string } | { ok: false; message: string } {
  const refused = (message: string) => ({ ok: false, message: `$ENGINE_OUTPUT ${message}` }) as const;
  // Most scripts hand nothing on; a look costs less than an error.
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return { ok: true, text: "" };
  let fd: number;
  try {
    // Not blocking: the script may have made a pipe of it.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return refused(`can't be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return refused("is no longer a file");
    if (stat.size > OUTPUT_BYTES_MAX) {
      return refused(`holds ${stat.size} bytes; at most 256 KiB can be handed on: write a file and hand on its path`);
    }
    const bytes = Buffer.alloc(stat.size);
    const length = readSync(fd, bytes, 0, bytes.length, 0);
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length)) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refused(code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "is not UTF-8 text" : `can't be read: ${code}`);
  } finally {
    closeSync(fd);
  }
}

/** Takes the file's text apart. Of two values with the same name the later one counts. */
function parseOutputs(
  text: string,
): { ok: true; values: ReadonlyMap<string, Written> } | { ok: false; message: string } {
  const values = new Map<string, Written>();
  const whole = parseObject(text);
  if (whole !== undefined) {
    for (const [name, json] of Object.entries(whole)) values.set(name, { json });
    return { ok: true, values };
  }
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.trim() === "") continue;
    const wrong = (what: string) => ({ ok: false, message: `$ENGINE_OUTPUT, line ${at + 1}: ${what}` }) as const;
    const heredoc = HEREDOC_LINE.exec(line);
    const value = VALUE_LINE.exec(line);
    if (heredoc !== null) {
      const [, name = "", word = ""] = heredoc;
      const end = lines.indexOf(word, at + 1);
      if (end < 0) return wrong(`the value of ${name} is never closed with ${word} alone on a line`);
      values.set(name, { text: lines.slice(at + 1, end).join("\n") });
      at = end;
    } else if (value !== null) {
      const [, name = "", written = ""] = value;
      values.set(name, { text: written });
    } else {
      const object = parseObject(line);
      if (object === undefined) {
        return wrong(`${shown(line)} is none of name=value, name<<WORD and one JSON object`);
      }
      for (const [name, json] of Object.entries(object)) values.set(name, { json });
    }
  }
  return { ok: true, values };
}

function parseObject(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  const parsed = parseJson(text);
  return isObject(parsed) ? parsed : undefined;
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text, refuseInfinite) as JsonValue;
  } catch {
    return undefined;
  }
}

/** `1e999` is read as infinity, which would be stored as null. */
function refuseInfinite(_: string, value: JsonValue): JsonValue {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) throw new RangeError("too large");
  return value;
}

async function convert(
  values: ReadonlyMap<string, Written>,
  declared: Readonly<Record<string, JsonObject>>,
): Promise<Outputs> {
  const problems: string[] = [];
  const outputs: [string, JsonValue][] = [];
  for (const name of values.keys()) {
    if (Object.hasOwn(declared, name)) continue;
    const names = Object.keys(declared).join(", ");
    problems.push(`output ${name} is not declared (declared: ${names === "" ? "none" : names})`);
  }
  for (const [name, schema] of Object.entries(declared)) {
    const written = values.get(name);
    if (written === undefined) {
      problems.push(`output ${name} (${typeName(schema)}) is missing`);
      continue;
    }
    const value = "json" in written ? written.json : fromText(written.text, typesOf(schema));
    const given = "json" in written ? cut(JSON.stringify(written.json)) : shown(written.text);
    const problem = value === undefined || !fits(value, typesOf(schema)) ? "" : await violation(value, schema);
    if (problem !== undefined) {
      problems.push(`output ${name} must be ${typeName(schema)}${problem}, and is ${given}`);
    } else outputs.push([name, value as JsonValue]);
  }
  if (problems.length > 0) return { ok: false, message: problems.join("; ") };
  return { ok: true, outputs: Object.fromEntries(outputs) };
}

const TYPES = ["null", "boolean", "integer", "number", "array", "object", "string"] as const;
type TypeName = (typeof TYPES)[number];

/** The types that a schema allows; all when it names none. In the order in which a text is tried: `string` takes any. */
function typesOf({ type }: JsonObject): readonly TypeName[] {
  if (type === undefined) return TYPES;
  const named: readonly JsonValue[] = Array.isArray(type) ? type : [type];
  return TYPES.filter((one) => named.includes(one));
}

function typeName({ type }: JsonObject): string {
  if (type === undefined) return "a value";
  const named = Array.isArray(type) ? type.join(" or ") : String(type);
  return `${/^[aio]/.test(named) ? "an" : "a"} ${named}`;
}

function fromText(text: string, types: readonly TypeName[]): JsonValue | undefined {
  for (const type of types) {
    const value = type === "string" ? text : fromWord(text.trim(), type);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Reads a word as a value of this type; undefined when it is none. */
function fromWord(word: string, type: Exclude<TypeName, "string">): JsonValue | undefined {
  switch (type) {
    case "null":
      return word === "" || word === "null" ? null : undefined;
    case "boolean":
      // As shells, Python and YAML write it.
      return /^(true|false)$/i.test(word) ? word.toLowerCase() === "true" : undefined;
    case "integer":
      return /^[+-]?\d+$/.test(word) && Number.isSafeInteger(Number(word)) ? Number(word) : undefined;
    case "number":
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) && Number.isFinite(Number(word))
        ? Number(word)
        : undefined;
    case "array":
    case "object": {
      const value = parseJson(word);
      return value !== undefined && fits(value, [type]) ? value : undefined;
    }
  }
}

function fits(value: JsonValue, types: readonly TypeName[]): boolean {
  return types.some((type) => {
    switch (type) {
      case "null":
        return value === null;
      case "integer":
        return Number.isSafeInteger(value);
      case "array":
        return Array.isArray(value);
      case "object":
        return isObject(value);
      default:
        return typeof value === type;
    }
  });
}

/** Keys of a schema that ask nothing of a value, beside `type`, which is looked at here. */
const ASK_NOTHING = new Set(["type", "title", "description", "default", "examples", "$comment"]);

/** How a value of the right type breaks its schema, to be put behind the type's name; undefined when it fits. */
async function violation(value: JsonValue, schema: JsonObject): Promise<string | undefined> {
  if (Object.keys(schema).every((key) => ASK_NOTHING.has(key))) return undefined;
  // Loaded when it is needed: most outputs are a plain number or a text, and this costs as much as ten tasks.
  // By its default export, which it has both as it is and in a bundle.
  const { Ajv } = (await import("ajv")).default;
  const ajv = new Ajv({ allErrors: true, strict: false, logger: false });
  if (ajv.validate(schema, value)) return undefined;
  return ` (${ajv.errorsText(ajv.errors, { dataVar: "it" })})`;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(text: string): string {
  return JSON.stringify(cut(text));
}

function cut(text: string): string {
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
