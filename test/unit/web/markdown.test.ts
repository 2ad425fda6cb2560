import { expect, test } from "vitest";
import { markdownBlocks } from "../../../src/web/lib/markdown.ts";

const text = (words: string) => ({ type: "text", text: words });

test.each([
  ["# A *title*", [{ type: "heading", level: 1, content: [text("A "), { type: "em", text: "title" }] }]],
  [
    "one\ntwo\n\nthree",
    [
      { type: "paragraph", content: [text("one two")] },
      { type: "paragraph", content: [text("three")] },
    ],
  ],
  ["- a\n  more\n- b", [{ type: "list", ordered: false, items: [[text("a more")], [text("b")]] }]],
  ["1. a\n2. b", [{ type: "list", ordered: true, items: [[text("a")], [text("b")]] }]],
  ["```sh\n# no heading\n- no list\n```", [{ type: "code", text: "# no heading\n- no list" }]],
  ["```\nnever closed", [{ type: "code", text: "never closed" }]],
  [
    "**b** `c` snake_case_name",
    [
      {
        type: "paragraph",
        content: [{ type: "strong", text: "b" }, text(" "), { type: "code", text: "c" }, text(" snake_case_name")],
      },
    ],
  ],
  [
    "[a](https://example.org/x)",
    [{ type: "paragraph", content: [{ type: "link", text: "a", href: "https://example.org/x" }] }],
  ],
  ["[a](javascript:alert(1))", [{ type: "paragraph", content: [text("[a](javascript:alert(1)"), text(")")] }]],
  ["[a](data:text/html,x)", [{ type: "paragraph", content: [text("[a](data:text/html,x)")] }]],
  ["<script>x</script>", [{ type: "paragraph", content: [text("<script>x</script>")] }]],
])("%j", (source, expected) => {
  expect(markdownBlocks(source)).toEqual(expected);
});
