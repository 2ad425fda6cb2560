import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { checkDocument } from "../../language/index.ts";
import type { JsonObject } from "../../lib/index.ts";
import { usageError } from "../errors.ts";
import type { Cli } from "../terminal.ts";

/**
 * The params of a command line: those of `--params`, overridden by each `-p key=value`, whose value is text
 * here; the check of the params reads it as the type that the pipeline declares. Throws a usage error for a
 * `-p` without a key.
 */
export function readParams(pairs: readonly string[], file: JsonObject = {}): JsonObject {
  const params: JsonObject = { ...file };
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at <= 0) throw usageError(`-p ${pair} is not of the form key=value`, "for example `-p epochs=20`");
    params[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return params;
}

/** What `--params` names: a file, or `-` for standard input; nothing when it is not given. Throws a usage error. */
export async function readParamsFile(cli: Cli, file: string | undefined): Promise<JsonObject> {
  if (file === undefined) return {};
  if (file === "-") return parseParamsFile(await readAll(cli.stdin), "standard input");
  const bytes = await readFile(resolve(cli.cwd, file)).catch((error: NodeJS.ErrnoException) => {
    const why = { ENOENT: "there is none", EISDIR: "it is a folder", EACCES: "access is denied" }[error.code ?? ""];
    throw usageError(`the params file ${file} can't be read: ${why ?? error.message}`);
  });
  return parseParamsFile(bytes, file);
}

/** The content of a params file, YAML or JSON: a map. Throws a usage error that names the file and the place. */
export function parseParamsFile(content: string | Uint8Array, name: string): JsonObject {
  const file = typeof content === "string" ? { path: name, text: content } : { path: name, bytes: content };
  const { value, diagnostics } = checkDocument(file, {
    name: "the whole",
    schema: { type: "object" },
    validate: isMap,
  });
  if (isMap(value)) return value;
  const [first] = diagnostics;
  const at = first === undefined ? "" : `, line ${first.range.start.line}`;
  throw usageError(
    `the params in ${name}${at}: ${first?.message ?? "they are not a map"}`,
    first?.hint ?? "give YAML or JSON: one `name: value` a line",
  );
}

function isMap(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
