import { duration } from "./words.ts";

/** A schedule as the API has it. */
export interface Schedule {
  readonly cron: readonly string[];
  readonly every_ms?: number;
  readonly after: readonly string[];
  readonly timezone: string;
  readonly start?: string;
  readonly end?: string;
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const SHORT_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** When a pipeline runs, in words: `every day at 02:00`. What has no short words stays as it is written. */
export function scheduleWords(schedule: Schedule | null): string {
  if (schedule === null) return "by hand";
  const words = [
    ...schedule.cron.map(cronWords),
    ...(schedule.every_ms === undefined ? [] : [`every ${duration(schedule.every_ms).replace(/ 0+[a-z]$/, "")}`]),
    ...(schedule.after.length === 0 ? [] : [`after ${schedule.after.join(" and ")}`]),
  ];
  return words.join(", ");
}

function cronWords(cron: string): string {
  const fields = cron.trim().split(/\s+/);
  if (fields.length === 6) {
    const [second = "", ...rest] = fields;
    if (fields.every((field) => field === "*")) return "every second";
    const [, each] = /^\*\/(\d+)$/.exec(second) ?? [];
    if (each !== undefined && rest.every((field) => field === "*")) return `every ${each} seconds`;
    return second === "0" ? cronWords(rest.join(" ")) : cron;
  }
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  if (fields.length !== 5 || month !== "*") return cron;
  const anyDay = day === "*" && weekday === "*";
  if (anyDay && hour === "*") return minuteWords(minute) ?? cron;
  const [, everyHours] = /^\*\/(\d+)$/.exec(hour) ?? [];
  if (anyDay && everyHours !== undefined && isNumber(minute)) {
    return `every ${everyHours} hours${minute === "0" ? "" : ` at :${two(minute)}`}`;
  }
  if (!isNumber(minute) || !/^\d+(,\d+)*$/.test(hour)) return cron;
  const at = hour
    .split(",")
    .map((each) => `${two(each)}:${two(minute)}`)
    .join(", ");
  if (anyDay) return `every day at ${at}`;
  if (day === "*") {
    const days = weekdayWords(weekday.toLowerCase());
    return days === undefined ? cron : `${days} at ${at}`;
  }
  if (weekday === "*" && isNumber(day)) return `on day ${day} of the month at ${at}`;
  return cron;
}

function minuteWords(minute: string): string | undefined {
  if (minute === "*") return "every minute";
  const [, each] = /^\*\/(\d+)$/.exec(minute) ?? [];
  if (each !== undefined) return `every ${each} minutes`;
  if (minute === "0") return "every hour";
  return isNumber(minute) ? `every hour at :${two(minute)}` : undefined;
}

function weekdayWords(weekday: string): string | undefined {
  if (weekday === "1-5" || weekday === "mon-fri") return "on weekdays";
  if (["0,6", "6,0", "sat,sun", "6-7"].includes(weekday)) return "at weekends";
  const numbers = weekday.split(",").map((each) => (isNumber(each) ? Number(each) % 7 : SHORT_DAYS.indexOf(each)));
  const names = numbers.map((each) => DAYS[each]);
  return names.includes(undefined) ? undefined : `on ${names.join(", ")}`;
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

function two(text: string): string {
  return text.padStart(2, "0");
}
