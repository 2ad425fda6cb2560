import type { Position, Range } from "./diagnostic.ts";

/** A stretch of a text: UTF-16 offsets from 0, up to and not including `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A file's text with its name; tells positions from offsets. */
export class SourceText {
  readonly path: string;
  readonly text: string;
  /** Offset of the first character of each line; made when it is first needed. */
  #lineStarts: readonly number[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** The place of an offset; offsets outside the text are drawn to its nearer end. */
  position(offset: number): Position {
    const clamped = Math.max(0, Math.min(offset, this.text.length));
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= clamped) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: clamped - (starts[low] ?? 0) + 1, offset: clamped };
  }

  range(span: Span): Range {
    return { start: this.position(span.start), end: this.position(Math.max(span.start, span.end)) };
  }

  slice(span: Span): string {
    return this.text.slice(span.start, span.end);
  }

  #starts(): readonly number[] {
    if (this.#lineStarts === undefined) {
      const starts = [0];
      for (let at = this.text.indexOf("\n"); at !== -1; at = this.text.indexOf("\n", at + 1)) starts.push(at + 1);
      this.#lineStarts = starts;
    }
    return this.#lineStarts;
  }
}
