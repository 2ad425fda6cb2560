export { assertNever } from "./assert-never.ts";
export type { JsonObject, JsonValue } from "./json.ts";
