/** A text as lines, and where an offset stands in them. */
export class Lines {
  /** Without their ends. What follows the last line end is a line only if there is something. */
  readonly all: readonly string[];
  readonly #starts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    if (starts.at(-1) === text.length) starts.pop();
    this.#starts = starts;
    this.all = starts.map((start, index) => {
      const line = text.slice(start, starts[index + 1] ?? text.length).replace(/\n$/, "");
      return line.endsWith("\r") ? line.slice(0, -1) : line;
    });
  }

  /** The number of a line, counted from 0. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** UTF-16 units before an offset on its line. */
  columnAt(offset: number): number {
    return offset - (this.#starts[this.lineAt(offset)] ?? 0);
  }

  text(line: number): string {
    return this.all[line] ?? "";
  }
}

export function isBlank(line: string): boolean {
  return /^[ \t]*$/.test(line);
}

export function isComment(line: string): boolean {
  return /^[ \t]*#/.test(line);
}

/** White space at the beginning of a line. */
export function indentOf(line: string): number {
  return /^[ \t]*/.exec(line)?.[0].length ?? 0;
}

/** Deeper by so many columns. Empty lines stay empty. */
export function indented(lines: readonly string[], by: number): readonly string[] {
  const pad = " ".repeat(by);
  return lines.map((line) => (line === "" ? "" : pad + line));
}

/** Lines of nothing but comments and white space: the comments from the first column on, and never two empty lines in a row. */
export function tidied(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.trim()).filter((line, index, all) => line !== "" || all[index - 1] !== "");
}
