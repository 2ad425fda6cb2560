import { describe, expect, test } from "vitest";
import { renderAscii } from "../../../../src/cli/graph/ascii.ts";
import type { Graph } from "../../../../src/cli/graph/model.ts";
import { lineWidth, toText } from "../../../../src/cli/live/text.ts";
import { FAN, graphFrom, MESH, TRAINING } from "./pipelines.ts";

function draw(graph: Graph, width = 200, unicode = true): string {
  return `${renderAscii(graph, width, unicode).map(toText).join("\n")}\n`;
}

describe("a drawing in characters", () => {
  test("shows branches with their conditions, trigger rules, mapped and conditional tasks", async () => {
    await expect(draw(TRAINING)).toMatchFileSnapshot("golden/training.txt");
  });

  test("of plain ASCII has the same shape", async () => {
    const drawn = draw(TRAINING, 200, false);
    await expect(drawn).toMatchFileSnapshot("golden/training-ascii.txt");
    expect(drawn).toMatch(/^[\n\x20-\x7e…]*$/);
  });

  test("lets lines pass over each other without a junction", async () => {
    await expect(draw(MESH)).toMatchFileSnapshot("golden/mesh.txt");
  });

  test("goes from top to bottom where there is room", async () => {
    await expect(draw(FAN, 140)).toMatchFileSnapshot("golden/fan-down.txt");
  });

  test("goes from left to right where there is not", async () => {
    await expect(draw(FAN, 80)).toMatchFileSnapshot("golden/fan-right.txt");
  });

  test("of one task is one box", () => {
    const graph = graphFrom("name: one\ntasks:\n  only: { noop: {} }\n");
    expect(draw(graph)).toBe("┌────────────┐\n│ only  noop │\n└────────────┘\n");
  });

  test("keeps its shape when a text has wide characters, and cuts texts that are long", () => {
    const condition = `params.name == '${"模型".repeat(30)}'`;
    const graph = graphFrom(`name: wide\nparams: { name: x }\ntasks:\n  a: { if: "${condition}", bash: "true" }\n`);
    const lines = renderAscii(graph, 200, true);
    expect(new Set(lines.map(lineWidth)).size).toBe(1);
    expect(lines.map(toText).join("\n")).toContain("…");
  });
});
