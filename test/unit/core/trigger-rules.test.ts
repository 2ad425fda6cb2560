import { describe, expect, test } from "vitest";
import { judge, type Tally, TRIGGER_RULES, type TriggerRule, type Verdict } from "../../../src/core/index.ts";
import { readText } from "../../support/repository.ts";

const SEEN = ["open", "success", "failed", "upstream_failed", "skipped"] as const;
type Seen = (typeof SEEN)[number];

/** Upstream tasks of the largest case; four show everything that more of them would. */
const UPSTREAM_MAX = 4;

interface Row {
  readonly rule: TriggerRule;
  readonly when: Readonly<Record<"run" | "skipped" | "upstream_failed", string>>;
  readonly example: string;
}

const rows = readText("docs/trigger-rules.md")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line): Row => {
    const [, rule = "", , run = "", skipped = "", upstream_failed = "", example = ""] = line
      .split("|")
      .map((cell) => cell.trim());
    return { rule: rule.replaceAll("`", "") as TriggerRule, when: { run, skipped, upstream_failed }, example };
  });

/** The words of the table. */
const KINDS: Readonly<Record<string, readonly Seen[]>> = {
  success: ["success"],
  failed: ["failed", "upstream_failed"],
  skipped: ["skipped"],
  done: ["success", "failed", "upstream_failed", "skipped"],
  ran: ["success", "failed"],
};

function holds(condition: string, upstream: readonly Seen[]): boolean {
  if (condition === "never") return false;
  if (condition === "at once") return true;
  return condition.split(", ").every((part) => {
    const words = part.split(" ");
    const kind = KINDS[words.at(-1) ?? ""];
    if (kind === undefined) throw new Error(`the table says "${part}", which this test does not know`);
    switch (words.slice(0, -1).join(" ")) {
      case "all":
        return upstream.every((seen) => kind.includes(seen));
      case "not all":
        return !upstream.every((seen) => kind.includes(seen));
      case "any":
        return upstream.some((seen) => kind.includes(seen));
      case "none":
        return !upstream.some((seen) => kind.includes(seen));
      default:
        throw new Error(`the table says "${part}", which this test does not know`);
    }
  });
}

function tableSays({ when }: Row, upstream: readonly Seen[]): Verdict {
  const verdicts = (["run", "skipped", "upstream_failed"] as const).filter((one) => holds(when[one], upstream));
  if (verdicts.length > 1) throw new Error(`the table says both ${verdicts.join(" and ")} of ${upstream}`);
  return verdicts[0] ?? "wait";
}

function tallyOf(upstream: readonly Seen[]): Tally {
  const tally: Tally = { open: 0, success: 0, failed: 0, upstream_failed: 0, skipped: 0 };
  for (const seen of upstream) tally[seen]++;
  return tally;
}

function combinations(size: number): Seen[][] {
  if (size === 0) return [[]];
  return combinations(size - 1).flatMap((rest) => SEEN.map((seen) => [...rest, seen]));
}

const cases = Array.from({ length: UPSTREAM_MAX }, (_, index) => combinations(index + 1)).flat();

test("the table in docs/trigger-rules.md has every rule once", () => {
  expect(rows.map((row) => row.rule)).toEqual([...TRIGGER_RULES]);
});

describe.each(rows)("$rule", (row) => {
  test("does what its row says, in every combination of upstream states", () => {
    const wrong = cases.filter((upstream) => judge(row.rule, tallyOf(upstream)) !== tableSays(row, upstream));
    expect(wrong.map((upstream) => [upstream, judge(row.rule, tallyOf(upstream)), tableSays(row, upstream)])).toEqual(
      [],
    );
  });

  test("does what its example says", () => {
    const [upstream = "", verdict] = row.example.split(" → ");
    expect(judge(row.rule, tallyOf(upstream.split(", ") as Seen[]))).toBe(verdict);
  });

  test("lets a task run that needs nothing", () => {
    expect(judge(row.rule, tallyOf([]))).toBe("run");
  });

  test("never takes a decision back, whatever becomes of the upstream tasks that are open", () => {
    const taken_back = cases.filter((upstream) => {
      const verdict = judge(row.rule, tallyOf(upstream));
      if (verdict === "wait" || !upstream.includes("open")) return false;
      return SEEN.some((seen) => judge(row.rule, tallyOf(upstream.with(upstream.indexOf("open"), seen))) !== verdict);
    });
    expect(taken_back).toEqual([]);
  });

  test("skips only when nothing is open, and always decides when nothing is", () => {
    for (const upstream of cases) {
      const verdict = judge(row.rule, tallyOf(upstream));
      if (verdict === "skipped") expect(upstream).not.toContain("open");
      if (!upstream.includes("open")) expect(verdict).not.toBe("wait");
    }
  });
});

test("a rule that nobody knows is a bug, not a silence", () => {
  expect(() => judge("sometimes" as TriggerRule, tallyOf(["success"]))).toThrow("trigger rule");
});
