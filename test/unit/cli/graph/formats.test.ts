import { describe, expect, test } from "vitest";
import { renderDot } from "../../../../src/cli/graph/dot.ts";
import { renderMermaid } from "../../../../src/cli/graph/mermaid.ts";
import type { Graph } from "../../../../src/cli/graph/model.ts";
import { renderSvg } from "../../../../src/cli/graph/svg.ts";
import { TRAINING } from "./pipelines.ts";

/** What could end a label, a string or an element too early, and what no text may hold. */
const NASTY = `"quote" \\back' <b>&amp;</b> ]] }} --> %% #35; $(id) \u0000\u0007\ud800 end; 模型 \`x\` {a} [b] |c|`;

const HOSTILE: Graph = {
  pipeline: NASTY,
  description: NASTY,
  tasks: [
    { id: "end", operator: "branch", needs: [], allow_failure: false, cases: [{ if: NASTY, targets: ["graph"] }] },
    { id: "graph", operator: "bash", needs: ["end"], allow_failure: false, if: NASTY, for_each: NASTY },
  ],
  edges: [{ from: "end", to: "graph", condition: NASTY }],
};

describe("Mermaid", () => {
  test("has conditions at the lines and rules in the boxes", async () => {
    await expect(renderMermaid(TRAINING)).toMatchFileSnapshot("golden/training.mmd");
  });

  test("escapes everything that people write, and names no task by a word of its own", () => {
    const lines = renderMermaid(HOSTILE).trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe("flowchart TD");
    const label = String.raw`"(?:<b>|<\/b>|<br>|#\d+;|[\p{L}\p{M}\p{N} _.,:()\/+=!?-])*"`;
    expect(lines[1]).toMatch(new RegExp(`^  t0\\{${label}\\}$`, "u"));
    expect(lines[2]).toMatch(new RegExp(`^  t1\\[${label}\\]$`, "u"));
    expect(lines[3]).toMatch(new RegExp(`^  t0 -->\\|${label}\\| t1$`, "u"));
  });
});

describe("DOT", () => {
  test("has conditions at the lines and rules in the boxes", async () => {
    await expect(renderDot(TRAINING)).toMatchFileSnapshot("golden/training.dot");
  });

  test("quotes everything that people write", () => {
    const text = renderDot(HOSTILE);
    expect(text).not.toContain("\0");
    // Without the quoted strings, only DOT's own words are left.
    const rest = text.replace(/"(?:[^"\\]|\\[\s\S])*"/g, "S");
    expect(rest).toMatch(/^digraph S \{\n(?: {2}[\w =,;[\]>S-]+\n)+\}\n$/);
    expect(text.match(/\\n/g)?.length).toBe(2);
  });
});

describe("SVG", () => {
  test("is one file with boxes, lines, arrows and texts", async () => {
    await expect(renderSvg(TRAINING)).toMatchFileSnapshot("golden/training.svg");
  });

  test("loads nothing and runs nothing", () => {
    expect(renderSvg(TRAINING)).not.toMatch(/<script|href=|url\(|@import/);
  });

  test("escapes everything that people write, and leaves out what XML can't hold", () => {
    const svg = renderSvg(HOSTILE);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
    expect(svg).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
    expect(svg.isWellFormed()).toBe(true);
    expect(unbalanced(svg)).toEqual([]);
    expect(svg).toContain("&quot;quote&quot; \\back&#39; &lt;b&gt;&amp;amp;&lt;/b&gt;");
  });
});

/** The elements that are not closed where they should be, in a document without comments and declarations. */
function unbalanced(xml: string): readonly string[] {
  const open: string[] = [];
  for (const [tag, close, name = "", empty] of xml.matchAll(
    /<(\/?)([a-z]+)(?: [a-zA-Z-]+="[^"<]*"| xmlns="[^"]*")*(\/?)>/g,
  )) {
    if (empty === "/") continue;
    if (close !== "/") open.push(name);
    else if (open.pop() !== name) return [tag];
  }
  const rest = xml.replace(/<\/?[a-z]+(?: [a-zA-Z-]+="[^"<]*")*\/?>/g, "");
  return [...open, ...(rest.match(/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/g) ?? [])];
}
