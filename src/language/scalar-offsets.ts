/*
 * A scalar's value is not its source: quotes, escapes, folded lines and indentation lie between. These
 * functions find, for each UTF-16 unit of the value, the stretch of the source that it came from, so that
 * a mistake in the middle of a script or an expression is shown where the author wrote it.
 */

export type ScalarStyle = "plain" | "single" | "double" | "literal" | "folded";

/** For each UTF-16 unit of a value, where its source begins and ends. */
export interface ScalarOffsets {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/**
 * Maps a value's units to offsets in `raw`, the scalar's source with its quotes or its block header.
 * Undefined when they do not fit together; the caller then points at the whole scalar.
 */
export function scalarOffsets(raw: string, value: string, style: ScalarStyle): ScalarOffsets | undefined {
  const builder = new OffsetsBuilder();
  if (style === "literal") literalOffsets(raw, value, builder);
  else if (style === "folded") foldedOffsets(raw, value, builder);
  else flowOffsets(raw, style, builder);
  return builder.text === value ? builder : undefined;
}

class OffsetsBuilder implements ScalarOffsets {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  text = "";

  add(units: string, start: number, end: number): void {
    for (let i = 0; i < units.length; i++) {
      this.starts.push(start);
      this.ends.push(end);
    }
    this.text += units;
  }
}

const WHITE = /[ \t\r\n]*/y;

function whiteEnd(text: string, from: number): number {
  WHITE.lastIndex = from;
  WHITE.test(text);
  return WHITE.lastIndex;
}

/** Plain and quoted scalars: a run of white space with a line break in it folds, the rest stands as it is. */
function flowOffsets(raw: string, style: "plain" | "single" | "double", out: OffsetsBuilder): void {
  const end = style === "plain" ? raw.length : raw.length - 1;
  let at = style === "plain" ? 0 : 1;
  while (at < end) {
    const char = raw.charAt(at);
    if (char === " " || char === "\t" || char === "\n" || char === "\r") {
      const runEnd = Math.min(whiteEnd(raw, at), end);
      foldRun(raw, at, runEnd, out);
      at = runEnd;
    } else if (style === "single" && char === "'") {
      out.add("'", at, at + 2);
      at += 2;
    } else if (style === "double" && char === "\\") {
      at = escapeOffsets(raw, at, out);
    } else {
      out.add(char, at, at + 1);
      at += 1;
    }
  }
}

/** One line break becomes a space; n of them become n - 1. Without a line break the white space is content. */
function foldRun(raw: string, start: number, end: number, out: OffsetsBuilder): void {
  const breaks: number[] = [];
  for (let at = raw.indexOf("\n", start); at !== -1 && at < end; at = raw.indexOf("\n", at + 1)) breaks.push(at);
  if (breaks.length === 0) for (let at = start; at < end; at++) out.add(raw.charAt(at), at, at + 1);
  else if (breaks.length === 1) out.add(" ", start, end);
  else for (const at of breaks.slice(1)) out.add("\n", at, at + 1);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
  " ": " ",
  '"': '"',
  "/": "/",
  "\\": "\\",
  "\t": "\t",
};

/** Digits of the escapes that name a character by its number. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The escape that begins at `at`; returns where it ends. */
function escapeOffsets(raw: string, at: number, out: OffsetsBuilder): number {
  const next = raw.charAt(at + 1);
  const plain = ESCAPES[next];
  if (plain !== undefined) {
    out.add(plain, at, at + 2);
    return at + 2;
  }
  const digits = HEX_DIGITS[next];
  if (digits !== undefined) {
    const end = at + 2 + digits;
    const code = Number.parseInt(raw.slice(at + 2, end), 16);
    if (code <= 0x10ffff) out.add(String.fromCodePoint(code), at, end);
    return end;
  }
  // An escaped line break joins two lines; the second one's indentation is not content.
  let end = raw.indexOf("\n", at) + 1;
  while (raw.charAt(end) === " " || raw.charAt(end) === "\t") end += 1;
  return Math.max(end, at + 2);
}

/** Where each line after the block's header begins, and its text without the line break. */
function blockLines(raw: string): { start: number; text: string }[] {
  const lines: { start: number; text: string }[] = [];
  let start = raw.indexOf("\n") + 1;
  if (start === 0) return lines;
  while (start <= raw.length) {
    const found = raw.indexOf("\n", start);
    const end = found === -1 ? raw.length : found;
    const text = raw.slice(start, end);
    lines.push({ start, text: text.endsWith("\r") ? text.slice(0, -1) : text });
    start = end + 1;
  }
  return lines;
}

/** Line by line: each line of the value is the end of its source line, so the indentation need not be known. */
function literalOffsets(raw: string, value: string, out: OffsetsBuilder): void {
  const lines = blockLines(raw);
  const wanted = value.split("\n");
  wanted.forEach((text, index) => {
    const line = lines[index] ?? { start: raw.length, text: "" };
    const from = line.start + line.text.length - text.length;
    if (line.text.endsWith(text)) for (let i = 0; i < text.length; i++) out.add(text.charAt(i), from + i, from + i + 1);
    const end = line.start + line.text.length;
    if (index < wanted.length - 1) out.add("\n", end, Math.min(end + 1, raw.length));
  });
}

/**
 * Folding changes white space alone, so the other characters stand in the same order in both; each run of
 * white space in the value comes from the run at the same place in the source.
 */
function foldedOffsets(raw: string, value: string, out: OffsetsBuilder): void {
  let at = raw.indexOf("\n") + 1 || raw.length;
  let v = 0;
  while (v < value.length) {
    const runEnd = whiteEnd(raw, at);
    const valueRunEnd = whiteEnd(value, v);
    whiteOffsets(raw, at, runEnd, value.slice(v, valueRunEnd), out);
    at = runEnd;
    v = valueRunEnd;
    if (v < value.length) {
      if (raw.charAt(at) !== value.charAt(v)) return;
      out.add(value.charAt(v), at, at + 1);
      at += 1;
      v += 1;
    }
  }
}

/** Units from the end of the run are the source's last ones (deeper indentation); the others share what is left. */
function whiteOffsets(raw: string, start: number, end: number, white: string, out: OffsetsBuilder): void {
  let kept = 0;
  while (
    kept < white.length &&
    end - kept > start &&
    white.charAt(white.length - 1 - kept) === raw.charAt(end - 1 - kept) &&
    white.charAt(white.length - 1 - kept) !== "\n"
  ) {
    kept += 1;
  }
  const shared = white.length - kept;
  for (let i = 0; i < shared; i++) {
    const from = Math.min(start + i, Math.max(start, end - kept - 1));
    out.add(white.charAt(i), from, Math.max(from, i === shared - 1 ? end - kept : Math.min(from + 1, end - kept)));
  }
  for (let i = 0; i < kept; i++) out.add(white.charAt(shared + i), end - kept + i, end - kept + i + 1);
}
