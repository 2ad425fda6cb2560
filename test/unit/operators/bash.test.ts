import { describe, expect, test } from "vitest";
import type { StopReason } from "../../../src/core/index.ts";
import type { AttemptHost, ProcessEnd, ProcessSpec } from "../../../src/operators/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { bashWork } from "../../support/attempt-work.ts";
import { NO_RUNS } from "../../support/no-runs.ts";

const bash = operators.get("bash");

/** What bash makes of a process that ends like this. */
async function outcomeOf(end: ProcessEnd, more: { stopReason?: StopReason; outputs?: string } = {}) {
  const specs: ProcessSpec[] = [];
  const host: AttemptHost = {
    work: bashWork("echo a\r\necho b", { env: { A: "1" }, cwd: "/tmp", skip_exit_code: 42 }),
    signal: new AbortController().signal,
    stopReason: more.stopReason,
    now: () => 0,
    log: () => {},
    process: async (spec) => {
      specs.push(spec);
      return end;
    },
    call: () => Promise.reject(new Error("no function was expected")),
    readError: () => undefined,
    readOutputs: async () =>
      more.outputs === undefined ? { ok: true, outputs: { n: 1 } } : { ok: false, message: more.outputs },
    checkOutputs: async () => ({ ok: true, outputs: {} }),
    giveSlotBack: () => {},
    get outside(): never {
      throw new Error("nothing outside was expected");
    },
    runs: NO_RUNS,
    sleep: async () => {},
  };
  const outcome = await bash?.start(host);
  return { outcome, specs };
}

describe("bash", () => {
  test("has a short form, and a long one with another code to skip", () => {
    expect(bash?.normalise("make")).toEqual({ script: "make", skip_exit_code: 99 });
    expect(bash?.normalise({ script: "make", skip_exit_code: 3 })).toEqual({ script: "make", skip_exit_code: 3 });
  });

  test.each([
    [""],
    [{}],
    [{ script: "x", skip_exit_code: 0 }],
    [{ script: "x", skip_exit_code: 256 }],
    [{ run: "x" }],
    [7],
  ])("refuses %j", (value) => {
    expect(bash?.validate?.(value as never)).toBe(false);
  });

  test("runs the script with the environment and folder of the work, and with Unix line ends", async () => {
    const { specs } = await outcomeOf({ type: "exited", code: 0 });
    expect(specs).toEqual([{ script: "echo a\necho b", env: { A: "1" }, cwd: "/tmp" }]);
  });

  test("hands its outputs on, and fails when they don't fit", async () => {
    expect((await outcomeOf({ type: "exited", code: 0 })).outcome).toEqual({ state: "success", outputs: { n: 1 } });
    expect((await outcomeOf({ type: "exited", code: 0 }, { outputs: "n is missing" })).outcome).toEqual({
      state: "failed",
      failure: { reason: "output_invalid", message: "n is missing" },
    });
  });

  test.each<[ProcessEnd, StopReason | undefined, object]>([
    [{ type: "exited", code: 42 }, undefined, { state: "skipped" }],
    [{ type: "exited", code: 3 }, undefined, { failure: { reason: "exit_code", exit_code: 3 } }],
    [{ type: "exited", code: 3 }, "timeout", { failure: { reason: "timeout", exit_code: 3 } }],
    [{ type: "signalled", signal: "SIGKILL" }, undefined, { failure: { reason: "signal", signal: "SIGKILL" } }],
    [{ type: "signalled", signal: "SIGTERM" }, "cancelled", { failure: { reason: "cancelled", signal: "SIGTERM" } }],
    [
      { type: "spawn_failed", message: "no bash" },
      undefined,
      { failure: { reason: "spawn_failed", message: "no bash" } },
    ],
    [{ type: "lost", message: "gone" }, undefined, { state: "lost", message: "gone" }],
  ])("a process that %j, when told %s, gives %j", async (end, stopReason, expected) => {
    const more = stopReason === undefined ? {} : { stopReason };
    expect((await outcomeOf(end, more)).outcome).toMatchObject(expected);
  });

  test.each([
    [3, "the script ended with exit code 3"],
    [126, "can't be executed"],
    [127, "was not found"],
    [137, "ended by SIGKILL, often because the machine or its container ran out of memory"],
    [143, "ended by SIGTERM"],
  ])("code %i is explained", async (code, words) => {
    expect((await outcomeOf({ type: "exited", code })).outcome).toMatchObject({
      failure: { message: expect.stringContaining(words) },
    });
  });
});
