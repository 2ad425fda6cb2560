import { describe, expect, test } from "vitest";
import { aFolder } from "../../../support/engine-process.ts";
import { callEngine } from "../../../support/fake-cli.ts";

const NOW = Date.parse("2026-03-28T12:00:00Z");
const TASKS = "tasks:\n  say: { bash: echo hello }\n";

function repository(schedule: string): string {
  return aFolder({ "engine.yaml": "", "pipelines/p.yaml": `${schedule}\n${TASKS}`, "pipelines/q.yaml": TASKS });
}

const call = (cwd: string, ...args: readonly string[]) => callEngine(args, { cwd, now: NOW });

describe("engine next", () => {
  test("shows slots in the schedule's zone and in UTC, summer time and all", async () => {
    const cwd = repository('schedule: { cron: "30 2 * * *", timezone: Europe/Berlin }');
    const { code, stdout, stderr } = await call(cwd, "next", "p", "-n", "2");
    expect(code).toBe(0);
    expect(stdout).toBe(
      "2026-03-29 03:00:00 Europe/Berlin  2026-03-29T01:00:00.000Z\n2026-03-30 02:30:00 Europe/Berlin  2026-03-30T00:30:00.000Z\n",
    );
    expect(stderr).toContain("engine serve");
  });

  test("shows how much later a slot starts", async () => {
    const cwd = repository("schedule: { cron: '@hourly', jitter: 10m }");
    expect((await call(cwd, "next", "p", "-n", "1")).stdout).toMatch(
      /^2026-03-28 13:00:00 UTC {2}starts \d{1,3}s later\n$/,
    );
  });

  test("says that nothing comes any more", async () => {
    const cwd = repository("schedule: { cron: '@hourly', end: 2026-01-01 }");
    expect((await call(cwd, "next", "p")).stdout).toBe("it is never due again\n");
  });

  test.each([
    ["", "it runs when somebody starts it"],
    ["schedule: { after: q }", "it runs after q"],
  ])("of a pipeline without times says when it runs: %s", async (schedule, hint) => {
    const { code, stderr } = await call(repository(schedule), "next", "p");
    expect([code, stderr]).toEqual([2, expect.stringContaining(hint)]);
  });

  test("prints JSON", async () => {
    const { stdout } = await call(repository("schedule: { cron: '@hourly' }"), "next", "p", "-n", "1", "--json");
    const slot = "2026-03-28T13:00:00.000Z";
    expect(JSON.parse(stdout)).toMatchObject({ pipeline: "p", slots: [{ slot, due_at: slot }], paused: false });
  });
});

describe("engine pause", () => {
  test("without a daemon is kept in the store, until engine resume", async () => {
    const cwd = repository("schedule: '@hourly'");
    expect(await call(cwd, "pause", "p", "--why", "budget")).toMatchObject({ code: 0, stderr: "" });
    expect((await call(cwd, "next", "p")).stderr).toMatch(/paused by \w+/);
    expect(JSON.parse((await call(cwd, "next", "p", "--json")).stdout)).toMatchObject({ paused: true });
    expect(await call(cwd, "resume", "p")).toMatchObject({ code: 0 });
    expect(JSON.parse((await call(cwd, "next", "p", "--json")).stdout)).toMatchObject({ paused: false });
  });

  test("of a pipeline that nobody has is refused", async () => {
    expect(await call(repository(""), "pause", "nope")).toMatchObject({ code: 2 });
  });
});
