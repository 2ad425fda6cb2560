import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cursorAt } from "../../../src/language/editor/cursor.ts";
import { marked } from "./marked.ts";

function at(text: string) {
  const { text: plain, offset } = marked(text);
  const { path, role, word, prefix, siblings } = cursorAt(plain, offset);
  return [path.join("."), role, plain.slice(word.start, word.end), prefix, [...siblings].join(",")];
}

describe("where a cursor stands", () => {
  test.each([
    ["an empty file", "│", ["", "entry", "", "", ""]],
    ["before an empty line", "│\nname: x\n", ["", "entry", "", "", "name"]],
    ["a key of the pipeline", "na│", ["", "entry", "na", "na", ""]],
    ["between two keys", "name: x\n│\ntasks:\n  a: 1\n", ["", "entry", "", "", "name,tasks"]],
    [
      "a key among the keys of a task",
      "tasks:\n  a:\n    bash: x\n    ne│\n    if: x\n  b:\n    noop: {}\n",
      ["tasks.a", "entry", "ne", "ne", "bash,if"],
    ],
    ["behind a colon", "tasks:\n  a:\n    needs: │", ["tasks.a.needs", "value", "", "", ""]],
    ["in a list in brackets", "tasks:\n  a:\n    needs: [x, y│", ["tasks.a.needs.-", "value", "y", "y", ""]],
    ["behind a dash", "tasks:\n  a:\n    needs:\n      - x\n      - y│", ["tasks.a.needs.-", "entry", "y", "y", ""]],
    [
      "behind a dash in the column of its key",
      "tasks:\n  a:\n    needs:\n    - x\n    - │\n    bash: x\n",
      ["tasks.a.needs.-", "entry", "", "", ""],
    ],
    [
      "the line behind such a list",
      "tasks:\n  a:\n    needs:\n    - x\n    │\n    bash: x\n",
      ["tasks.a", "entry", "", "", "needs,bash"],
    ],
    ["in a script", "tasks:\n  a:\n    bash: |\n      x: y\n      z│\n", ["tasks.a.bash", "text", "", "", ""]],
    [
      "behind a script whose lines look like keys",
      "tasks:\n  a:\n    bash: |\n      echo: foo\n\n      x\n    tr│\n",
      ["tasks.a", "entry", "tr", "tr", "bash"],
    ],
    ["in braces, a key", "params:\n  x: { type: integer, mi│ }\n", ["params.x", "key", "mi", "mi", "type"]],
    ["in braces, a value", "params:\n  x: { type: int│", ["params.x.type", "value", "int", "int", "type"]],
    ["in braces over several lines", "x: {\n  type: integer,\n  │\n}\n", ["x", "key", "", "", "type"]],
    [
      "a key of an item",
      "tasks:\n  a:\n    branch:\n      - if: x\n        th│\n",
      ["tasks.a.branch.-", "entry", "th", "th", "if"],
    ],
    ["in a comment", "tasks: # x│\n", ["tasks", "comment", "", "", ""]],
    ["in quotes", 'schedule:\n  timezone: "Eur│"\n', ["schedule.timezone", "value", '"Eur"', "Eur", ""]],
    ["in a key that is there", "tri│gger_rule: x\n", ["", "entry", "trigger_rule", "tri", ""]],
    [
      "among lines with the ends of Windows",
      "tasks:\r\n  a:\r\n    trigger_rule: al│\r\n    if: x\r\n",
      ["tasks.a.trigger_rule", "value", "al", "al", ""],
    ],
    ["behind a text whose quote is never closed", 'a: "x\n\nb: │', ["b", "value", "", "", ""]],
    ["under an anchor", "tasks:\n  a: &x\n    │", ["tasks.a", "entry", "", "", ""]],
  ])("%s", (_, text, expected) => {
    expect(at(text)).toEqual(expected);
  });

  test("is told for any text and any place, with the word inside the text", () => {
    const piece = fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "- ",
      "{",
      "}",
      "[",
      "]",
      '"',
      "'",
      "|",
      "#",
      ",",
      "\r\n",
      "  ",
      "&x ",
      "\t",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.nat(120), (pieces, offset) => {
        const text = pieces.join("");
        const { word } = cursorAt(text, offset);
        expect(word.start).toBeLessThanOrEqual(word.end);
        expect(word.end).toBeLessThanOrEqual(text.length);
        expect(word.start).toBeLessThanOrEqual(Math.min(offset, text.length));
      }),
    );
  });
});
