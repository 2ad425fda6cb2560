import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { AttemptWork } from "../../src/engine/index.ts";
import type { JsonObject } from "../../src/lib/index.ts";
import { failureOf, localWorld, until } from "../support/local-world.ts";
import { taskWork } from "../support/task-work.ts";
import { IMAGE, realDocker } from "./support/docker.ts";

const docker = await realDocker();

/** What a container's first process does at SIGTERM only when it is told to. */
const AT_TERM = "trap 'echo asked to end; exit 143' TERM";
const FOR_EVER = "while :; do sleep 0.02; done";

function dockerWorld() {
  const world = localWorld();
  const work = (config: JsonObject, more: { task?: JsonObject; work?: Partial<AttemptWork> } = {}): AttemptWork => {
    const task = { docker: { image: IMAGE, host: docker.host, network: "none", ...config }, ...more.task };
    return { ...taskWork(task, { cwd: world.data }), ...more.work };
  };
  const containers = () =>
    docker.client.listContainers({ all: true, filters: { label: [`engine.data=${world.data}`] } });
  onTestFinished(async () => {
    for (const { Id } of await containers()) await docker.client.getContainer(Id).remove({ force: true });
  });
  return {
    ...world,
    work,
    containers,
    script: (script: string, more: Parameters<typeof work>[1] & { config?: JsonObject } = {}) =>
      work({ command: ["sh", "-c", script], ...more.config }, more),
    start(of: AttemptWork) {
      world.executor.start(of);
      return world.outcome(of);
    },
  };
}

describe.skipIf(!docker.found)("docker", () => {
  test("any user of the container hands values on, and nothing is left of the container", async () => {
    const { script, start, containers } = dockerWorld();
    const task = { outputs: { who: "integer" } };
    const work = script('echo "who=$(id -u)" >> "$ENGINE_OUTPUT"', { task, config: { user: "1234:1234" } });
    expect(await start(work)).toEqual({ state: "success", outputs: { who: 1234 } });
    expect(await containers()).toEqual([]);
  });

  test("the log has both streams, with the times that Docker gave them", async () => {
    const { script, executor, outcome, containers, lines, logged } = dockerWorld();
    const work = script(`echo out; sleep 0.05; echo err >&2; ${AT_TERM}; ${FOR_EVER}`);
    executor.start(work);
    await logged("err");
    const [{ Id = "" } = {}] = await containers();
    const raw = (
      await docker.client.getContainer(Id).logs({ stdout: true, stderr: true, timestamps: true })
    ).toString();
    executor.stop(work, "cancelled", 0);
    await outcome(work);
    const seen = lines.filter(({ stream }) => stream !== "engine").slice(0, 2);
    expect(seen.map(({ stream, text }) => `${stream}: ${text}`)).toEqual(["stdout: out", "stderr: err"]);
    for (const { at } of seen) expect(raw).toContain(new Date(at).toISOString().slice(0, -1));
  });

  test("a text is split into words, and what an expression gives is one of them", async () => {
    const { work, start, log } = dockerWorld();
    const one = work({ command: `printf '[%s]' "a b" \${{ "c; d e" }} f\\ g $HOME` });
    expect(await start(one)).toMatchObject({ state: "success" });
    expect(log(one)).toEqual(["stdout: [a b][c; d e][f g][$HOME]"]);
  });

  test("gets the environment of the task, and nothing of the engine's", async () => {
    process.env.OF_THE_ENGINE = "1";
    onTestFinished(() => {
      delete process.env.OF_THE_ENGINE;
    });
    const { script, start, log } = dockerWorld();
    const work = script('env; test -n "$ENGINE_RUN_ID"', { task: { env: { A: "1 2" } } });
    expect(await start(work)).toMatchObject({ state: "success" });
    expect(log(work)).toContain("stdout: A=1 2");
    expect(log(work)).toContain("stdout: ENGINE_TASK=task");
    expect(log(work).join("\n")).not.toContain("OF_THE_ENGINE");
  });

  test("mounts folders, volumes and memory, and sets what else can be set", async () => {
    const { data, script, start, log } = dockerWorld();
    mkdirSync(join(data, "in"));
    writeFileSync(join(data, "in", "file"), "from outside\n");
    const volume = `engine-test-${Date.now()}`;
    onTestFinished(() => docker.client.getVolume(volume).remove());
    const config = {
      mounts: [
        { source: "in", target: "/in", read_only: true },
        { type: "volume", source: volume, target: "/kept" },
        { type: "tmpfs", target: "/scratch", size: "1m" },
      ],
      workdir: "/scratch",
      ulimits: { nofile: 123, nproc: { soft: 50, hard: 60 } },
      memory: "64m",
      cpus: 0.5,
      platform: "linux/amd64",
      entrypoint: ["sh", "-c"],
      command: [
        "pwd; cat /in/file; echo x > /in/file || echo read-only; echo kept > /kept/file; ulimit -n; df -k /scratch | tail -n 1 | cut -c 1-30",
      ],
    };
    const work = script("", { config: process.arch === "x64" ? config : { ...config, platform: "linux/arm64" } });
    expect(await start(work)).toMatchObject({ state: "success" });
    expect(log(work)).toEqual(
      expect.arrayContaining(["stdout: /scratch", "stdout: from outside", "stdout: read-only", "stdout: 123"]),
    );
    expect(log(work).join("\n")).toMatch(/tmpfs +1024$/m);
    const again = script("cat /kept/file", { config: { mounts: config.mounts }, work: { attempt: 2 } });
    expect(await start(again)).toMatchObject({ state: "success" });
    expect(log(again)).toEqual(["stdout: kept"]);
  });

  test("skips with its exit code", async () => {
    const { script, start } = dockerWorld();
    expect(await start(script("exit 3", { config: { skip_exit_code: 3 } }))).toMatchObject({ state: "skipped" });
  });

  test("says that it ran out of memory", async () => {
    const { script, start } = dockerWorld();
    const work = script("x=abcdefgh; while :; do x=$x$x; done", { config: { memory: "16m" } });
    expect(failureOf(await start(work))).toMatchObject({
      reason: "out_of_memory",
      message: "the container needed more than its memory of 16m and was killed",
      exit_code: 137,
    });
  });

  test("is asked to end, and ends", async () => {
    const { script, executor, outcome, logged, log, containers } = dockerWorld();
    const work = script(`${AT_TERM}; echo ready; ${FOR_EVER}`);
    executor.start(work);
    await logged("ready");
    executor.stop(work, "timeout", 10_000);
    expect(failureOf(await outcome(work))).toMatchObject({ reason: "timeout", exit_code: 143 });
    expect(log(work)).toContain("stdout: asked to end");
    expect(await containers()).toEqual([]);
  });

  test("is killed after its grace when it doesn't end", async () => {
    const { script, executor, outcome, logged } = dockerWorld();
    const work = script(`trap 'echo no' TERM; echo ready; ${FOR_EVER}`, { work: { grace_ms: 1_000 } });
    executor.start(work);
    await logged("ready");
    executor.stop(work, "cancelled", 1_000);
    await logged("no");
    expect(failureOf(await outcome(work))).toMatchObject({ reason: "cancelled", exit_code: 137 });
  });

  test("is killed within its grace when the engine says so", async () => {
    const { script, executor, outcome, logged } = dockerWorld();
    const work = script(`trap 'echo no' TERM; echo ready; ${FOR_EVER}`, { work: { grace_ms: 3_600_000 } });
    executor.start(work);
    await logged("ready");
    executor.stop(work, "cancelled", 3_600_000);
    await logged("no");
    executor.kill(work);
    expect(failureOf(await outcome(work))).toMatchObject({ reason: "cancelled", exit_code: 137 });
  });

  test.each([
    [{ image: "no-such-image:1", pull: "never" }, "not_found", "check the image's name and tag"],
    [{ image: "127.0.0.1:1/none:1" }, "connection_failed", "could not pull the image 127.0.0.1:1/none:1"],
    [{ image: "Not An Image" }, "refused", "write it as `registry"],
    [{ command: ["no-such-program"] }, "not_found", "the image has no such program"],
    [{ command: ["/etc"] }, "refused", "/etc"],
    [{ mounts: [{ source: "/no/such/folder", target: "/a" }] }, "not_found", "/no/such/folder"],
    [{ network: "no-such-network" }, "not_found", "docker network create"],
    [{ user: "nobody-here" }, "not_found", "write its number under `user`"],
    [{ memory: "1k" }, "refused", "memory limit"],
    [{ gpus: 1 }, "refused", "NVIDIA Container Toolkit"],
    [{ command: ["sh", "-c", "kill -9 $$; no-such-command"] }, "exit_code", "exit code 127"],
    [{ host: "unix:///no/such.sock" }, "connection_failed", "there is no Docker at unix:///no/such.sock"],
    [{ host: "tcp://127.0.0.1:1" }, "connection_failed", "doesn't answer"],
    [{ host: "tcp://no-such-host.invalid:1" }, "dns_failed", "no-such-host.invalid"],
  ])("%j fails with %s", async (config, reason, text) => {
    const { work, start, containers } = dockerWorld();
    const failure = failureOf(await start(work({ command: ["true"], ...config })));
    expect(failure).toMatchObject({ reason, message: expect.stringContaining(text) });
    expect(await containers()).toEqual([]);
  });

  test("an engine that comes later brings over the log's rest: no line twice, none missing", async () => {
    const { data, script, executor, outcome, successor, logged, log, containers } = dockerWorld();
    const work = script(
      `i=0
while [ $i -lt 6000 ]; do
  if [ $((i % 2000)) = 0 ]; then until [ -e /data/go-$i ]; do sleep 0.02; done; fi
  echo $i; echo $i >&2; i=$((i+1))
done
echo end`,
      { config: { mounts: [{ source: data, target: "/data" }] } },
    );
    executor.start(work);
    let next: Pick<ReturnType<typeof localWorld>, "executor" | "outcome" | "logged"> = { executor, outcome, logged };
    for (const first of [0, 2_000, 4_000]) {
      writeFileSync(join(data, `go-${first}`), "");
      // In the midst of it, and not at its end: there is more to come.
      await next.logged(String(first + 1_000));
      await next.executor.detach();
      next = successor();
      next.executor.adopt(work);
    }
    expect(await next.outcome(work)).toMatchObject({ state: "success" });
    const numbers = Array.from({ length: 6_000 }, (_, i) => String(i));
    const of = (stream: string): string[] =>
      log(work)
        .filter((line) => line.startsWith(`${stream}: `))
        .map((line) => line.slice(stream.length + 2));
    expect(of("stdout")).toEqual([...numbers, "end"]);
    expect(of("stderr")).toEqual(numbers);
    expect(await containers()).toEqual([]);
  });

  test("one that ended while there was no engine is found, with its outputs", async () => {
    const { data, script, executor, successor, containers } = dockerWorld();
    const work = script('until [ -e /data/go ]; do sleep 0.02; done; echo done; echo n=7 >> "$ENGINE_OUTPUT"', {
      task: { outputs: { n: "integer" } },
      config: { mounts: [{ source: data, target: "/data" }] },
    });
    executor.start(work);
    await until("it runs", async () => (await containers())[0]?.State === "running");
    await executor.detach();
    writeFileSync(join(data, "go"), "");
    await until("it has ended", async () => (await containers())[0]?.State === "exited");
    const next = successor();
    next.executor.adopt(work);
    expect(await next.outcome(work)).toEqual({ state: "success", outputs: { n: 7 } });
    expect(next.log(work)).toEqual(["stdout: done"]);
    expect(await containers()).toEqual([]);
  });

  test("one that was made and not started is started", async () => {
    const { data, script, executor, outcome, containers } = dockerWorld();
    const work = script("");
    const labels = { "engine.data": data, "engine.run": work.run_id, "engine.task": work.key, "engine.attempt": "1" };
    await docker.client.createContainer({ Image: IMAGE, Cmd: ["echo", "late"], Labels: labels });
    executor.adopt(work);
    expect(await outcome(work)).toMatchObject({ state: "success" });
    expect(await containers()).toEqual([]);
  });

  test("one that is nowhere is lost, and one that somebody removes ends", async () => {
    const { script, executor, outcome, logged, containers } = dockerWorld();
    const never = script("true");
    executor.adopt(never);
    expect(await outcome(never)).toMatchObject({ state: "lost" });
    const removed = script(`echo ready; ${FOR_EVER}`, { work: { attempt: 2 } });
    executor.start(removed);
    await logged("ready");
    const [{ Id = "" } = {}] = await containers();
    await docker.client.getContainer(Id).remove({ force: true });
    // It was killed for it, and who is quick sees that.
    expect(["lost", "failed"]).toContain((await outcome(removed)).state);
  });

  test("a container that ends with a restarted Docker counts as what Docker says of it", async () => {
    if (docker.restart === undefined) return;
    const { script, executor, outcome, logged, log, containers } = dockerWorld();
    const work = script(`${AT_TERM}; echo ready; ${FOR_EVER}`);
    executor.start(work);
    await logged("ready");
    await docker.restart();
    expect(failureOf(await outcome(work))).toMatchObject({ reason: "exit_code", exit_code: 143 });
    expect(log(work).filter((line) => line === "stdout: ready")).toHaveLength(1);
    expect(await containers()).toEqual([]);
  });

  test("long lines are cut, and a line without an end is one", async () => {
    const { script, start, log } = dockerWorld();
    const work = script("head -c 40000 /dev/zero | tr '\\0' x; echo; printf last");
    expect(await start(work)).toMatchObject({ state: "success" });
    const [long = "", last] = log(work);
    expect(long.length).toBeGreaterThan(16_000);
    expect(long).toMatch(/^stdout: x+ … \[cut/);
    expect(last).toBe("stdout: last");
  });

  test("the output file is as readable as it has to be, and no more", async () => {
    const { data, script, start } = dockerWorld();
    const work = script("head -c 300000 /dev/zero > $ENGINE_OUTPUT", { task: { outputs: { n: "integer" } } });
    expect(failureOf(await start(work))).toMatchObject({
      reason: "output_invalid",
      message: expect.stringContaining("256 KiB"),
    });
    expect(readFileSync(join(data, "attempts", work.run_id, "task.1.output")).length).toBe(300_000);
  });
});
