import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, type EngineProcess, runEngine, startEngine } from "../support/engine-process.ts";

/*
 * People's answers and actions from another terminal than the one that drives the run: two real processes.
 */

const bin = builtCli();
const me = userInfo().username;

const DEPLOY = `
name: deploy
tasks:
  ask:
    approval:
      message: Deploy it?
      form: { percent: { type: integer, minimum: 1, maximum: 100, default: 10 } }
    outputs: { percent: integer, by: string, comment: string }
  deploy:
    needs: ask
    bash: echo "to \${{ tasks.ask.outputs.percent }} percent"
`;

const EACH = `
name: each
tasks:
  ask:
    for_each: [eu, us, asia]
    approval: { message: "Deploy to \${{ item }}?", on_reject: skip }
`;

/** A run whose task waits, in a process of its own. */
async function asking(text: string, waits = "ask"): Promise<{ cwd: string; run: EngineProcess; answer: Answer }> {
  const cwd = aFolder({ "p.yaml": text });
  const run = startEngine(["run", "p.yaml"], { cwd, bin });
  await run.prints(`${waits}: waiting`);
  return { cwd, run, answer: (...args) => runEngine(args, { cwd, bin }) };
}

type Answer = (...args: string[]) => ReturnType<typeof runEngine>;

describe("an answer from another terminal", () => {
  test("goes to the process that drives the run, which goes on", async () => {
    const { cwd, run, answer } = await asking(DEPLOY);
    expect((statSync(join(cwd, ".engine/control.sock")).mode & 0o777).toString(8)).toBe("600");
    const given = await answer("approve", "latest", "ask", "-p", "percent=25", "--comment", "looks good");
    expect(given).toMatchObject({ code: 0, stderr: "" });
    expect(given.stdout).toMatch(/^task ask of run \S+ is approved\n$/);
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(run.stdout).toContain(`(answered by ${me})`);
    expect((await answer("logs", "latest", "deploy")).stdout).toContain("to 25 percent");
    expect((await answer("runs", "show", "latest")).stdout).toMatch(new RegExp(`ask +success.*answered by ${me}`));
    const { outputs } = JSON.parse((await answer("outputs", "latest", "ask", "--json")).stdout);
    expect(outputs.ask).toEqual({ percent: 25, by: me, comment: "looks good" });
  });

  test("that does not fit is refused with what is wrong, and the task waits on", async () => {
    const { run, answer } = await asking(DEPLOY);
    const wrong = async (...args: string[]) => {
      const { code, stderr } = await answer("approve", "latest", ...args);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await wrong("ask", "-p", "percent=200")).toMatch(/can't be taken: .*percent.*100/);
    expect(await wrong("ask", "-p", "percnt=20")).toMatch(/percnt/);
    expect(await wrong("deploy")).toContain("waits for no answer");
    expect(await wrong("nothing")).toContain("has no task nothing");
    expect(await wrong("ask", "--reject", "-p", "percent=2")).toContain("a no has no fields");
    expect((await answer("approve", "latest", "ask")).code).toBe(0);
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(await wrong("ask")).toContain("waits for no answer");
  });

  test("that is a no fails the task, and says whose it is", async () => {
    const { run, answer } = await asking(DEPLOY);
    const given = await answer("approve", "latest", "ask", "--reject", "--comment", "not on a Friday");
    expect(given).toMatchObject({ code: 0, stdout: expect.stringContaining("is rejected") });
    expect(await run.ended).toMatchObject({ code: 1 });
    expect((await answer("runs", "show", "latest")).stdout).toContain(`rejected by ${me}: not on a Friday`);
  });

  test("to one item of many ends that item alone", async () => {
    const { run, answer } = await asking(EACH, "ask[2]");
    for (const [key, no] of [
      ["ask[1]", true],
      ["ask[0]", false],
      ["ask[2]", false],
    ] as const) {
      expect(await answer("approve", "latest", key, ...(no ? ["--reject"] : []))).toMatchObject({
        code: 0,
        stderr: "",
      });
    }
    expect(await run.ended).toMatchObject({ code: 0 });
    const { task_runs } = JSON.parse((await answer("runs", "show", "latest", "--json")).stdout);
    const states = task_runs.map(({ key, state }: { key: string; state: string }) => `${key} ${state}`);
    expect(states).toEqual(expect.arrayContaining(["ask[0] success", "ask[1] skipped", "ask[2] success"]));
  });

  test("is taken of those alone who may answer", async () => {
    const text = "name: p\ntasks:\n  ask: { approval: { message: Well?, approvers: [nobody_here] } }\n";
    const { answer } = await asking(text);
    const given = await answer("approve", "latest", "ask");
    expect(given.code).toBe(2);
    expect(given.stderr).toContain(`${me} may not answer; nobody_here may`);
  });

  test("is taken up by the one who gives it when nobody drives the run", async () => {
    const { run, answer } = await asking(DEPLOY);
    run.kill("SIGKILL");
    await run.ended;
    const given = await answer("approve", "latest", "ask", "-p", "percent=7");
    expect(given.code).toBe(0);
    expect(given.stdout).toMatch(/deploy: success/);
    expect((await answer("logs", "latest", "deploy")).stdout).toContain("to 7 percent");
  });
});

describe("an action from another terminal", () => {
  test("cancels a run where it is driven", async () => {
    const { run, answer } = await asking(DEPLOY);
    expect(await answer("runs", "cancel", "latest")).toMatchObject({ code: 0, stderr: "" });
    await run.ended;
    expect(run.stdout).toContain(`cancelling, asked by ${me}`);
    const { run: row } = JSON.parse((await answer("runs", "show", "latest", "--json")).stdout);
    expect(row.state).toBe("cancelled");
  });

  test("marks a task, and refuses a retry of what has not ended", async () => {
    const { run, answer } = await asking(DEPLOY);
    expect((await answer("runs", "retry", "latest")).code).toBe(2);
    expect(await answer("runs", "mark", "latest", "deploy", "skipped")).toMatchObject({ code: 0, stderr: "" });
    expect((await answer("approve", "latest", "ask")).code).toBe(0);
    expect(await run.ended).toMatchObject({ code: 0 });
  });

  test("can be taken while another run begins: that is told what works meanwhile", async () => {
    const { answer } = await asking(DEPLOY);
    const second = await answer("run", "p.yaml");
    expect(second.code).not.toBe(0);
    expect(second.stderr).toContain("so does acting on its runs");
  });
});

describe("the time for an answer", () => {
  test("counts on while no engine is there, and its end gives the default", async () => {
    const text = `
name: p
tasks:
  ask:
    approval: { message: Well?, default: approve, form: { n: 3 } }
    timeout: 3s
    outputs: { n: integer, by: string, approved: boolean }
`;
    const { run, answer } = await asking(text);
    run.kill("SIGKILL");
    await run.ended;
    expect((await answer("run", "--resume", "latest")).code).toBe(0);
    const { outputs } = JSON.parse((await answer("outputs", "latest", "--json")).stdout);
    expect(outputs.ask).toEqual({ n: 3, by: "timeout", approved: true });
  });

  test.each([
    ["fails it", "", "failed"],
    ["skips it where that is allowed", "soft_fail: true", "skipped"],
  ])("without a default %s", async (_, more, state) => {
    const text = `name: p\ntasks:\n  ask:\n    approval: Well?\n    timeout: 1s\n    ${more}\n`;
    const { run, answer } = await asking(text);
    await run.ended;
    const { task_runs } = JSON.parse((await answer("runs", "show", "latest", "--json")).stdout);
    expect(task_runs).toMatchObject([{ key: "ask", state }]);
  });
});
