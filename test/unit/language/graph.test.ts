import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TRIGGER_RULES } from "../../../src/core/index.ts";
import { graphOf } from "../../../src/language/graph.ts";
import { pipelineSource } from "./marked.ts";
import { foundIn } from "./sources.ts";

/** Tasks in layers, each needing every one of the layer before, and one at the end that reads the first. */
function layers(count: number, width: number, rule: string): string {
  const name = (layer: number, index: number) => `t${layer}_${index}`;
  const lines = ["tasks:", `  first: { bash: "true", outputs: { x: integer } }`];
  let before = ["first"];
  for (let layer = 0; layer < count; layer++) {
    const names = Array.from({ length: width }, (_, index) => name(layer, index));
    for (const each of names)
      lines.push(`  ${each}: { needs: [${before.join(", ")}], trigger_rule: ${rule}, noop: {} }`);
    before = names;
  }
  lines.push(
    `  last: { needs: [${before.join(", ")}], trigger_rule: ${rule}, bash: "echo \${{ tasks.first.outputs.x }}" }`,
  );
  return `${lines.join("\n")}\n`;
}

describe("large graphs", () => {
  test("what every way leads through is certain, however many ways there are", () => {
    expect(foundIn(layers(60, 3, "one_success"))).toEqual([]);
  });

  test("a chain of a thousand tasks is checked", () => {
    expect(foundIn(layers(1000, 1, "all_success"))).toEqual([]);
    expect(foundIn(layers(1000, 1, "one_success"))).toEqual([]);
  });
});

test("whatever needs what, with whichever rule, checking ends", () => {
  const task = fc.record({
    needs: fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 4 }),
    rule: fc.constantFrom(...TRIGGER_RULES),
    conditional: fc.boolean(),
    allowed: fc.boolean(),
    reads: fc.integer({ min: 0, max: 11 }),
  });
  fc.assert(
    fc.property(fc.array(task, { minLength: 1, maxLength: 12 }), (tasks) => {
      const lines = tasks.map(({ needs, rule, conditional, allowed, reads }, index) => {
        const condition = conditional ? 'if: "params.go", ' : "";
        const script = `echo \${{ tasks.t${reads}.outputs.x }}`;
        return `  t${index}: { needs: [${needs.map((need) => `t${need}`).join(", ")}], trigger_rule: ${rule}, ${condition}allow_failure: ${allowed}, bash: "${script}", outputs: { x: integer } }`;
      });
      foundIn(`params: { go: true }\ntasks:\n${lines.join("\n")}\n`);
    }),
    { numRuns: 300 },
  );
});

test("a task comes after those that come before it, and after no others", () => {
  const needs = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(needs, { minLength: 1, maxLength: 8 }), (tasks) => {
      const lines = tasks.map((all, index) => `  t${index}: { needs: [${all.map((id) => `t${id}`)}], noop: {} }`);
      const pipeline = pipelineSource(`tasks:\n${lines.join("\n")}\n`);
      const graph = graphOf(pipeline);
      const ids = [...pipeline.taskIds];
      for (const id of ids) {
        const after = ids.filter((other) => graph.ancestors(other).has(id));
        expect([...graph.descendants(id)].sort()).toEqual(after);
      }
    }),
    { numRuns: 200 },
  );
});
