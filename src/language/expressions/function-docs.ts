/*
 * The functions of expressions as an editor shows them. docs/expressions.md has the same words, with examples; a test
 * compares the two, and both with what the library knows.
 */

export interface FunctionDoc {
  /** How it is called, one for each form: `s.indexOf(t)`, `s.indexOf(t, from)`. */
  readonly calls: readonly string[];
  /** What it gives, in Markdown. */
  readonly gives: string;
}

export const FUNCTION_DOCS: readonly FunctionDoc[] = [
  { calls: ["size(x)", "x.size()"], gives: "the length of a text, list, map or bytes" },
  { calls: ["has(x.y)"], gives: "whether the part is there, and not null if it is an output" },
  { calls: ["type(x)"], gives: "the type" },
  { calls: ["dyn(x)"], gives: "the same value, with its type unknown to the check" },
  { calls: ["string(x)"], gives: "text" },
  { calls: ["int(x)"], gives: "an integer, of a number without its fraction, of a text, of a time in seconds" },
  { calls: ["uint(x)"], gives: "an unsigned integer" },
  { calls: ["double(x)"], gives: "a number" },
  { calls: ["bool(x)"], gives: 'a boolean of `"true"`, `"false"` and the like' },
  { calls: ["bytes(x)"], gives: "the bytes of a text, in UTF-8" },
  { calls: ["s.contains(t)"], gives: "whether one text is in the other" },
  { calls: ["s.startsWith(t)"], gives: "whether it begins so" },
  { calls: ["s.endsWith(t)"], gives: "whether it ends so" },
  { calls: ["s.matches(regex)"], gives: "whether a regular expression is found in it" },
  { calls: ["s.indexOf(t)", "s.indexOf(t, from)"], gives: "where it stands, from 0; -1 when it doesn't" },
  { calls: ["s.lastIndexOf(t)", "s.lastIndexOf(t, from)"], gives: "where it stands last" },
  { calls: ["s.substring(from)", "s.substring(from, to)"], gives: "a part" },
  { calls: ["s.trim()"], gives: "without the white space around" },
  { calls: ["s.lowerAscii()"], gives: "in small letters" },
  { calls: ["s.upperAscii()"], gives: "in capitals" },
  { calls: ["s.split(by)", "s.split(by, n)"], gives: "the parts, at most n" },
  { calls: ["list.join()", "list.join(by)"], gives: "one text of a list of texts" },
  { calls: ["list.map(x, f)", "list.map(x, if, f)"], gives: "each element changed, of those for which `if` holds" },
  { calls: ["list.filter(x, if)"], gives: "the elements for which it holds" },
  { calls: ["list.all(x, if)"], gives: "whether it holds for all" },
  { calls: ["list.exists(x, if)"], gives: "whether it holds for one" },
  { calls: ["list.exists_one(x, if)"], gives: "whether it holds for exactly one" },
  { calls: ["cel.bind(x, value, f)"], gives: "gives a value a name" },
  { calls: ["timestamp(x)"], gives: "a time, of ISO 8601 or of seconds since 1970" },
  { calls: ["duration(s)"], gives: "a span of time" },
  {
    calls: ["t.format(pattern)", "t.format(pattern, zone)"],
    gives: "a time as text: `%Y %y %m %d %j %H %M %S %F %T %s %%` as in `date`; in UTC without a zone",
  },
  { calls: ["t.getFullYear()"], gives: "the year; all of these take a time zone as well, and are in UTC without" },
  { calls: ["t.getMonth()"], gives: "the month, from 0" },
  { calls: ["t.getDate()"], gives: "the day of the month, from 1" },
  { calls: ["t.getDayOfMonth()"], gives: "the day of the month, from 0" },
  { calls: ["t.getDayOfWeek()"], gives: "the day of the week, 0 is Sunday" },
  { calls: ["t.getDayOfYear()"], gives: "the day of the year, from 0" },
  { calls: ["t.getHours()", "d.getHours()"], gives: "the hour; of a duration all its whole hours" },
  { calls: ["t.getMinutes()", "d.getMinutes()"], gives: "the minute; of a duration all its minutes" },
  { calls: ["t.getSeconds()", "d.getSeconds()"], gives: "the second; of a duration all its seconds" },
  { calls: ["t.getMilliseconds()", "d.getMilliseconds()"], gives: "the milliseconds" },
  { calls: ["b.string()"], gives: "the text of bytes" },
  { calls: ["b.json()"], gives: "a map, read from JSON" },
  { calls: ["b.hex()"], gives: "bytes in hexadecimal" },
  { calls: ["b.base64()"], gives: "bytes in base64" },
  { calls: ["b.at(i)"], gives: "one byte" },
];

/** What a value is called before the dot, by its type in CEL. */
const RECEIVERS: Readonly<Record<string, RegExp>> = {
  s: /^string$/,
  list: /^list\b/,
  x: /^(?:string|list\b.*|map\b.*|bytes)$/,
  t: /Timestamp$/,
  d: /Duration$/,
  b: /^bytes$/,
};

/** The functions that are called by their name alone. */
export function plainFunctions(): readonly { readonly name: string; readonly doc: FunctionDoc }[] {
  return FUNCTION_DOCS.flatMap((doc) => {
    const name = doc.calls.flatMap((call) => /^(\w+)\(/.exec(call)?.[1] ?? [])[0];
    const bind = doc.calls[0]?.startsWith("cel.") ? "cel.bind" : undefined;
    const called = name ?? bind;
    return called === undefined ? [] : [{ name: called, doc }];
  });
}

/** The functions that are called on a value of a type; of an unknown type all of them. */
export function methodsOf(cel: string | undefined): readonly { readonly name: string; readonly doc: FunctionDoc }[] {
  const isUnknown = cel === undefined || cel.startsWith("dyn");
  return FUNCTION_DOCS.flatMap((doc) => {
    const found = doc.calls.flatMap((call) => {
      const [, receiver = "", name = ""] = /^(\w+)\.(\w+)\(/.exec(call) ?? [];
      const pattern = RECEIVERS[receiver];
      return pattern !== undefined && (isUnknown || pattern.test(cel)) ? [name] : [];
    });
    return found[0] === undefined ? [] : [{ name: found[0], doc }];
  });
}

/** The docs of every function of that name. */
export function functionDocs(name: string): readonly FunctionDoc[] {
  return FUNCTION_DOCS.filter(({ calls }) => calls.some((call) => /(\w+)\(/.exec(call)?.[1] === name));
}
