import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AT_GATE, calling, repository, runsIn } from "../support/child-runs.ts";
import { runEngine, startEngine } from "../support/engine-process.ts";
import { jsonLines } from "../support/json-lines.ts";
import { atGate, makeGate } from "../support/pipelines.ts";

const CHILD = `
params: { factor: 2 }
tasks:
  work:
    bash: echo "answer=$((21 * PARAM_FACTOR))" >> "$ENGINE_OUTPUT"
    outputs: { answer: integer }
outputs:
  answer: \${{ tasks.work.outputs.answer }}
`;

/** How the run of \`parent\` ended, by its last line. */
async function runParent(cwd: string) {
  const { stdout, stderr } = await runEngine(["run", "parent", "--json"], { cwd });
  const last: object = jsonLines(stdout).at(-1) ?? {};
  return { ...(last as { readonly state?: string; readonly outputs?: object }), all: stdout + stderr };
}

describe("a task that runs another pipeline", () => {
  test("hands on what that one's run hands on, in a run of its own", async () => {
    const parent = calling(
      "pipeline: { name: child, params: { factor: 3 } }, outputs: { answer: integer, run_id: string }",
    );
    const cwd = repository({ child: CHILD, parent });
    const ended = await runParent(cwd);
    expect(ended).toMatchObject({ state: "success", outputs: { call: { answer: 63 } } });
    const [child, own] = await runsIn(cwd);
    expect(child).toMatchObject({ pipeline: "child", trigger: "pipeline", parent_run_id: own?.run_id });
    expect(ended.outputs).toMatchObject({ call: { run_id: child?.run_id } });
  });

  test("fails when that run fails, and a retry starts another one", async () => {
    const parent = calling("pipeline: child, retries: { count: 1, delay: 1ms }");
    const cwd = repository({ child: "tasks: { work: { bash: exit 3 } }\n", parent });
    const { state, all } = await runParent(cwd);
    expect(state).toBe("failed");
    expect(all).toMatch(/run \S+ of pipeline child ended as failed: task work failed/);
    expect((await runsIn(cwd)).map(({ pipeline, state }) => `${pipeline} ${state}`)).toEqual([
      "child failed",
      "child failed",
      "parent failed",
    ]);
  });

  test("doesn't wait when it is told not to", async () => {
    const parent = calling("pipeline: { name: child, wait: false }, outputs: { run_id: string }");
    const cwd = repository({ child: AT_GATE, parent });
    makeGate(join(cwd, "pipelines"));
    expect((await runParent(cwd)).state).toBe("success");
    expect((await runsIn(cwd)).find(({ pipeline }) => pipeline === "child")).toMatchObject({ state: "running" });
    const resumed = startEngine(["run", "--resume", (await runsIn(cwd))[0]?.run_id ?? ""], { cwd });
    await (await atGate(join(cwd, "pipelines"))).open();
    expect((await resumed.ended).code).toBe(0);
  });

  test("that has meanwhile gone, or takes other params, is a failure that says so", async () => {
    const cwd = repository({
      child: "params: { size: { type: integer } }\ntasks: { work: { bash: 'true' } }\n",
      parent: `params: { which: child }\n${calling('pipeline: { name: "${{ params.which }}" }')}`,
    });
    const wrong = await runParent(cwd);
    expect(wrong.all).toContain("`size` is missing, and it has no default");
    const gone = await runEngine(["run", "parent", "-p", "which=nobody"], { cwd });
    expect(gone.code).toBe(1);
    expect(gone.stdout).toContain("pipeline nobody can't be run");
  });

  test("runs at most ten deep, whatever its name is worked out to be", async () => {
    const self = `params: { which: deep }\n${calling('pipeline: { name: "${{ params.which }}" }')}`;
    const cwd = repository({ deep: self });
    expect((await runEngine(["run", "deep"], { cwd })).code).toBe(1);
    expect(await runsIn(cwd)).toHaveLength(11);
  });

  test("for each of many items starts as many runs at once as `max_parallel` says, though none of its tasks holds a slot", async () => {
    const parent = calling("pipeline: child, for_each: [1, 2, 3, 4, 5], max_parallel: 2");
    const cwd = repository({ child: "tasks: { work: { bash: 'true' } }\n", parent });
    const { stdout } = await runEngine(["run", "parent", "--json"], { cwd });
    const lines = jsonLines(stdout) as readonly { readonly event?: { readonly type: string; readonly key?: string } }[];
    const open = new Set<string>();
    let most = 0;
    for (const { event: { type, key = "" } = { type: "" } } of lines) {
      if (type === "attempt_started" && key.startsWith("call[")) most = Math.max(most, open.add(key).size);
      if (type === "attempt_ended") open.delete(key);
    }
    expect(most).toBe(2);
    expect((await runsIn(cwd)).map(({ state }) => state)).toEqual(Array(6).fill("success"));
  });

  test("is cancelled with it, and takes the other run along", async () => {
    const cwd = repository({ child: AT_GATE, parent: calling("pipeline: child, timeout: 1h") });
    makeGate(join(cwd, "pipelines"));
    const engine = startEngine(["run", "parent"], { cwd });
    await atGate(join(cwd, "pipelines"));
    engine.kill("SIGINT");
    expect((await engine.ended).code).toBe(130);
    expect((await runsIn(cwd)).map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
  });
});

test("`latest` is the run that somebody started, not what it started on its way", async () => {
  const cwd = repository({ child: CHILD, parent: calling("pipeline: child") });
  await runParent(cwd);
  expect((await runEngine(["runs", "show", "latest"], { cwd })).stdout).toContain("parent");
});
