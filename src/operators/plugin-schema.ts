import { Ajv } from "ajv";
import type { JsonObject, JsonValue } from "../lib/index.ts";

/** Whether values fit a plugin's schema. Throws an error that says why when it is no JSON Schema, or uses unknown keywords. */
export function compileSchema(schema: JsonObject): (value: JsonValue) => boolean {
  // Only yes or no is asked for: the language words its findings itself.
  const ajv = new Ajv({
    strict: true,
    strictRequired: false,
    strictTypes: false,
    allowUnionTypes: true,
    validateFormats: false,
    messages: false,
    logger: false,
  });
  const validate = ajv.compile(schema);
  return (value) => validate(value) === true;
}
