import { chmodSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSqliteStore } from "../../../../src/store/index.ts";
import { aFolder } from "../../../support/engine-process.ts";
import { callEngine } from "../../../support/fake-cli.ts";
import { GitRepository } from "../../../support/git-repository.ts";
import { gitServer } from "../../../support/git-server.ts";

const PIPELINE = "tasks:\n  greet:\n    bash: echo hello\n";
const { PATH = "" } = process.env;

async function doctor(cwd: string, env: Readonly<Record<string, string>> = { PATH }) {
  const { code, stdout } = await callEngine(["doctor", "--json"], { cwd, env });
  const { findings } = JSON.parse(stdout) as {
    findings: readonly { what: string; state: string; message: string; hint?: string }[];
  };
  return { code, of: (what: string) => findings.find((each) => each.what === what) };
}

async function makeStore(cwd: string): Promise<string> {
  const folder = join(cwd, ".engine");
  await (await openSqliteStore(folder, { mode: "write", clock: () => 0, describe: "vitest" })).close();
  return folder;
}

test("all is well in a repository with a pipeline and a store", async () => {
  const cwd = aFolder({ "engine.yaml": "", "pipelines/greet.yaml": PIPELINE });
  await makeStore(cwd);
  const { code, of } = await doctor(cwd);
  expect(code).toBe(0);
  expect(of("store")?.state).toBe("ok");
  expect(of("retention")?.message).toBe("nothing is older than what is kept");
  expect(of("pipelines")).toMatchObject({ state: "ok", message: "1 file, 1 pipeline that can run" });
  expect(of("bash")?.message).toContain("bash");
  // Nothing uses it.
  expect(of("docker")).toBeUndefined();
});

test("a pipeline with errors is named", async () => {
  const cwd = aFolder({ "engine.yaml": "", "pipelines/bad.yaml": "tasks: {}\nnope: 1\n" });
  const { code, of } = await doctor(cwd);
  expect(code).toBe(1);
  expect(of("pipelines")?.hint).toContain("pipelines/bad.yaml");
});

test("a program that pipelines need and that is missing is said, with what can't run", async () => {
  const cwd = aFolder({ "engine.yaml": "", "pipelines/greet.yaml": PIPELINE });
  const { code, of } = await doctor(cwd, { PATH: "/nowhere" });
  expect(code).toBe(1);
  expect(of("bash")).toMatchObject({ state: "failed", hint: "install bash" });
});

test("a Docker that doesn't answer is said where a pipeline uses it", async () => {
  const cwd = aFolder({
    "engine.yaml": "",
    "pipelines/box.yaml": "tasks:\n  box:\n    docker: { image: busybox, command: [ls] }\n",
  });
  const { code, of } = await doctor(cwd, { PATH, DOCKER_HOST: `unix://${cwd}/no.sock` });
  expect(code).toBe(1);
  expect(of("docker")?.message).toContain("no.sock");
});

test("a data folder that others can read is a warning", async () => {
  const cwd = aFolder({ "engine.yaml": "", "pipelines/greet.yaml": PIPELINE });
  mkdirSync(join(cwd, ".engine"));
  chmodSync(join(cwd, ".engine"), 0o755);
  const { code, of } = await doctor(cwd);
  expect(code).toBe(0);
  expect(of("data folder")).toMatchObject({ state: "warning" });
  expect(of("data folder")?.hint).toContain("chmod 700");
});

test.each([
  ["cut short", (path: string) => truncateSync(path, 8192)],
  ["overwritten", (path: string) => writeFileSync(path, "junk".repeat(1000))],
])("a store that was %s is found out", async (_, spoil) => {
  const cwd = aFolder({ "engine.yaml": "", "pipelines/greet.yaml": PIPELINE });
  spoil(join(await makeStore(cwd), "engine.db"));
  const { code, of } = await doctor(cwd);
  expect(code).toBe(1);
  expect(of("store")?.state).toBe("failed");
});

test("a person sees a line for each, and under it what to do", async () => {
  const cwd = aFolder({ "engine.yaml": "" });
  const { stdout } = await callEngine(["doctor"], { cwd, env: { PATH, LANG: "C.UTF-8" } });
  expect(stdout).toMatch(/^✓ node {9}/m);
  expect(stdout).toMatch(/^↻ pipelines {4}there is no folder .*\n {15}make a start with `engine init`/m);
});

describe("a repository to follow", () => {
  const following = (url: string, more = ""): string => aFolder({ "engine.yaml": `git: { url: "${url}"${more} }\n` });
  const remoteWith = (files: Readonly<Record<string, string>>): GitRepository => {
    const remote = GitRepository.init().write(files);
    remote.commit();
    return remote;
  };

  test("that answers is told with the commit at which it stands, and nothing is left", async () => {
    const remote = remoteWith({ "pipelines/greet.yaml": PIPELINE });
    const cwd = following(`file://${remote.root}`);
    const { code, of } = await doctor(cwd);
    expect(code).toBe(0);
    expect(of("git")?.message).toContain("git version");
    expect(of("repository")?.message).toContain(`main stands at ${remote.git("rev-parse", "HEAD").slice(0, 12)}`);
    expect(of("pipelines")).toMatchObject({ state: "ok", message: expect.stringContaining("none is live yet") });
    expect(readdirSync(cwd)).toEqual(["engine.yaml"]);
  });

  test("without the branch, out of reach, or without git is what would not work", async () => {
    const remote = remoteWith({ "pipelines/greet.yaml": PIPELINE });
    const other = await doctor(following(`file://${remote.root}`, ", branch: other"));
    expect([other.code, other.of("repository")?.message]).toEqual([1, expect.stringContaining("has no branch other")]);
    const gone = await doctor(following("file:///nowhere/at/all"));
    expect([gone.code, gone.of("repository")?.state]).toEqual([1, "failed"]);
    const without = await doctor(following(`file://${remote.root}`), { PATH: "/nowhere" });
    expect(without.of("git")).toMatchObject({ state: "failed", hint: "install git" });
    expect(without.of("repository")).toBeUndefined();
  });

  test("is asked with the credentials of engine.yaml; wrong ones are told, and shown to nobody", async () => {
    const remote = remoteWith({ "pipelines/greet.yaml": PIPELINE });
    const server = await gitServer(remote.root, { login: "git:right" });
    const cwd = following(server.url, ", username: git, token_secret: GIT_TOKEN");
    expect((await doctor(cwd)).of("repository")?.message).toContain("there is no secret GIT_TOKEN");
    const right = await doctor(cwd, { PATH, ENGINE_SECRET_GIT_TOKEN: "right" });
    expect(right.of("repository")?.state).toBe("ok");
    const wrong = await doctor(cwd, { PATH, ENGINE_SECRET_GIT_TOKEN: "wrong-one" });
    expect(wrong.of("repository")).toMatchObject({ state: "failed", hint: expect.stringContaining("token_secret") });
    expect(wrong.of("repository")?.message).not.toContain("wrong-one");
  });
});
