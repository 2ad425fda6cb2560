import type { Masker } from "../../lib/index.ts";

/** Longer lines are cut here. */
export const LINE_LENGTH_MAX = 16 * 1024;

const CUT_MARKER = " … [cut: a line is at most 16 KiB]";

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** A line of output, ready to be logged. */
export interface SplitLine {
  readonly text: string;
  /** Where in the spool file what follows the line begins. */
  readonly end: number;
}

/**
 * Cuts bytes into lines of clean text: secrets masked, invalid UTF-8 and control characters replaced,
 * over-long lines cut. Of a line that was written over with carriage returns, as progress bars do, the
 * last state counts.
 */
export class LineSplitter {
  readonly #masker: Masker;
  /** Bytes that may be pending: a line, and as much more as a secret that begins in it can take (4 bytes a character). */
  readonly #pendingMax: number;
  #pending: Buffer[] = [];
  #pendingLength = 0;
  /** The rest of this line is not wanted. */
  #skipping: boolean;
  #offset: number;

  /** `offset`: where in the spool file the first byte comes from. `midLine`: it belongs to a line that was cut. */
  constructor(masker: Masker, offset: number, midLine: boolean) {
    this.#masker = masker;
    this.#pendingMax = LINE_LENGTH_MAX + 4 * masker.reach;
    this.#offset = offset;
    this.#skipping = midLine;
  }

  /** Where in the spool file the next byte comes from. */
  get offset(): number {
    return this.#offset;
  }

  /** Takes bytes; returns the lines that they complete. */
  push(chunk: Buffer): SplitLine[] {
    const lines: SplitLine[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#add(chunk.subarray(from, at), lines);
      this.#offset += 1;
      if (!this.#skipping) lines.push({ text: this.#take(), end: this.#offset });
      this.#skipping = false;
      from = at + 1;
    }
    this.#add(chunk.subarray(from), lines);
    return lines;
  }

  /** There is no more: returns what is left as a line without an end. */
  flush(): SplitLine[] {
    return this.#pendingLength === 0 ? [] : [{ text: this.#take(), end: this.#offset }];
  }

  /** Adds bytes of one line, and cuts it when it gets too long. */
  #add(bytes: Buffer, lines: SplitLine[]): void {
    this.#offset += bytes.length;
    if (this.#skipping || bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#pendingLength += bytes.length;
    if (this.#pendingLength <= this.#pendingMax) return;
    const line = afterReturn(Buffer.concat(this.#pending));
    if (line.length > this.#pendingMax) {
      lines.push({ text: this.#cut(line), end: this.#offset });
      this.#skipping = true;
      this.#clear();
    } else {
      this.#pending = [line];
      this.#pendingLength = line.length;
    }
  }

  #take(): string {
    const [first = Buffer.alloc(0)] = this.#pending;
    const line = afterReturn(this.#pending.length <= 1 ? first : Buffer.concat(this.#pending));
    this.#clear();
    const text = cleanLine(line, this.#masker);
    return text.length > LINE_LENGTH_MAX ? text.slice(0, LINE_LENGTH_MAX) + CUT_MARKER : text;
  }

  /** A secret may begin at the end of these bytes and not be whole: as much as one takes is left off. */
  #cut(line: Buffer): string {
    const text = cleanLine(line.subarray(0, this.#pendingMax), this.#masker);
    return text.slice(0, Math.min(LINE_LENGTH_MAX, text.length - this.#masker.reach)) + CUT_MARKER;
  }

  #clear(): void {
    this.#pending = [];
    this.#pendingLength = 0;
  }
}

/** What a terminal would show: a carriage return begins the line anew. */
function afterReturn(line: Buffer): Buffer {
  let end = line.length;
  while (end > 0 && line[end - 1] === RETURN) end -= 1;
  return end === 0 ? line.subarray(0, 0) : line.subarray(line.lastIndexOf(RETURN, end - 1) + 1, end);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
/** Escape sequences (colours first, which are kept), then single control characters. A tab is none. */
const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /(\u001b\[[0-9;:]*m)|\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-~])?|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g;

/** Text without secrets, line breaks and anything that would move a terminal's cursor. Colours stay. */
export function cleanLine(line: Buffer | string, masker: Masker): string {
  const masked = masker.mask(typeof line === "string" ? line : line.toString("utf8"));
  if (!CONTROL.test(masked)) return masked;
  const clean = masked.replace(CONTROLS, (found, colour: string | undefined) => {
    if (colour !== undefined) return colour;
    return found.startsWith("\u001b") ? "" : "\ufffd";
  });
  // Without the escape sequences a secret may have come together.
  return masker.mask(clean);
}
