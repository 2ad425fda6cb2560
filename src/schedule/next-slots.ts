import { type Cron, type FieldValues, parseCron } from "./cron-fields.ts";

type Library = typeof import("./cron-library.ts");

/**
 * The next times after `from` (milliseconds since the epoch, not included) at which one of the cron
 * expressions is due in `zone`, ascending, at most `count`; fewer when they come due no more. The
 * expressions have passed `parseCron`; others are never due.
 */
export async function nextSlots(
  crons: readonly string[],
  zone: string,
  from: number,
  count: number,
): Promise<readonly number[]> {
  // It brings a whole calendar along, which nobody should wait for who only checks a file.
  const library = await import("./cron-library.ts");
  const slots = new Set<number>();
  for (const text of crons) {
    const parsed = parseCron(text);
    if (!parsed.ok) continue;
    for (const plain of plainExpressions(parsed.cron))
      for (const slot of slotsOf(library, plain, zone, from, count)) slots.add(slot);
  }
  return [...slots].sort((a, b) => a - b).slice(0, count);
}

/** The library throws for what never comes due, and when the next date is too far to be found. */
function slotsOf(library: Library, plain: string, zone: string, from: number, count: number): readonly number[] {
  const slots: number[] = [];
  try {
    const expression = library.CronExpressionParser.parse(plain, { currentDate: new Date(from), tz: zone });
    while (slots.length < count) slots.push(expression.next().getTime());
  } catch {
    // No more.
  }
  return slots;
}

/**
 * The same times in the library's own notation, values one by one: it refuses a value that is given twice,
 * and takes a single `5#2` where ours may stand in a list. Several expressions are a union.
 */
function plainExpressions(cron: Cron): readonly string[] {
  const days = [...cron.day.values.map(String), ...(cron.lastDay ? ["L"] : [])];
  const start = [cron.second, cron.minute, cron.hour].map(plainField).join(" ");
  const common = `${start} ${cron.day.any ? "*" : days.join(",")} ${plainField(cron.month)}`;
  const weekdays = cron.weekday.values.length > 0 ? [plainField(cron.weekday)] : [];
  const nth = cron.nth.map(({ weekday, n }) => (n === "last" ? `${weekday}L` : `${weekday}#${n}`));
  return [...weekdays, ...nth].map((weekday) => `${common} ${weekday}`);
}

function plainField({ values, any }: FieldValues): string {
  return any ? "*" : values.join(",");
}
