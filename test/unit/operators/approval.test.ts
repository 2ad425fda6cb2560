import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/lib/index.ts";
import { type Answer, operators } from "../../../src/operators/index.ts";
import { localWorld } from "../../support/local-world.ts";
import { taskWork } from "../../support/task-work.ts";

const YES: Answer = { by: "ann", at: Date.UTC(2026, 0, 31, 2), approved: true, values: {} };
const NO: Answer = { ...YES, approved: false };

/** What an answer makes of a task that asks. */
function answered(approval: JsonObject, answer: Answer, outputs: JsonObject = {}) {
  return operators.get("approval")?.answer?.(taskWork({ approval, outputs }, { cwd: "/" }), answer);
}

describe("a yes", () => {
  const form = { percent: { type: "integer", minimum: 1, maximum: 100, default: 10 }, where: { type: "string" } };

  test("hands on what is declared: fields, given or by default, and the answer itself", () => {
    const outputs = { percent: "integer", where: "string", approved: "boolean", by: "string", at: "string" };
    const answer = { ...YES, values: { where: "eu" }, comment: "why not" };
    expect(answered({ message: "?", form }, answer, { ...outputs, comment: "string" })).toEqual({
      ok: true,
      outcome: {
        state: "success",
        outputs: {
          percent: 10,
          where: "eu",
          approved: true,
          by: "ann",
          at: "2026-01-31T02:00:00.000Z",
          comment: "why not",
        },
      },
    });
    expect(answered({ message: "?", form }, { ...YES, values: { where: "eu" } })).toMatchObject({
      outcome: { outputs: {} },
    });
  });

  test.each([
    [{ where: "eu", percent: 200 }, {}, "percent"],
    [{ where: "eu", percent: "many" }, {}, "percent"],
    [{ percent: 5 }, {}, "`where` is missing"],
    [{ where: "eu", when: "now" }, {}, "when"],
    [{ where: "eu" }, { size: "integer" }, "`size`, which no answer has"],
    [{ where: "eu" }, { where: "integer" }, "where"],
  ])("with %j for the outputs %j is refused with what is wrong", (values, outputs, problem) => {
    const refused = answered({ message: "?", form }, { ...YES, values }, outputs);
    expect(refused).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });

  test("is taken of approvers alone, where there are any", () => {
    const approval = { message: "?", approvers: ["bob", "eve"] };
    expect(answered(approval, YES)).toEqual({ ok: false, problem: "ann may not answer; bob, eve may" });
    expect(answered(approval, NO)).toMatchObject({ ok: false });
    expect(answered(approval, { ...YES, by: "eve" })).toMatchObject({ ok: true });
  });
});

describe("a no", () => {
  test("fails the task for good, and says whose it is and why", () => {
    expect(answered({ message: "?" }, { ...NO, comment: "too late" })).toEqual({
      ok: true,
      outcome: {
        state: "failed",
        failure: { reason: "rejected", message: "rejected by ann: too late", final: true },
      },
    });
  });

  test("skips it where that is wished", () => {
    expect(answered({ message: "?", on_reject: "skip" }, NO)).toEqual({
      ok: true,
      outcome: { state: "skipped", message: "rejected by ann" },
    });
  });
});

describe("the question", () => {
  test("stands in the log, with how to answer, once: an engine that goes on does not ask again", async () => {
    const world = localWorld();
    const work = taskWork({ approval: "Deploy it?" }, { cwd: world.data });
    world.executor.start(work);
    await world.logged("answer with");
    await world.executor.detach();
    const next = world.successor();
    next.executor.adopt(work);
    next.executor.stop(work, "cancelled", 0);
    expect(await next.outcome(work)).toMatchObject({ failure: { message: "nobody has answered" } });
    expect(next.log(work)).toEqual([
      "engine: Deploy it?",
      `engine: answer with: engine approve ${work.run_id} 'task' [-p NAME=VALUE] [--reject]`,
    ]);
  });
});

test("a default that the outputs don't take is a time-out that says so", async () => {
  const world = localWorld();
  const approval = { message: "?", default: "approve", form: { n: "many" } };
  // Attempts of these tests began in 1970.
  const work = taskWork({ approval, timeout: "1s", outputs: { n: "integer" } }, { cwd: world.data });
  world.executor.start(work);
  expect(await world.outcome(work)).toMatchObject({
    failure: { reason: "timeout", message: expect.stringMatching(/nobody has answered, and by itself it can't: .*n/) },
  });
});
