import type Pg from "pg";
import type { JsonValue } from "../../lib/index.ts";
import { refuse } from "./failure.ts";

/*
 * What the texts that PostgreSQL sends mean as JSON. What JSON has no form for stays text.
 */

type Parse = (text: string) => JsonValue;

/** A double holds every number of so many digits as it is written. */
const SAFE_DIGITS = 15;
const ZONED_TIME = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d+)?([+-]\d{2})(?::?(\d{2}))?$/;
const PLAIN_TIME = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?)$/;
const BYTEA = new Set([17, 1001]);

const integer: Parse = (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text);

const decimal: Parse = (text) => {
  const digits = text.replace(/^-?0*\.?0*/, "").replace(".", "");
  return Number.isFinite(Number(text)) && digits.length <= SAFE_DIGITS ? Number(text) : text;
};

const float: Parse = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);

/** In UTC, with as many digits of a second as there are. */
const zonedTime: Parse = (text) => {
  const [, day, time, fraction = "", hours, minutes = "00"] = ZONED_TIME.exec(text) ?? [];
  if (day === undefined) return text;
  const at = new Date(`${day}T${time}${hours}:${minutes}`);
  return Number.isNaN(at.getTime()) ? text : `${at.toISOString().slice(0, 19)}${fraction}Z`;
};

const plainTime: Parse = (text) => text.replace(PLAIN_TIME, "$1T$2");

/** By the number of the type, with the number of its array type. */
const TYPES: readonly (readonly [type: number, array: number, parse: Parse])[] = [
  [16, 1000, (text) => text === "t"],
  [20, 1016, integer],
  [21, 1005, integer],
  [23, 1007, integer],
  [26, 1028, integer],
  [114, 199, (text) => JSON.parse(text) as JsonValue],
  [3802, 3807, (text) => JSON.parse(text) as JsonValue],
  [700, 1021, float],
  [701, 1022, float],
  [1700, 1231, decimal],
  [1114, 1115, plainTime],
  [1184, 1185, zonedTime],
  // Text, in its forms: text, varchar, char, name, uuid, date.
  ...[
    [25, 1009],
    [1043, 1015],
    [1042, 1014],
    [19, 1003],
    [2950, 2951],
    [1082, 1182],
  ].map(([type = 0, array = 0]) => [type, array, (text: string) => text] as const),
];

/** The parser of each type, in the form that the client asks for. */
export function typeParsers(pg: typeof Pg): Pg.CustomTypesConfig {
  const parsers = new Map<number, (text: string) => unknown>();
  const { arrayParser } = pg.types as unknown as {
    arrayParser: { create(text: string, parse: Parse): { parse(): JsonValue } };
  };
  for (const [type, array, parse] of TYPES) {
    parsers.set(type, parse);
    parsers.set(array, (text) => arrayParser.create(text, parse).parse());
  }
  const getTypeParser = (type: number) => parsers.get(type) ?? ((text: string) => text);
  return { getTypeParser: getTypeParser as Pg.CustomTypesConfig["getTypeParser"] };
}

/** @throws SqlFailure for columns whose values can't be handed on */
export function checkColumns(fields: readonly Pg.FieldDef[]): void {
  const bytes = fields.find(({ dataTypeID }) => BYTEA.has(dataTypeID));
  if (bytes !== undefined) {
    refuse(`the column \`${bytes.name}\` holds bytes, which JSON can't: take encode(${bytes.name}, 'base64')`);
  }
}
