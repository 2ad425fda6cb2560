import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SyncAnswer } from "../../src/server/index.ts";
import { aFolder, type EngineProcess, runEngine, startEngine } from "../support/engine-process.ts";
import { GitRepository } from "../support/git-repository.ts";
import { gitServer } from "../support/git-server.ts";
import { atGate, makeGate } from "../support/pipelines.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/*
 * A daemon that follows real repositories, with the real git.
 */

const TOKEN = "tok3n/with+signs=and$more";

const say = (word: string): string => `tasks:\n  say: { bash: "echo ${word}" }\n`;
const BROKEN = "tasks:\n  say: { bsh: echo }\n";

interface Followed {
  readonly cwd: string;
  readonly daemon: EngineProcess;
  engine(...args: readonly string[]): ReturnType<typeof runEngine>;
  /** `engine sync`, and its exit code. */
  sync(...args: readonly string[]): Promise<SyncAnswer & { readonly code: number | null }>;
  /** The pipelines that are live. */
  pipelines(): Promise<readonly string[]>;
  get(path: string): Promise<unknown>;
  /** What the daemon after this one finds. */
  again(): Promise<Followed>;
}

async function follow(
  git: string,
  env: Readonly<Record<string, string>> = {},
  cwd = aFolder({ "engine.yaml": `git: { ${git} }\n`, "pipelines/local.yaml": say("local") }),
): Promise<Followed> {
  const daemon = startEngine(["serve"], { cwd, env });
  await daemon.prints("engine serves");
  const url = /"url":"([^"]+)"/.exec(daemon.stdout)?.[1] ?? "";
  const get = async (path: string): Promise<unknown> => (await fetch(`${url}/api/v1${path}`)).json();
  const engine = (...args: readonly string[]) => runEngine(args, { cwd });
  return {
    ...{ cwd, daemon, engine, get },
    async sync(...args) {
      const { code, stdout } = await engine("sync", "--json", ...args);
      return { ...JSON.parse(stdout === "" ? "{}" : stdout), code };
    },
    async pipelines() {
      const { pipelines } = (await get("/pipelines")) as { pipelines: { name: string }[] };
      return pipelines.map(({ name }) => name).sort();
    },
    async again() {
      daemon.kill("SIGKILL");
      await daemon.ended;
      return follow(git, env, cwd);
    },
  };
}

const repository = (files: Readonly<Record<string, string>>): GitRepository => {
  const made = GitRepository.init().write(files);
  made.commit();
  return made;
};
/** It is asked when a test asks for that. */
const SELDOM = "interval: 1h";
const fileUrl = ({ root }: GitRepository): string => `url: "file://${root}"`;

describe("a daemon that follows a repository", () => {
  test("takes its pipelines from there, not from its own folder, and each new commit by itself", async () => {
    const remote = repository({ "pipelines/a.yaml": say("1") });
    const one = await follow(`${fileUrl(remote)}, interval: 1s`);
    expect(await one.pipelines()).toEqual(["a"]);
    const second = remote.write({ "pipelines/b.yaml": say("2") }).commit();
    await one.daemon.prints(`commit ${second} is live`);
    expect(await one.pipelines()).toEqual(["a", "b"]);
    expect(await one.get("/system")).toMatchObject({ pipelines_folder: `file://${remote.root} (pipelines)` });
    // What a command shows is what the daemon has.
    expect((await one.engine("pipelines", "list")).stdout).toMatch(
      /^a +pipelines\/a\.yaml .*\nb +pipelines\/b\.yaml /m,
    );
    expect((await one.engine("pipelines", "show", "b")).stdout).toContain("say");
    expect((await one.engine("pipelines", "show", "local")).code).toBe(2);
  });

  test("follows the branch and the folder that it is told", async () => {
    const remote = repository({ "deep/er/a.yaml": say("1") });
    remote.git("branch", "release/eu");
    remote.write({ "deep/er/b.yaml": say("2") }).commit();
    const one = await follow(`${fileUrl(remote)}, ${SELDOM}, branch: release/eu, path: deep/er`);
    expect(await one.pipelines()).toEqual(["a"]);
    expect(await one.get("/git")).toMatchObject({ branch: "release/eu", path: "deep/er" });
  });

  test("leaves all as it is when a commit has an error, and says which", async () => {
    const remote = repository({ "pipelines/a.yaml": say("1"), "pipelines/b.yaml": say("1") });
    const good = remote.git("rev-parse", "HEAD");
    const one = await follow(`${fileUrl(remote)}, ${SELDOM}`);
    const bad = remote.write({ "pipelines/a.yaml": BROKEN, "pipelines/c.yaml": say("2") }).commit();
    const printed = await one.engine("sync");
    expect(printed.code).toBe(1);
    expect(printed.stdout).toMatch(/^pipelines\/a\.yaml:2:10: ENG601 /);
    expect(printed.stdout).toContain(`commit ${bad} of main is refused for 1 error; commit ${good} stays live`);
    expect(await one.pipelines()).toEqual(["a", "b"]);
    expect(await one.get("/git")).toMatchObject({ live: { commit: good }, refused: { commit: bad, errors: 1 } });
    expect(await one.get("/findings")).toMatchObject({ findings: [{ file: "pipelines/a.yaml", code: "ENG601" }] });
    remote.write({ "pipelines/a.yaml": say("3") }).commit();
    expect(await one.sync()).toMatchObject({ code: 0, result: "changed" });
    expect(await one.pipelines()).toEqual(["a", "b", "c"]);
    const { entries } = (await one.get("/audit")) as { entries: object[] };
    expect(entries).toMatchObject([
      { action: "git.sync", target: `file://${remote.root}`, detail: { result: "changed" } },
      { action: "git.sync", detail: { result: "refused", commit: bad } },
    ]);
  });

  test("records the commit of runs that are triggered, due, or started by another", async () => {
    const remote = repository({
      "pipelines/parent.yaml": "tasks:\n  go: { pipeline: { name: child } }\n",
      "pipelines/child.yaml": say("child"),
      "pipelines/tick.yaml": `schedule: "* * * * * *"\n${say("tick")}`,
    });
    const commit = remote.git("rev-parse", "HEAD");
    const one = await follow(`${fileUrl(remote)}, ${SELDOM}`);
    await one.engine("trigger", "parent", "--wait");
    await one.daemon.prints(/"run_finished"[^\n]*"pipeline":"tick"/);
    const { runs } = JSON.parse((await one.engine("runs", "list", "--json")).stdout) as {
      runs: { trigger: string; revision?: string }[];
    };
    expect(new Set(runs.map(({ trigger }) => trigger))).toEqual(new Set(["manual", "pipeline", "schedule"]));
    expect(new Set(runs.map(({ revision }) => revision))).toEqual(new Set([commit]));
    expect((await one.engine("runs", "show", "latest")).stdout).toContain(commit);
  });

  test("lets runs end with the files of their commit, over a kill too", async () => {
    const gates = temporaryFolder();
    makeGate(gates);
    const pipeline = `
tasks:
  wait: { bash: "read -r word < ${gates}/gate" }
  tell: { needs: wait, bash: "sh tools/tell.sh" }
`;
    const remote = repository({ "pipelines/slow.yaml": pipeline, "pipelines/tools/tell.sh": "echo the old one" });
    const before = await follow(`${fileUrl(remote)}, ${SELDOM}`);
    const run = /run (\S+) of/.exec((await before.engine("trigger", "slow")).stdout)?.[1] ?? "";
    const gate = await atGate(gates);
    remote.write({ "pipelines/tools/tell.sh": "echo the new one" }).commit();
    expect((await before.sync()).result).toBe("changed");
    const after = await before.again();
    await gate.open();
    await after.daemon.prints(/"run_finished"[^\n]*"pipeline":"slow"/);
    expect((await after.engine("logs", run, "tell")).stdout).toContain("the old one");
    const next = after.engine("trigger", "slow", "--wait");
    await (await atGate(gates)).open();
    expect((await next).code).toBe(0);
    expect((await after.engine("logs", "latest", "tell")).stdout).toContain("the new one");
  });

  test("refuses to retry a run whose commit has no files any more, and says what to do", async () => {
    const remote = repository({ "pipelines/a.yaml": "tasks:\n  say: { bash: exit 1 }\n" });
    const commit = remote.git("rev-parse", "HEAD");
    const one = await follow(`${fileUrl(remote)}, ${SELDOM}`);
    await one.engine("trigger", "a", "--wait");
    rmSync(join(one.cwd, ".engine/git/commits", commit), { recursive: true });
    const { code, stderr } = await one.engine("runs", "retry", "latest", "--failed");
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/the files of commit [0-9a-f]{40}.* are gone[\s\S]*engine trigger a/),
    ]);
    expect(JSON.parse((await one.engine("runs", "list", "--json")).stdout).runs).toMatchObject([{ state: "failed" }]);
  });

  test("goes back a commit, and stays there until a newer one arrives", async () => {
    const remote = repository({ "pipelines/a.yaml": say("1") });
    const first = remote.git("rev-parse", "HEAD");
    const one = await follow(`${fileUrl(remote)}, ${SELDOM}`);
    const refused = await one.engine("sync", "--rollback");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("no commit was live before")]);
    const second = remote.write({ "pipelines/b.yaml": say("2") }).commit();
    await one.sync();
    expect(await one.sync("--rollback")).toMatchObject({
      code: 0,
      result: "rolled_back",
      git: { live: { commit: first } },
    });
    expect(await one.sync()).toMatchObject({ code: 0, result: "unchanged", git: { rolled_back: true } });
    const next = await one.again();
    expect(await next.pipelines()).toEqual(["a"]);
    expect((await next.sync()).git).toMatchObject({ live: { commit: first }, seen: { commit: second } });
    const { entries } = (await next.get("/audit")) as { entries: { action: string }[] };
    expect(entries.find(({ action }) => action === "git.rollback")).toMatchObject({
      detail: { from: second, to: first },
    });
    const third = remote.write({ "pipelines/c.yaml": say("3") }).commit();
    expect((await next.sync()).git).toMatchObject({ live: { commit: third }, rolled_back: false });
    expect(await next.pipelines()).toEqual(["a", "b", "c"]);
  });

  test("starts with the last good commit when the repository is out of reach, and goes on once it is back", async () => {
    const remote = repository({ "pipelines/a.yaml": say("1") });
    const one = await follow(`${fileUrl(remote)}, ${SELDOM}`);
    renameSync(remote.root, `${remote.root}-away`);
    const next = await one.again();
    expect(await next.pipelines()).toEqual(["a"]);
    await next.daemon.prints("could not be asked; what was live stays live");
    expect(await next.sync()).toMatchObject({ code: 3, result: "failed" });
    renameSync(`${remote.root}-away`, remote.root);
    remote.write({ "pipelines/b.yaml": say("2") }).commit();
    expect(await next.sync()).toMatchObject({ code: 0, result: "changed" });
    expect(next.daemon.stdout.split("could not be asked")).toHaveLength(2);
    expect(next.daemon.stdout).toContain("can be asked again");
  });

  test("recovers when a crash left locks in its copy", async () => {
    const remote = repository({ "pipelines/a.yaml": say("1") });
    const one = await follow(`${fileUrl(remote)}, ${SELDOM}`);
    writeFileSync(join(one.cwd, ".engine/git/repo/shallow.lock"), "");
    remote.write({ "pipelines/b.yaml": say("2") }).commit();
    expect((await one.sync()).result).toBe("failed");
    expect((await one.sync()).result).toBe("changed");
  });

  test("carries nothing out that a repository brings: no filter, and no link out of it", async () => {
    const remote = repository({
      "pipelines/a.yaml": say("1"),
      ".gitattributes": "*.txt filter=evil\n",
      "pipelines/data.txt": "text",
    });
    const home = temporaryFolder();
    const setting = `[filter "evil"]\n\tsmudge = "touch ${home}/smudged; cat"\n`;
    writeFileSync(join(home, ".gitconfig"), setting);
    const one = await follow(`${fileUrl(remote)}, ${SELDOM}`, { HOME: home });
    const [commit = ""] = readdirSync(join(one.cwd, ".engine/git/commits"));
    expect(readFileSync(join(one.cwd, ".engine/git/commits", commit, "pipelines/data.txt"), "utf8")).toBe("text");
    expect(existsSync(join(home, "smudged"))).toBe(false);
    execFileSync("ln", ["-s", "/etc/passwd", join(remote.root, "pipelines/passwd.yaml")]);
    remote.commit();
    const { code, git } = await one.sync();
    expect(code).toBe(1);
    expect(git.refused?.findings[0]?.message).toContain("a link out of the repository");
  });
});

describe("a repository over HTTP", () => {
  test("is followed, and asked through the API of the daemon from elsewhere", async () => {
    const remote = repository({ "pipelines/a.yaml": say("1") });
    const server = await gitServer(remote.root);
    const one = await follow(`${SELDOM}, url: "${server.url}"`);
    const url = /"url":"([^"]+)"/.exec(one.daemon.stdout)?.[1] ?? "";
    remote.write({ "pipelines/b.yaml": say("2") }).commit();
    const elsewhere = await runEngine(["sync"], { cwd: temporaryFolder(), env: { ENGINE_URL: url } });
    expect([elsewhere.code, elsewhere.stdout]).toEqual([0, expect.stringContaining("of main is live")]);
    expect(await one.pipelines()).toEqual(["a", "b"]);
    expect(server.authorizations.every((each) => each === "")).toBe(true);
  });

  test("that wants a token gets it, and it shows nowhere: not among arguments, not in the log, not on the disk", async () => {
    const remote = repository({ "pipelines/a.yaml": say("1") });
    const server = await gitServer(remote.root, { login: `robot:${TOKEN}` });
    // A git that writes down how it and all that it starts are called.
    const bin = temporaryFolder();
    const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
    const called = join(bin, "called");
    writeFileSync(
      join(bin, "git"),
      `#!/bin/sh\nprintf '%s\\n' "$@" >> ${called}\nGIT_TRACE=${called} exec ${git} "$@"\n`,
    );
    chmodSync(join(bin, "git"), 0o755);
    const env = { PATH: `${bin}:${process.env.PATH}`, ENGINE_SECRET_GIT_TOKEN: TOKEN };
    const one = await follow(`${SELDOM}, url: "${server.url}", username: robot, token_secret: GIT_TOKEN`, env);
    expect(await one.pipelines()).toEqual(["a"]);
    const login = Buffer.from(`robot:${TOKEN}`).toString("base64");
    expect(server.authorizations).toContain(`Basic ${login}`);
    const trace = readFileSync(called, "utf8");
    expect(trace).toContain("git-remote-http");
    const files = execFileSync("find", [one.cwd, "-type", "f"], { encoding: "utf8" }).trim().split("\n");
    expect(files.length).toBeGreaterThan(5);
    const shown = [trace, one.daemon.stdout, one.daemon.stderr, ...files.map((file) => readFileSync(file, "latin1"))];
    for (const text of shown) for (const secret of [TOKEN, login]) expect(text).not.toContain(secret);
  });

  test("that refuses the token, or wants one that nobody gave, is told of, without the token", async () => {
    const remote = repository({ "pipelines/a.yaml": say("1") });
    const server = await gitServer(remote.root, { login: "robot:another" });
    const wrong = await follow(`${SELDOM}, url: "${server.url}", token_secret: T`, { ENGINE_SECRET_T: TOKEN });
    expect(await wrong.pipelines()).toEqual([]);
    expect(wrong.daemon.stdout).toContain("Authentication failed");
    expect(JSON.stringify(await wrong.get("/git")) + wrong.daemon.stdout).not.toContain(TOKEN);
    const none = await follow(`${SELDOM}, url: "${server.url}"`);
    expect(JSON.stringify(await none.get("/git"))).toContain("could not read Username");
    const unknown = await follow(`${SELDOM}, url: "${server.url}", token_secret: T`);
    expect(JSON.stringify(await unknown.get("/git"))).toContain("there is no secret T");
  });
});

describe("a repository over ssh", () => {
  /** What ssh would do, on this machine: it notes how it was called and what key it was given, and runs the command. */
  function fakeSsh(): { readonly env: Readonly<Record<string, string>>; readonly noted: string } {
    const bin = temporaryFolder();
    const noted = join(bin, "noted");
    const script = `#!/bin/sh
printf '%s\\n' "$@" >> ${noted}
for word in "$@"; do
  case "$word" in
    IdentityFile=*) key=$(echo "$word" | sed 's/^IdentityFile="//; s/"$//'); stat -c %a "$key" >> ${noted}; cat "$key" >> ${noted} ;;
  esac
  command=$word
done
eval "$command"
`;
    writeFileSync(join(bin, "ssh"), script);
    chmodSync(join(bin, "ssh"), 0o755);
    return { noted, env: { PATH: `${bin}:${process.env.PATH}` } };
  }

  test("gets the key as a file that is there only meanwhile, and nobody is asked anything", async () => {
    const remote = repository({ "pipelines/a.yaml": say("1") });
    const { env, noted } = fakeSsh();
    const key = "-----BEGIN KEY-----\nsecret\n-----END KEY-----";
    const git = `url: "git@localhost:${remote.root}", ssh_key_secret: KEY`;
    const one = await follow(`${SELDOM}, ${git}`, { ...env, ENGINE_SECRET_KEY: key });
    expect(await one.pipelines()).toEqual(["a"]);
    const called = readFileSync(noted, "utf8");
    expect(called).toContain(`600\n${key}\n`);
    for (const option of ["BatchMode=yes", "StrictHostKeyChecking=accept-new", "IdentitiesOnly=yes", "git@localhost"]) {
      expect(called).toContain(`${option}\n`);
    }
    expect(readdirSync(join(one.cwd, ".engine/git"))).not.toContain("ssh_key");
  });
});
