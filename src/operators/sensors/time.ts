import { type JsonObject, parseDuration } from "../../lib/index.ts";
import type { LookHost, SensorKind } from "./kind.ts";
import { DURATION, textOr } from "./values.ts";

const OF_DAY_PATTERN = "^([01]\\d|2[0-3]):([0-5]\\d)(?::([0-5]\\d))?$";
const OF_DAY = new RegExp(OF_DAY_PATTERN);
const MOMENT_PATTERN =
  "^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)?(?:Z|[+-]\\d{2}:?\\d{2})$";
const MOMENT = new RegExp(MOMENT_PATTERN);
/** A day, in milliseconds. */
const DAY_MS = 86_400_000;

/** Waits for a moment, and wakes exactly then. */
export const time: SensorKind = {
  name: "time",
  schema: {
    description: "Waits for a moment.",
    oneOf: [
      {
        type: "object",
        properties: {
          until: {
            ...textOr(MOMENT_PATTERN),
            description: "A date and time in ISO 8601, with its offset.",
            examples: ["2027-01-01T00:00:00Z"],
          },
        },
        required: ["until"],
        additionalProperties: false,
      },
      {
        type: "object",
        properties: {
          after_slot: {
            ...DURATION,
            description: "This long after the run's logical date.",
            examples: ["30m"],
          },
        },
        required: ["after_slot"],
        additionalProperties: false,
      },
      {
        type: "object",
        properties: {
          of_day: {
            ...textOr(OF_DAY_PATTERN),
            description: "This time of the day that the run's logical date lies in.",
            examples: ["06:00"],
          },
          timezone: { type: "string", description: "An IANA time zone.", default: "UTC", examples: ["Europe/Berlin"] },
        },
        required: ["of_day"],
        additionalProperties: false,
      },
    ],
    examples: [{ of_day: "06:00", timezone: "Europe/Berlin" }, { after_slot: "30m" }],
  },
  normalise: (value) => value,
  async look(host, config) {
    const at = momentOf(host, config as JsonObject);
    if (typeof at === "string")
      return { state: "failed", failure: { reason: "operator_failed", message: at, final: true } };
    if (host.now() >= at) return { state: "found" };
    return { state: "not_yet", why: `it is not ${new Date(at).toISOString()} yet`, not_before: at };
  },
};

/** When it is; a text says why that can't be told. */
function momentOf({ work }: LookHost, { until, after_slot, of_day, timezone }: JsonObject): number | string {
  if (typeof until === "string") {
    const at = MOMENT.test(until) ? Date.parse(until) : Number.NaN;
    return Number.isNaN(at) ? `\`${until}\` is no date and time with an offset, such as 2027-01-01T00:00:00Z` : at;
  }
  if (typeof after_slot === "string") {
    const after_ms = parseDuration(after_slot);
    return after_ms === undefined ? `\`${after_slot}\` is no duration such as 30m` : work.logical_date + after_ms;
  }
  const [, hours = "", minutes = "", seconds = "0"] = OF_DAY.exec(String(of_day)) ?? [];
  if (hours === "") return `\`${String(of_day)}\` is no time of day such as 06:00`;
  const zone = typeof timezone === "string" ? timezone : "UTC";
  try {
    return inZone(work.logical_date, zone, Number(hours), Number(minutes), Number(seconds));
  } catch {
    return `\`${zone}\` is no time zone such as Europe/Berlin`;
  }
}

/**
 * That time of the day in which `on` lies, in a zone. Where clocks go back, the first of the two; where they leave it out, as
 * long after the gap began as it lies in the gap.
 */
function inZone(on: number, zone: string, hours: number, minutes: number, seconds: number): number {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  /** What a clock in the zone shows, as if it were UTC. */
  const local = (at: number): number => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
  const wanted = Math.floor(local(on) / DAY_MS) * DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1_000;
  // The zone's offsets on the days before and after are all that it can be. Of two moments that fit, the first counts.
  const moments = [wanted - DAY_MS, wanted + DAY_MS].map((near) => wanted - (local(near) - near));
  const fitting = moments.filter((at) => local(at) === wanted);
  return fitting.length === 0 ? (moments[0] ?? wanted) : Math.min(...fitting);
}
