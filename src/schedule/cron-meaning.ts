import { type Cron, type FieldValues, MONTHS, WEEKDAYS } from "./cron-fields.ts";

/*
 * What a cron expression means: in words, whether it ever comes due, and how close together its times
 * are. Days are looked at by the calendar alone; no time zone changes the answers.
 */

/** Times of a day that are named one by one. */
const TIMES_MAX = 4;

/** Seconds in a day. */
const DAY_S = 86_400;

/** Milliseconds in a day. */
const DAY_MS = DAY_S * 1000;

/** Days that are looked through for one that matches: 40 years hold every calendar but for the skipped leap year of 2100. */
const DAYS_MAX = 40 * 366;

/** A cron expression in words, such as `at 02:00 on Monday to Friday`. */
export function describeCron(cron: Cron): string {
  return [describeTime(cron), describeDays(cron), describeMonths(cron)].filter((part) => part !== "").join(" ");
}

function describeTime({ second, minute, hour }: Cron): string {
  const [hours, minutes, seconds] = [hour.values, minute.values, second.values];
  if (minutes.length === 1 && seconds.length === 1 && hours.length <= TIMES_MAX) {
    return `at ${listed(hours.map((each) => clock(each, minutes[0] ?? 0, seconds[0] ?? 0)))}`;
  }
  const parts: string[] = [];
  if (seconds.length > 1) parts.push(describeSteps(second, "second", 60));
  else if ((seconds[0] ?? 0) > 0) parts.push(`at second ${seconds[0]}`);
  if (minutes.length > 1) {
    // Every second minute of every minute says no more than every second.
    if (seconds.length === 1 || !minute.any) parts.push(describeSteps(minute, "minute", 60));
  } else if (seconds.length > 1) parts.push(`in minute ${minutes[0]}`);
  else parts.push(minutes[0] === 0 ? "on the hour" : `at minute ${minutes[0]}`);
  if (!hour.any)
    parts.push(hours.length === 1 ? `of the hour ${clock(hours[0] ?? 0, 0, 0)}` : describeSteps(hour, "hour", 24));
  else if (minutes.length === 1) parts.push("of every hour");
  return parts.join(" ").replace("on the hour of every hour", "every hour on the hour");
}

/** `every 15 minutes`, `every minute`, or the values one by one. */
function describeSteps({ values, any }: FieldValues, unit: string, cycle: number): string {
  const step = (values[1] ?? 0) - (values[0] ?? 0);
  const even = values.every((value, index) => value === (values[0] ?? 0) + index * step);
  if (any || (even && step === 1 && values.length === cycle)) return `every ${unit}`;
  if (even && values[0] === 0 && step > 1 && cycle % step === 0 && values.length === cycle / step)
    return `every ${step} ${unit}s`;
  return `at ${unit}s ${ranges(values, String)}`;
}

const ORDINALS = ["first", "second", "third", "fourth", "fifth"] as const;

function describeDays({ day, lastDay, weekday, nth }: Cron): string {
  const days = day.values.length > 0 ? [`day ${ranges(day.values, String)}`] : [];
  const inMonth = day.any ? "" : `on ${listed([...days, ...(lastDay ? ["the last day"] : [])])} of the month`;
  const names = weekday.values.length > 0 ? [ranges(weekday.values, (value) => WEEKDAYS[value] ?? "")] : [];
  const counted = nth.map((each) => {
    const which = each.n === "last" ? "last" : ORDINALS[each.n - 1];
    return `the ${which} ${WEEKDAYS[each.weekday]} of the month`;
  });
  const inWeek = weekday.any ? "" : `on ${listed([...names, ...counted])}`;
  return inMonth !== "" && inWeek !== "" ? `${inMonth} or ${inWeek}` : inMonth + inWeek;
}

function describeMonths({ month }: Cron): string {
  return month.any || month.values.length === 12
    ? ""
    : `in ${ranges(month.values, (value) => MONTHS[value - 1] ?? "")}`;
}

/** Values with runs of three and more drawn together. */
function ranges(values: readonly number[], name: (value: number) => string): string {
  const parts: string[] = [];
  for (let from = 0; from < values.length; ) {
    let to = from;
    while (values[to + 1] === (values[to] ?? 0) + 1) to += 1;
    const [first, last] = [name(values[from] ?? 0), name(values[to] ?? 0)];
    if (to - from >= 2) parts.push(`${first} to ${last}`);
    else parts.push(...(to > from ? [first, last] : [first]));
    from = to + 1;
  }
  return listed(parts);
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function clock(hour: number, minute: number, second: number): string {
  const digits = (value: number) => String(value).padStart(2, "0");
  return `${digits(hour)}:${digits(minute)}${second === 0 ? "" : `:${digits(second)}`}`;
}

/**
 * Whether a day matches between two dates (milliseconds since the epoch at midnight UTC, both included);
 * without an end, whether one ever does.
 */
export function matchesSomeDay(cron: Cron, from: number, to?: number): boolean {
  const last = Math.min(to ?? Number.POSITIVE_INFINITY, from + DAYS_MAX * DAY_MS);
  for (let at = from; at <= last; at += DAY_MS) if (matchesDay(cron, new Date(at))) return true;
  return false;
}

/** Whether a day (midnight UTC) matches. As cron has it: when both the day of the month and the day of the week are given, either will do. */
export function matchesDay(cron: Cron, date: Date): boolean {
  if (!cron.month.values.includes(date.getUTCMonth() + 1)) return false;
  const isDay = matchesDayOfMonth(cron, date);
  const isWeekday = matchesWeekday(cron, date);
  if (cron.day.any) return cron.weekday.any || isWeekday;
  return cron.weekday.any ? isDay : isDay || isWeekday;
}

function matchesDayOfMonth(cron: Cron, date: Date): boolean {
  return cron.day.values.includes(date.getUTCDate()) || (cron.lastDay && date.getUTCDate() === lastOfMonth(date));
}

function matchesWeekday(cron: Cron, date: Date): boolean {
  const day = date.getUTCDate();
  const weekday = date.getUTCDay();
  if (cron.weekday.values.includes(weekday)) return true;
  return cron.nth.some(({ n, weekday: wanted }) => {
    if (wanted !== weekday) return false;
    return n === "last" ? day + 7 > lastOfMonth(date) : Math.ceil(day / 7) === n;
  });
}

function lastOfMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

/** Seconds between the two closest times of a day, or of two days that follow each other. */
export function shortestGapSeconds({ second, minute, hour }: Cron): number {
  let gap = DAY_S;
  let first: number | undefined;
  let previous: number | undefined;
  for (const hours of hour.values) {
    for (const minutes of minute.values) {
      for (const seconds of second.values) {
        const time = hours * 3600 + minutes * 60 + seconds;
        if (previous !== undefined) gap = Math.min(gap, time - previous);
        first ??= time;
        previous = time;
      }
    }
  }
  return Math.min(gap, (first ?? 0) + DAY_S - (previous ?? 0));
}
