import { type ColorDepth, type Line, toAnsi } from "./text.ts";

/** What a painter writes to. */
export interface Screen {
  write(text: string): void;
}

/** Terminals that know it show everything between the two at once, so nothing flickers; others ignore it. */
const SYNC_BEGIN = "\x1b[?2026h";
const SYNC_END = "\x1b[?2026l";
const CURSOR_HIDE = "\x1b[?25l";
const CURSOR_SHOW = "\x1b[?25h";
/** Without automatic wrapping a line that turns out wider than measured can't push the frame out of place. */
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";
const CURSOR_SAVE = "\x1b7";
const CURSOR_RESTORE = "\x1b8";
const ERASE_LINE = "\x1b[2K";
const ERASE_BELOW = "\x1b[J";

/**
 * Keeps a frame of lines on the screen, below what was there, and rewrites only the lines that changed.
 *
 * Between two frames the cursor rests, hidden, at the frame's top left. A terminal that reflows on a
 * change of size moves the cursor with its line, so the next frame erases from there and leaves
 * nothing behind; otherwise the saved position is used, which also holds when somebody types.
 */
export class Painter {
  readonly #screen: Screen;
  readonly #depth: ColorDepth;
  #frame: readonly string[] | undefined;
  #stale: "no" | "content" | "place" = "no";

  constructor(screen: Screen, depth: ColorDepth) {
    this.#screen = screen;
    this.#depth = depth;
  }

  /** Draws the frame; writes nothing when it is on the screen already. An empty frame is ignored. */
  paint(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    const next = lines.map((line) => toAnsi(line, this.#depth));
    const before = this.#frame;
    const fresh = before === undefined || this.#stale !== "no";
    if (!fresh && sameLines(before, next)) return;
    let out = SYNC_BEGIN + CURSOR_HIDE + WRAP_OFF;
    out += before === undefined ? "\r" : this.#home();
    if (fresh) out += ERASE_BELOW;
    const rows = fresh ? next.length : Math.max(next.length, before.length);
    for (let row = 0; row < rows; row++) {
      if (row > 0) out += "\r\n";
      const text = next[row] ?? "";
      if (fresh) out += text;
      else if (text !== before[row]) out += ERASE_LINE + text;
    }
    out += `${up(rows - 1)}\r${CURSOR_SAVE}${WRAP_ON}${SYNC_END}`;
    this.#screen.write(out);
    this.#frame = next;
    this.#stale = "no";
  }

  /** Something else wrote to the screen: the next frame is drawn as a whole. */
  redraw(): void {
    if (this.#stale === "no") this.#stale = "content";
  }

  /** The terminal's size changed: the next frame is drawn as a whole, from where the terminal moved the cursor to. */
  resized(): void {
    this.#stale = "place";
  }

  /** Leaves the last frame on the screen, with the cursor visible below it. The next `paint` starts a new frame. */
  release(): void {
    if (this.#frame === undefined) return;
    const below = "\r\n".repeat(this.#frame.length);
    const home = this.#home();
    this.#frame = undefined;
    this.#stale = "no";
    this.#screen.write(`${home}${below}${WRAP_ON}${CURSOR_SHOW}`);
  }

  #home(): string {
    return this.#stale === "place" ? "\r" : CURSOR_RESTORE;
  }
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, row) => line === b[row]);
}
