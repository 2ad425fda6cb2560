export { assertNever } from "./assert-never.ts";
export { DURATION_PATTERN, formatDuration, parseDuration } from "./durations.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export { createMasker, type Masker } from "./mask.ts";
export { matchesInTime } from "./pattern.ts";
export { sha256 } from "./sha256.ts";
export { isSurelyMeant, suggest } from "./suggest.ts";
export { graphemesOf, graphemeWidth, textWidth } from "./text-width.ts";
