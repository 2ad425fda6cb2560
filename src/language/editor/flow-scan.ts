/*
 * Brackets and braces on the way to a cursor: `{ type: integer, min│`.
 */

/** Where the cursor stands between brackets. */
export interface FlowPlace {
  /** From the outermost bracket down; `-` is an item of a list. */
  readonly path: readonly string[];
  readonly role: "key" | "value";
  /** Where the word under the cursor begins. */
  readonly word: number;
  /** The keys of the innermost mapping, so far. */
  readonly siblings: ReadonlySet<string>;
}

interface Level {
  readonly list: boolean;
  readonly keys: Set<string>;
  /** The key whose value is being read. */
  key: string | undefined;
  /** Where the word that is being read begins; undefined before its first character. */
  word: number | undefined;
}

/** Characters that are looked through. Brackets in pipelines are short; an open one in a large file must not cost its whole length for each line. */
const LENGTH_MAX = 20_000;

/** Reads from an opening bracket at `from` up to `to`. Undefined when the bracket is closed before, or too far away. */
export function scanFlow(text: string, from: number, to: number): FlowPlace | undefined {
  if (to - from > LENGTH_MAX) return undefined;
  const levels: Level[] = [];
  let at = from;
  while (at < to) {
    const char = text[at] ?? "";
    const level = levels.at(-1);
    if (char === "[" || char === "{") {
      levels.push({ list: char === "[", keys: new Set(), key: undefined, word: undefined });
    } else if (char === "]" || char === "}") {
      levels.pop();
      if (levels.length === 0) return undefined;
    } else if (level === undefined) {
      return undefined;
    } else if ((char === '"' || char === "'") && level.word === undefined) {
      level.word = at;
      const end = skipQuoted(text, at, to);
      if (end === undefined) break;
      at = end;
      continue;
    } else if (char === ",") {
      level.key = undefined;
      level.word = undefined;
    } else if (char === ":" && !level.list && level.key === undefined && /[\s,"'[\]{}]|^$/.test(text[at + 1] ?? "")) {
      level.key = (level.word === undefined ? "" : text.slice(level.word, at)).trim().replace(/^(["'])(.*)\1$/, "$2");
      level.keys.add(level.key);
      level.word = undefined;
    } else if (char === "#" && /\s/.test(text[at - 1] ?? "")) {
      const end = text.indexOf("\n", at);
      at = end === -1 ? to : Math.min(end, to);
      continue;
    } else if (!/\s/.test(char)) {
      level.word ??= at;
    }
    at += 1;
  }
  const inner = levels.at(-1);
  if (inner === undefined) return undefined;
  const path = levels.flatMap((level) => (level.list ? ["-"] : level.key === undefined ? [] : [level.key]));
  const role = inner.list || inner.key !== undefined ? "value" : "key";
  return { path, role, word: inner.word ?? to, siblings: inner.keys };
}

/** The offset behind the quoted text that begins at `from`; undefined when it doesn't end before `to`. */
export function skipQuoted(text: string, from: number, to: number): number | undefined {
  const quote = text[from];
  for (let at = from + 1; at < to; at += 1) {
    const char = text[at];
    if (char === "\\" && quote === '"') at += 1;
    else if (char === quote) {
      if (quote === "'" && text[at + 1] === "'" && at + 1 < to) at += 1;
      else return at + 1;
    }
  }
  return undefined;
}
