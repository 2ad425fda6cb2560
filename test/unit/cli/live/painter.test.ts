import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Painter } from "../../../../src/cli/live/painter.ts";
import type { Line } from "../../../../src/cli/live/text.ts";
import { VirtualTerminal } from "../../../support/virtual-terminal.ts";

function frame(...texts: readonly string[]): readonly Line[] {
  return texts.map((text) => [{ text }]);
}

describe("Painter", () => {
  test("draws below what was there and replaces its own frame only", () => {
    const terminal = new VirtualTerminal(20, 6);
    terminal.write("$ engine run x\r\n");
    const painter = new Painter(terminal, 1);
    painter.paint(frame("one", "two"));
    painter.paint(frame("ONE", "two", "three"));
    expect(terminal.screen.slice(0, 4)).toEqual(["$ engine run x", "ONE", "two", "three"]);
    painter.paint(frame("1"));
    expect(terminal.transcript).toEqual(["$ engine run x", "1"]);
  });

  test("writes nothing when the frame is on the screen already", () => {
    const written: string[] = [];
    const painter = new Painter({ write: (text) => written.push(text) }, 1);
    painter.paint(frame("one", "two"));
    painter.paint(frame("one", "two"));
    expect(written).toHaveLength(1);
  });

  test("rewrites only the lines that changed, in one synchronised update", () => {
    const written: string[] = [];
    const painter = new Painter({ write: (text) => written.push(text) }, 1);
    painter.paint(frame("one", "two"));
    painter.paint(frame("one", "TWO"));
    expect(written[1]?.startsWith("\x1b[?2026h")).toBe(true);
    expect(written[1]?.endsWith("\x1b[?2026l")).toBe(true);
    expect(written[1]).toContain("TWO");
    expect(written[1]).not.toContain("one");
  });

  test("shows the last of any frames, wherever the cursor was and whatever scrolled", () => {
    const texts = fc.array(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.nat(7), fc.array(texts, { minLength: 1, maxLength: 6 }), (above, frames) => {
        const terminal = new VirtualTerminal(12, 6);
        for (let i = 0; i < above; i++) terminal.write(`line ${i}\r\n`);
        const painter = new Painter(terminal, 1);
        for (const lines of frames) painter.paint(frame(...lines));
        painter.release();
        const expected = [
          ...Array.from({ length: above }, (_, i) => `line ${i}`),
          ...(frames.at(-1) ?? []).map((line) => line.trimEnd()),
        ];
        while (expected.at(-1) === "") expected.pop();
        expect(terminal.transcript).toEqual(expected);
      }),
    );
  });

  test("somebody who types does not move the frame", () => {
    const terminal = new VirtualTerminal(20, 8);
    const painter = new Painter(terminal, 1);
    painter.paint(frame("one", "two", "three"));
    terminal.write("^C\r\n");
    painter.redraw();
    painter.paint(frame("one", "two", "three"));
    expect(terminal.transcript).toEqual(["one", "two", "three"]);
  });

  test.each([
    [10, 8],
    [30, 8],
    [20, 4],
    [20, 12],
  ])("leaves nothing behind when the window becomes %i by %i", (columns, rows) => {
    const terminal = new VirtualTerminal(20, 8);
    terminal.write("$ engine\r\n");
    const painter = new Painter(terminal, 1);
    painter.paint(frame("one", "two", "three", "four"));
    terminal.resize(columns, rows);
    painter.resized();
    painter.paint(frame("ONE", "TWO"));
    expect(terminal.transcript).toEqual(["$ engine", "ONE", "TWO"]);
  });

  test("hides the cursor while it draws, and gives it back below the frame", () => {
    const terminal = new VirtualTerminal(20, 5);
    const painter = new Painter(terminal, 1);
    painter.paint(frame("one", "two"));
    expect(terminal.cursorVisible).toBe(false);
    painter.release();
    expect(terminal).toMatchObject({ cursorVisible: true, wraps: true, row: 2 });
    painter.release();
    expect(terminal.row).toBe(2);
  });

  test("a release before anything was drawn writes nothing", () => {
    const written: string[] = [];
    new Painter({ write: (text) => written.push(text) }, 1).release();
    expect(written).toEqual([]);
  });

  test("a line of exactly the width, or measured too short, stays in its row", () => {
    const terminal = new VirtualTerminal(5, 5);
    const painter = new Painter(terminal, 1);
    painter.paint(frame("12345", "1234567", "x"));
    painter.paint(frame("12345", "abcde", "x"));
    expect(terminal.screen.slice(0, 3)).toEqual(["12345", "abcde", "x"]);
  });
});
