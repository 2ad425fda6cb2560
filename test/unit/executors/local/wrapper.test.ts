import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseStatus, WRAPPER, WRAPPER_NAME } from "../../../../src/executors/local/wrapper.ts";
import { until } from "../../../support/local-world.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

/** A wrapper in a session of its own, as the direct way makes it. */
const OWN = { pid: 12, session: 12 };

describe("parseStatus", () => {
  test.each([
    ["", { type: "none", text: "" }],
    ["pid 12", { type: "none", text: "pid 12" }],
    ["pid 12\n", { type: "began", leader: OWN, text: "" }],
    ["pid 12\nend 0", { type: "began", leader: OWN, text: "" }],
    ["pid 12\nend 0\n", { type: "ended", leader: OWN, code: 0, said: false }],
    ["pid 12\nend 137\n", { type: "ended", leader: OWN, code: 137, said: false }],
    ["pid 12\nKilled\nend 137\n", { type: "ended", leader: OWN, code: 137, said: true }],
    ["pid 12\nengine: line 6: 13 Killed  ( exec x )\nend 137\n", { type: "ended", leader: OWN, code: 137, said: true }],
    ["pid 12\nwarning: of some shell\nend 3\n", { type: "ended", leader: OWN, code: 3, said: true }],
    ["pid 12\nengine: 6: Cannot fork\n", { type: "began", leader: OWN, text: "engine: 6: Cannot fork" }],
    ["pid 12 7\n", { type: "began", leader: { pid: 12, session: 7 }, text: "" }],
    ["pid 12 7\nend 3\n", { type: "ended", leader: { pid: 12, session: 7 }, code: 3, said: false }],
    [
      "pid 12\n0m0.00s 0m0.01s\n1m2.50s 0m0.25s\nend 0\n",
      { type: "ended", leader: OWN, code: 0, said: false, cpu_seconds: 62.75 },
    ],
    [
      "pid 12\nKilled\n0m0,000s 0m0,001s\n0m0,100s 0m0,000s\nend 137\n",
      { type: "ended", leader: OWN, code: 137, said: true, cpu_seconds: 0.1 },
    ],
    ["pid 12\ncpu 0.5\nend 0\n", { type: "ended", leader: OWN, code: 0, said: false, cpu_seconds: 0.5 }],
    ["closed\n", { type: "closed" }],
    ["pid 12\nclosed\n", { type: "closed" }],
  ])("%j", (text, status) => {
    expect(parseStatus(text)).toEqual(status);
  });
});

/** Wraps a bash script; gives the wrapper's end and what its files say. `env` is the wrapper's, with the fence as FENCE. */
async function wrap(shell: string, script: string, { fenced = false, terminate = false, env = {} } = {}) {
  const base = join(temporaryFolder(), "task.1");
  if (fenced) writeFileSync(`${base}.fence`, "");
  const [status, errors] = [openSync(`${base}.status`, "wx"), openSync(`${base}.stderr`, "wx")];
  const child = spawn(shell, ["-c", WRAPPER, WRAPPER_NAME, base, "bash", "-c", script], {
    detached: true,
    env: { ...process.env, ...env, FENCE: `${base}.fence` },
    stdio: ["ignore", "ignore", errors, status],
  });
  closeSync(status);
  closeSync(errors);
  const exit = once(child, "exit") as Promise<[number | null, string | null]>;
  if (terminate) {
    await until("it speaks", () => readFileSync(`${base}.stderr`, "utf8").includes("ready"));
    process.kill(-(child.pid ?? Number.NaN), "SIGTERM");
  }
  const [code, signal] = await exit;
  const [said, stderr] = ["status", "stderr"].map((name) => readFileSync(`${base}.${name}`, "utf8"));
  return { pid: child.pid, code, signal, status: parseStatus(said ?? ""), stderr };
}

describe.each(["/bin/sh", "bash"])("the wrapper, under %s", (shell) => {
  test("tells the process id and the exit code, which is its own as well", async () => {
    const { pid, code, status } = await wrap(shell, "exit 3");
    expect(code).toBe(3);
    const leader = { pid, session: pid };
    expect(status).toEqual({ type: "ended", leader, code: 3, said: false, cpu_seconds: expect.any(Number) });
  });

  test("shows somewhere that a signal ended the script's shell", async () => {
    const { code, status, stderr } = await wrap(shell, "kill -9 $$");
    expect(code).toBe(137);
    expect(status).toMatchObject({ type: "ended", code: 137 });
    expect(stderr === "Killed\n" || (status.type === "ended" && status.said)).toBe(true);
  });

  test("outlives a SIGTERM to its group, to tell of the end", async () => {
    const script = "trap 'exit 7' TERM; echo ready >&2; while :; do sleep 0.02; done";
    const { status } = await wrap(shell, script, { terminate: true });
    expect(status).toMatchObject({ type: "ended", code: 7 });
  });

  test("gives the script signals that end it", async () => {
    const script = "echo ready >&2; while :; do sleep 0.02; done";
    const { status } = await wrap(shell, script, { terminate: true });
    expect(status).toMatchObject({ type: "ended", code: 143 });
  });

  test("does nothing behind a fence", async () => {
    const { pid, code, status, stderr } = await wrap(shell, "echo ran >&2", { fenced: true });
    expect(code).toBe(70);
    expect(status).toEqual({ type: "began", leader: { pid, session: pid }, text: "" });
    expect(stderr).toBe("");
  });
});

test("a signal that comes when the wrapper catches it and there is no script yet is not lost", async () => {
  // Once its own signals are set, it is stopped as an engine stops it.
  const file = join(temporaryFolder(), "stops.sh");
  writeFileSync(file, 'trap() { builtin trap "$@"; : > "$FENCE"; kill -TERM 0; }\n');
  const { status, stderr } = await wrap("bash", "echo ran >&2", { env: { BASH_ENV: file } });
  expect(status).toMatchObject({ type: "ended", code: 143 });
  expect(stderr).toBe("");
});
