import type { Output } from "../terminal.ts";

/** Prints a value as one JSON document, indented. Keys are in snake_case, as everywhere in stored data. */
export function printJson(out: Output, value: unknown): void {
  out.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
