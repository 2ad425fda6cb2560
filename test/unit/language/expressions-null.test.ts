import { describe, expect, test } from "vitest";
import { foundIn } from "./sources.ts";

describe("outputs that may be null", () => {
  /** `z` reads `a`; `middle` says how they hang together. */
  const nullable = (z: string, more = "", a = "") =>
    foundIn(`
params: { go: true }
tasks:
  a: { bash: "true", outputs: { x: integer }, ${a} }
${more}
  z: { ${z} }
`);
  const READS = 'env: { X: "${{ tasks.a.outputs.x + 1 }}" }, noop: {}';
  const IF = "if: params.go";
  const WARNING = (cause: string) => [
    `ENG411 "tasks.a.outputs.x" \`a\` ${cause} when \`z\` runs, and \`x\` is null then`,
  ];

  test.each([
    ["the task fails with it otherwise", `needs: a, ${READS}`, "", ""],
    ["a skip is passed on", `needs: a, ${READS}`, "", IF],
    [
      "the one way leads through it",
      `needs: b, trigger_rule: one_success, ${READS}`,
      "  b: { needs: a, noop: {} }",
      IF,
    ],
    [
      "all ways lead through it",
      `needs: [b, c], trigger_rule: none_failed_min_one_success, ${READS}`,
      "  b: { needs: a, if: params.go, noop: {} }\n  c: { needs: a, if: params.go, noop: {} }",
      "",
    ],
    ["it can't be skipped", `needs: a, trigger_rule: none_failed, ${READS}`, "", ""],
    [
      "its state is asked first",
      `needs: a, trigger_rule: all_done, env: { X: "\${{ tasks.a.state == 'success' ? tasks.a.outputs.x + 1 : 0 }}" }, noop: {}`,
      "",
      "",
    ],
    [
      "it is asked for first",
      `needs: a, trigger_rule: all_done, env: { X: "\${{ has(tasks.a.outputs.x) && tasks.a.outputs.x > 1 }}" }, noop: {}`,
      "",
      "",
    ],
    [
      "null leads elsewhere",
      `needs: a, trigger_rule: all_done, env: { X: "\${{ tasks.a.outputs.x == null || tasks.a.outputs.x > 1 }}" }, noop: {}`,
      "",
      "",
    ],
    ["the task's `if` asks first", `needs: a, trigger_rule: all_done, if: tasks.a.outputs.x != null, ${READS}`, "", ""],
    ["it is only compared", `needs: a, trigger_rule: all_done, if: "tasks.a.outputs.x == 1", noop: {}`, "", ""],
  ])("are not warned about when %s", (_, z, more, a) => {
    expect(nullable(z, more, a)).toEqual([]);
  });

  test.each([
    ["all_done", "need not have succeeded", `needs: a, trigger_rule: all_done, ${READS}`, "", ""],
    [
      "a task that may be skipped under none_failed",
      "may be skipped",
      `needs: a, trigger_rule: none_failed, ${READS}`,
      "",
      IF,
    ],
    [
      "one way of two",
      "need not have succeeded",
      `needs: [a, b], trigger_rule: one_success, ${READS}`,
      "  b: { noop: {} }",
      "",
    ],
    ["a failure that is allowed", "need not have succeeded", `needs: a, ${READS}`, "", "allow_failure: true"],
    [
      "the wrong side of a question",
      "need not have succeeded",
      `needs: a, trigger_rule: all_done, env: { X: "\${{ tasks.a.outputs.x == null ? tasks.a.outputs.x : 0 }}" }, noop: {}`,
      "",
      "",
    ],
  ])("are warned about with %s", (_, cause, z, more, a) => {
    expect(nullable(z, more, a)).toEqual(WARNING(cause));
  });

  test("a join that one way always reaches is not skipped", () => {
    const text = `
params: { go: true }
tasks:
  a: { if: params.go, noop: {} }
  b: { noop: {} }
  join: { needs: [a, b], trigger_rule: none_failed_min_one_success, bash: "true", outputs: { x: integer } }
  z: { needs: join, trigger_rule: none_failed, bash: "echo \${{ tasks.join.outputs.x }}" }
`;
    expect(foundIn(text)).toEqual([]);
    expect(foundIn(text.replace("b: { noop", "b: { if: params.go, noop"))).toHaveLength(1);
  });

  test("behind a branch, what was not chosen is null", () => {
    const text = `
params: { go: true }
tasks:
  choose: { branch: [{ if: params.go, then: a }, { else: b }] }
  a: { needs: choose, bash: "true", outputs: { x: integer } }
  b: { needs: choose, bash: "true", outputs: { x: integer } }
  z:
    needs: [a, b]
    trigger_rule: none_failed_min_one_success
    env:
      X: "\${{ tasks.a.outputs.x }}"
      Y: "\${{ tasks.a.outputs.x != null ? tasks.a.outputs.x : tasks.b.outputs.x }}"
    noop: {}
`;
    expect(foundIn(text)).toEqual([
      'ENG411 "tasks.a.outputs.x" `a` may be skipped when `z` runs, and `x` is null then',
      'ENG411 "tasks.b.outputs.x" `b` may be skipped when `z` runs, and `x` is null then',
    ]);
  });
});
