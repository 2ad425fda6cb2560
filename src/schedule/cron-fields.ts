/*
 * Cron expressions, read field by field: what each may hold, what is wrong with it and which values it
 * stands for. The grammar is that of `cron-parser`, which finds the dates, without its random `H`.
 */

/** A field of a cron expression, in the order in which they are written. */
export interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names for the values from `min` on. */
  readonly names?: readonly string[];
}

export const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;
export const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

const short = (name: string) => name.slice(0, 3).toUpperCase();

const SECOND: CronField = { name: "second", min: 0, max: 59 };
const MINUTE: CronField = { name: "minute", min: 0, max: 59 };
const HOUR: CronField = { name: "hour", min: 0, max: 23 };
const DAY: CronField = { name: "day of the month", min: 1, max: 31 };
const MONTH: CronField = { name: "month", min: 1, max: 12, names: MONTHS.map(short) };
/** 0 and 7 are both Sunday. */
const WEEKDAY: CronField = { name: "day of the week", min: 0, max: 7, names: WEEKDAYS.map(short) };

const FIELDS = [SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY] as const;

/** The values that a field stands for. */
export interface FieldValues {
  /** In ascending order. */
  readonly values: readonly number[];
  /** `*`: nothing is asked for. */
  readonly any: boolean;
}

/** A cron expression that can be read. */
export interface Cron {
  readonly second: FieldValues;
  readonly minute: FieldValues;
  readonly hour: FieldValues;
  readonly day: FieldValues;
  /** `L`: the last day of the month. */
  readonly lastDay: boolean;
  readonly month: FieldValues;
  /** 0 is Sunday. */
  readonly weekday: FieldValues;
  /** `5L` and `5#2`: the last, or the second, Friday of the month. */
  readonly nth: readonly { readonly weekday: number; readonly n: number | "last" }[];
}

/** What is wrong with a cron expression. Offsets count in it. */
export interface CronProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string;
}

/** The words that stand for a whole expression. */
const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@hourly": "0 * * * *",
  "@minutely": "* * * * *",
  "@weekdays": "0 0 * * 1-5",
  "@weekends": "0 0 * * 0,6",
};

/** Words of other crons, and what to write. */
const OTHER_MACROS: Readonly<Record<string, string>> = {
  "@midnight": "write `@daily`",
  "@reboot": "a pipeline has no machine to start with; leave the schedule out and start it where the machine starts",
  "@once": "leave the schedule out and start the run by hand",
  "@secondly": "write `* * * * * *`",
};

type ParsedCron =
  | { readonly ok: true; readonly cron: Cron }
  | { readonly ok: false; readonly problems: readonly CronProblem[] };

/** What was read last: a process meets few expressions, and asks for each many times. */
const parsed = new Map<string, ParsedCron>();
const PARSED_MAX = 1000;

/** Reads a cron expression with 5 fields, 6 with seconds in front, or a word such as `@daily`. Never throws. */
export function parseCron(text: string): ParsedCron {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  if (parsed.size >= PARSED_MAX) parsed.clear();
  const made = readCron(text);
  parsed.set(text, made);
  return made;
}

function readCron(text: string): ParsedCron {
  const trimmed = text.trim();
  const offset = text.length - text.trimStart().length;
  const whole = { start: offset, end: offset + trimmed.length };
  if (trimmed.startsWith("@")) {
    const expanded = Object.hasOwn(MACROS, trimmed) ? MACROS[trimmed] : undefined;
    if (expanded !== undefined) return readCron(expanded);
    const hint = Object.hasOwn(OTHER_MACROS, trimmed)
      ? OTHER_MACROS[trimmed]
      : `there is ${Object.keys(MACROS).join(", ")}`;
    return refuse({
      ...whole,
      message: `\`${trimmed}\` stands for no schedule`,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  const parts = [...trimmed.matchAll(/\S+/g)].map((match) => ({ text: match[0], start: offset + match.index }));
  if (parts.length !== 5 && parts.length !== 6) return refuse({ ...whole, ...wrongCount(parts.length) });
  const problems: CronProblem[] = [];
  const fields = parts.length === 6 ? FIELDS : FIELDS.slice(1);
  const read = fields.map((field, index) => {
    const part = parts[index] ?? { text: "*", start: 0 };
    return new FieldReader(field, part.text, part.start, problems).read();
  });
  const [second, minute, hour, day, month, weekday] = parts.length === 6 ? read : [NOTHING_EXTRA, ...read];
  if (problems.length > 0 || !second || !minute || !hour || !day || !month || !weekday) {
    return {
      ok: false,
      problems: withSwapHint(
        problems,
        parts.map((part) => part.text),
      ),
    };
  }
  const cron = { second, minute, hour, day, lastDay: day.last, month, weekday, nth: weekday.nth };
  return { ok: true, cron };
}

function refuse(problem: CronProblem): { readonly ok: false; readonly problems: readonly CronProblem[] } {
  return { ok: false, problems: [problem] };
}

function wrongCount(count: number): { readonly message: string; readonly hint: string } {
  const hint =
    count === 7
      ? "leave the year out: use `start` and `end`"
      : "minute, hour, day of the month, month, day of the week; for all of them write `*`";
  return { message: `a cron expression has 5 fields, or 6 with seconds in front, and this has ${count}`, hint };
}

/** `2 30` for half past two: the first two fields are easily taken for hour and minute. */
function withSwapHint(problems: readonly CronProblem[], parts: readonly string[]): readonly CronProblem[] {
  const at = parts.length - 5;
  const [minute, hour] = [parts[at] ?? "", parts[at + 1] ?? ""];
  const isSwapped =
    /^\d+$/.test(minute) &&
    /^\d+$/.test(hour) &&
    Number(minute) <= HOUR.max &&
    Number(hour) > HOUR.max &&
    Number(hour) <= MINUTE.max;
  if (!isSwapped || problems.length !== 1) return problems;
  const other = [...parts];
  other[at] = hour;
  other[at + 1] = minute;
  return problems.map((problem) => ({
    ...problem,
    hint: `the minute stands before the hour: did you mean \`${other.join(" ")}\`?`,
  }));
}

interface ReadField extends FieldValues {
  readonly last: boolean;
  readonly nth: Cron["nth"];
}

/** The seconds of an expression without them. */
const NOTHING_EXTRA: ReadField = { values: [0], any: false, last: false, nth: [] };

class FieldReader {
  readonly #field: CronField;
  readonly #text: string;
  readonly #start: number;
  readonly #problems: CronProblem[];
  readonly #values = new Set<number>();
  readonly #nth: { weekday: number; n: number | "last" }[] = [];
  #last = false;

  constructor(field: CronField, text: string, start: number, problems: CronProblem[]) {
    this.#field = field;
    this.#text = text;
    this.#start = start;
    this.#problems = problems;
  }

  read(): ReadField {
    let at = this.#start;
    for (const item of this.#text.split(",")) {
      this.#item(item, at);
      at += item.length + 1;
    }
    const values = [...this.#values].sort((a, b) => a - b);
    const any = this.#text === "*" || this.#text === "?";
    return { values, any, last: this.#last, nth: this.#nth };
  }

  /** One item of a list: a value, a range, or either with a step. */
  #item(item: string, at: number): void {
    if (item === "") {
      const [start, end] = this.#text === "" ? [at, at] : [this.#start, this.#start + this.#text.length];
      this.#problem(start, end, `the ${this.#field.name} \`${this.#text}\` has an empty place in its list`);
    } else if (!this.#special(item, at)) {
      this.#range(item, at);
    }
  }

  /** `L` for the last day, `5L` for the last Friday, `5#2` for the second. */
  #special(item: string, at: number): boolean {
    if (item === "L" && this.#field === DAY) {
      this.#last = true;
      return true;
    }
    const match = this.#field === WEEKDAY ? /^(\w+?)(?:L|#(\d+))$/.exec(item) : undefined;
    const day = match?.[1] === undefined ? undefined : this.#value(match[1]);
    if (!match || day === undefined) return false;
    const n = match[2] === undefined ? "last" : Number(match[2]);
    if (n !== "last" && (n < 1 || n > 5)) {
      this.#problem(
        at,
        at + item.length,
        `a month has no ${n}th ${WEEKDAYS[day % 7]}`,
        "write 1 to 5, or `L` for the last",
      );
      return true;
    }
    this.#nth.push({ weekday: day % 7, n });
    return true;
  }

  #range(item: string, at: number): void {
    const { name, min, max } = this.#field;
    const end = at + item.length;
    const [span = "", step, ...more] = item.split("/");
    const by = step === undefined ? 1 : Number(/^\d+$/.test(step) ? step : 0);
    const [first = "", second, ...rest] = span.split("-");
    const isAll = span === "*" || span === "?";
    const from = isAll ? min : this.#value(first);
    // A single value with a step goes on to the end.
    const single = step === undefined ? from : max;
    const to = isAll ? max : second === undefined ? single : this.#value(second);
    if (more.length > 0) {
      this.#problem(at, end, `the ${name} \`${item}\` has two steps`, "write one, such as `*/15`");
    } else if (by === 0) {
      const message = `the step of the ${name} is a number from 1, and \`${step}\` is not`;
      this.#problem(at, end, message, "`*/15` means every 15th");
    } else if (by > max - min + 1) {
      const message = `the ${name} begins anew behind ${max}, so a step of ${by} never comes`;
      const unit = { second: "s", minute: "m", hour: "h", "day of the month": "d" }[name];
      const hint =
        unit === undefined ? "write the one that is meant" : `an interval is written \`every: ${by}${unit}\``;
      this.#problem(at, end, message, hint);
    } else if (from === undefined || to === undefined || rest.length > 0) {
      this.#notAValue(item, span, at);
    } else if (from > to) {
      const named = this.#field.names === undefined ? undefined : `${first}-${this.#field.names.at(-1)},…`;
      const hint = named === undefined ? "write the smaller one first" : `write its two parts one by one: \`${named}\``;
      this.#problem(at, end, `the ${name} \`${item}\` begins after its end`, hint);
    } else {
      for (let value = from; value <= to; value += by) this.#values.add(this.#field === WEEKDAY ? value % 7 : value);
    }
  }

  #notAValue(item: string, span: string, at: number): void {
    const { name, min, max, names } = this.#field;
    const wrong = span.split("-").find((part) => this.#value(part) === undefined) ?? span;
    const start = at + item.indexOf(wrong);
    const also = names === undefined ? "" : `, or ${names[0]} to ${names.at(-1)}`;
    this.#problem(
      start,
      start + wrong.length,
      `the ${name} is ${min} to ${max}${also}, and this is \`${wrong}\``,
      this.#shortName(wrong) ?? notationHint(item),
    );
  }

  /** Of a name that is written out: how it is written here. */
  #shortName(written: string): string | undefined {
    const { names } = this.#field;
    const short = /^[a-z]{4,}$/i.test(written) ? written.slice(0, 3).toUpperCase() : "";
    return names?.includes(short) ? `write \`${short}\`` : undefined;
  }

  /** A number in range, or a name; undefined for anything else. */
  #value(text: string): number | undefined {
    const { min, max, names } = this.#field;
    if (/^\d{1,2}$/.test(text)) {
      const value = Number(text);
      return value >= min && value <= max ? value : undefined;
    }
    const named = names?.indexOf(text.toUpperCase()) ?? -1;
    return named === -1 ? undefined : named + min;
  }

  #problem(start: number, end: number, message: string, hint?: string): void {
    this.#problems.push({ start, end, message, ...(hint === undefined ? {} : { hint }) });
  }
}

function notationHint(item: string): string | undefined {
  if (/W/i.test(item) && /^\d+W$/i.test(item)) return "the nearest working day can't be written in cron here";
  if (/^H/.test(item)) return "to spread pipelines over an hour use `jitter`";
  return undefined;
}
