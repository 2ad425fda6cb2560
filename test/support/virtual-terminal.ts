import { textWidth } from "../../src/cli/live/text.ts";

/**
 * A small terminal: a grid of cells that understands what the painter writes (text, line ends, cursor
 * up, save and restore, erasing, modes) and scrolls like a real one. Anything else throws, so that a
 * new sequence is noticed.
 */
export class VirtualTerminal {
  columns: number;
  rows: number;
  cursorVisible = true;
  wraps = true;
  /** Lines that have scrolled out at the top. */
  readonly history: string[] = [];
  #grid: string[][];
  #row = 0;
  #column = 0;
  #saved = { row: 0, column: 0 };

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#grid = Array.from({ length: rows }, () => []);
  }

  get row(): number {
    return this.#row;
  }

  /** What the screen shows: its lines without trailing blanks. */
  get screen(): readonly string[] {
    return this.#grid.map((cells) =>
      Array.from(cells, (cell) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
  }

  /** Everything that can be scrolled back to, without the empty lines at the end. */
  get transcript(): readonly string[] {
    const lines = [...this.history, ...this.screen];
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it looks for
    for (const [token] of text.matchAll(/\x1b\[\??[\d;]*[A-Za-z]|\x1b[78]|[\s\S]/gu)) this.#take(token);
  }

  /** The window changes its size as a terminal that keeps the cursor's line does it: what is too wide is cut, lines go at the bottom first. */
  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.#grid = this.#grid.map((cells) => cells.slice(0, columns));
    while (this.#grid.length > rows) {
      if (this.#grid.length - 1 > this.#row) this.#grid.pop();
      else {
        this.history.push(this.screen[0] ?? "");
        this.#grid.shift();
        this.#row--;
      }
    }
    while (this.#grid.length < rows) this.#grid.push([]);
    this.rows = rows;
    this.#column = Math.min(this.#column, columns - 1);
    // Where the saved position is after a change of size differs between terminals: it can't be relied on.
    this.#saved = { row: 0, column: 0 };
  }

  #take(token: string): void {
    if (token === "\r") this.#column = 0;
    else if (token === "\n") this.#lineFeed();
    else if (token === "\x1b7") this.#saved = { row: this.#row, column: this.#column };
    else if (token === "\x1b8") ({ row: this.#row, column: this.#column } = this.#saved);
    else if (token.startsWith("\x1b[")) this.#control(token.slice(2));
    else this.#print(token);
  }

  #control(sequence: string): void {
    const end = sequence.slice(-1);
    const parameter = sequence.slice(0, -1);
    if (end === "m") return;
    if (end === "A") this.#row = Math.max(this.#row - Number(parameter || 1), 0);
    else if (sequence === "2K") this.#grid[this.#row] = [];
    else if (sequence === "J") {
      this.#grid[this.#row] = (this.#grid[this.#row] ?? []).slice(0, this.#column);
      for (let row = this.#row + 1; row < this.rows; row++) this.#grid[row] = [];
    } else if (parameter === "?25") this.cursorVisible = end === "h";
    else if (parameter === "?7") this.wraps = end === "h";
    else if (parameter !== "?2026") throw new Error(`unknown control sequence ${JSON.stringify(sequence)}`);
  }

  #print(character: string): void {
    if (character < " ") throw new Error(`unexpected control character ${JSON.stringify(character)}`);
    const width = textWidth(character);
    if (this.#column + width > this.columns) {
      if (!this.wraps) this.#column = Math.max(this.columns - width, 0);
      else {
        this.#column = 0;
        this.#lineFeed();
      }
    }
    const cells = this.#grid[this.#row] ?? [];
    this.#grid[this.#row] = cells;
    cells[this.#column] = character;
    if (width === 2) cells[this.#column + 1] = "";
    this.#column += width;
  }

  #lineFeed(): void {
    if (this.#row < this.rows - 1) {
      this.#row++;
      return;
    }
    this.history.push(this.screen[0] ?? "");
    this.#grid.shift();
    this.#grid.push([]);
  }
}
