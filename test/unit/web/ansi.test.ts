import { describe, expect, test } from "vitest";
import { ansiParts, paletteColor } from "../../../src/web/lib/ansi.ts";

const parts = (line: string) => ansiParts(line).parts;

describe("colours of a terminal", () => {
  test.each([
    ["plain", [{ text: "plain" }]],
    ["\u001b[31mred\u001b[0m plain", [{ text: "red", color: 1 }, { text: " plain" }]],
    [
      "\u001b[1;92mgood\u001b[22m so",
      [
        { text: "good", bold: true, color: 10 },
        { text: " so", bold: false, dim: false, color: 10 },
      ],
    ],
    ["\u001b[38;5;208mx\u001b[39my", [{ text: "x", color: 208 }, { text: "y" }]],
    ["\u001b[38;2;1;2;255mx", [{ text: "x", color: "#0102ff" }]],
    ["\u001b[48;5;1mx", [{ text: "x" }]],
    ["\u001b[2Kgone\u001b]0;title\u0007", [{ text: "gone" }]],
    ["10%\r100%\r", [{ text: "100%" }]],
    ["<b onclick=x>\u001b[4mtext", [{ text: "<b onclick=x>" }, { text: "text", underline: true }]],
  ])("of %j", (line, expected) => {
    expect(parts(line)).toEqual(expected);
  });

  test("end with nothing when they are cut in the middle", () => {
    expect(parts("x\u001b[3").map(({ text }) => text)).toEqual(["x\u001b[3"]);
  });

  test("go on into the next line", () => {
    const { look } = ansiParts("\u001b[31mred");
    expect(ansiParts("still", look).parts).toEqual([{ text: "still", color: 1 }]);
  });

  test.each([
    [16, "rgb(0 0 0)"],
    [196, "rgb(255 0 0)"],
    [231, "rgb(255 255 255)"],
    [232, "rgb(8 8 8)"],
    [255, "rgb(238 238 238)"],
  ])("number %j of the palette is %j", (number, color) => {
    expect(paletteColor(number)).toBe(color);
  });
});
