import { DURATION_PATTERN, type JsonObject } from "../../lib/index.ts";

/*
 * JSON Schema of texts with a form. What an expression gives is known when it runs; a text that holds none is checked before.
 */

/** A text of this form, or one with an expression in it. */
export function textOr(pattern: string) {
  return { type: "string", pattern: `(?:${pattern})|\\$\\{\\{` } as const satisfies JsonObject;
}

export const DURATION = textOr(DURATION_PATTERN);
