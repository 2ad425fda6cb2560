import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Evaluated } from "../../../src/core/index.ts";
import type { JsonValue } from "../../../src/lib/index.ts";
import type { AttemptHost } from "../../../src/operators/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { bashWork } from "../../support/attempt-work.ts";

const branch = operators.get("branch");
/** Three cases, as a pipeline has them. */
const CASES = `
- { if: "\${{ a }}", then: x }
- { if: b, then: [y, z] }
- { else: w }`;
const WITHOUT_ELSE = CASES.replace("- { else: w }", "");

/** Chooses, with these values for the expressions. */
async function choose(cases: string, values: Record<string, Evaluated<JsonValue> | JsonValue>) {
  const asked: string[] = [];
  const config = branch?.normalise(parse(cases)) ?? {};
  const evaluate = (expression: string): Evaluated<JsonValue> => {
    asked.push(expression);
    const value = values[expression] ?? null;
    return typeof value === "object" && value !== null && "ok" in value
      ? (value as Evaluated<JsonValue>)
      : { ok: true, value: value as JsonValue };
  };
  const host = { work: { ...bashWork(""), config, evaluate } } as unknown as AttemptHost;
  return { asked, outcome: await branch?.start(host), again: await branch?.adopt?.(host) };
}

describe("branch", () => {
  test("the first match decides, and what follows it is not evaluated", async () => {
    const { asked, outcome, again } = await choose(CASES, { "${{ a }}": false, "${{ b }}": true });
    expect(outcome).toEqual({ state: "success", outputs: {}, chosen: ["y", "z"] });
    expect(again).toEqual(outcome);
    expect(asked.slice(0, 2)).toEqual(["${{ a }}", "${{ b }}"]);
    const first = await choose(CASES, { "${{ a }}": true });
    expect(first.outcome).toMatchObject({ chosen: ["x"] });
    expect(new Set(first.asked)).toEqual(new Set(["${{ a }}"]));
  });

  test("else is chosen when nothing matches, and nothing is when there is none", async () => {
    const nothing = { "${{ a }}": false, "${{ b }}": false };
    expect((await choose(CASES, nothing)).outcome).toMatchObject({ chosen: ["w"] });
    expect((await choose(WITHOUT_ELSE, nothing)).outcome).toMatchObject({ state: "success", chosen: [] });
  });

  test("a condition that can't be evaluated, or is neither true nor false, fails it", async () => {
    const failed = await choose(CASES, { "${{ a }}": { ok: false, message: "no such output" } });
    expect(failed.outcome).toMatchObject({
      failure: {
        reason: "expression_failed",
        message: "the condition ${{ a }} can't be evaluated: no such output",
      },
    });
    expect((await choose(CASES, { "${{ a }}": 1 })).outcome).toMatchObject({
      failure: { message: "the condition ${{ a }} gave 1; it must give true or false" },
    });
  });

  test("a condition may be a plain true or false", async () => {
    const { outcome } = await choose("- { if: true, then: x }", { "${{ true }}": true });
    expect(outcome).toMatchObject({ chosen: ["x"] });
  });

  test("its targets are all that it may choose, as written", () => {
    const config = branch?.normalise(parse(`${CASES}\n- { else: x }`)) ?? {};
    expect(branch?.targets?.(config)).toEqual(["x", "y", "z", "w", "x"]);
    expect(branch?.cases?.(config)).toEqual([
      { if: "${{ a }}", targets: ["x"] },
      { if: "${{ b }}", targets: ["y", "z"] },
      { targets: ["w"] },
      { targets: ["x"] },
    ]);
  });

  test.each(["[]", "{}", "- if: a", "- then: x", "- { if: a, then: [] }", "- { if: a, else: x }"])(
    "refuses %s",
    (cases) => {
      expect(branch?.validate?.(parse(cases))).toBe(false);
    },
  );
});

describe("noop", () => {
  test("succeeds, however often it is carried out", async () => {
    const noop = operators.get("noop");
    const host = { work: bashWork("") } as unknown as AttemptHost;
    expect(await noop?.start(host)).toEqual({ state: "success", outputs: {} });
    expect(await noop?.adopt?.(host)).toEqual({ state: "success", outputs: {} });
    expect(noop?.normalise({})).toEqual({});
    expect(noop?.validate?.({ x: 1 } as never)).toBe(false);
  });
});
