import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { call, changes, committed, gone, LOAD, renamed, SEND } from "../../../support/base-changes.ts";
import { callEngine } from "../../../support/fake-cli.ts";
import { GitRepository, gitAlone } from "../../../support/git-repository.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

describe("what stands in the work tree is compared", () => {
  test("uncommitted, staged and committed alike", async () => {
    const repository = committed({ "pipelines/a.yaml": LOAD });
    expect(await changes(repository.root, "main")).toEqual([]);
    repository.git("switch", "--quiet", "-c", "work");
    renameSync(join(repository.root, "pipelines/a.yaml"), join(repository.root, "pipelines/b.yaml"));
    const expected = [`pipelines/b.yaml:1 ${renamed("a", "b", "main")}`];
    expect(await changes(repository.root, "main")).toEqual(expected);
    repository.git("add", "--all");
    expect(await changes(repository.root, "main")).toEqual(expected);
    repository.commit();
    expect(await changes(repository.root, "main")).toEqual(expected);
  });

  test("with everything that it finds at once, in every format", async () => {
    const repository = committed({
      "pipelines/a.yaml": `params: { n: 1 }\nschedule: { cron: "0 2 * * *", timezone: Europe/Berlin }\n${LOAD}`,
      "pipelines/b.yaml": SEND,
    });
    repository.write({ "pipelines/a.yaml": `schedule: { cron: "0 * * * *", timezone: Europe/Berlin }\n${LOAD}` });
    rmSync(join(repository.root, "pipelines/b.yaml"));
    const { code, stdout } = await call(repository.root, "main", {
      args: ["--format", "json=out.json", "--format", "junit=out.xml"],
    });
    expect(code).toBe(1);
    expect(stdout.split("\n")).toEqual([
      "pipelines/a.yaml:1:1: error[ENG912] the param `n` is gone since `main`: whoever triggers `a` with `n` is refused: keep it until nobody gives it any more",
      "pipelines/a.yaml:1:19: info[ENG914] `a` fires 24 times as often (since `main`): next slots before: 2026-02-01 02:00, 2026-02-02 02:00, 2026-02-03 02:00 (Europe/Berlin); now: 2026-01-31 14:00, 2026-01-31 15:00, 2026-01-31 16:00 (Europe/Berlin)",
      `pipelines/b.yaml:1:1: warning[${gone("b", "main").replace(" ", "] ")}: if it goes on in another file, write \`name: b\` there`,
      "",
    ]);
    const report = JSON.parse(readFileSync(join(repository.root, "out.json"), "utf8"));
    const prints = report.diagnostics.map(({ fingerprint }: { fingerprint: string }) => fingerprint);
    expect(new Set(prints).size).toBe(3);
    expect(readFileSync(join(repository.root, "out.xml"), "utf8")).toContain('file="pipelines/b.yaml"');
  });

  test("a pipeline that is gone is shown as it stood", async () => {
    const repository = committed({ "pipelines/a.yaml": `name: old\n${LOAD}`, "pipelines/b.yaml": SEND });
    rmSync(join(repository.root, "pipelines/a.yaml"));
    const { stdout } = await callEngine(["validate", "--base", "main"], { cwd: repository.root, env: gitAlone() });
    expect(stdout).toContain(" --> pipelines/a.yaml:1:7\n1 | name: old\n  |       ^^^ if it goes on");
  });

  test("git's conversion of line ends is no change", async () => {
    const repository = committed({ "pipelines/a.yaml": `schedule: "@daily"\nparams: { n: 1 }\n${LOAD}` });
    repository.write({ "pipelines/a.yaml": `schedule: "@daily"\nparams: { n: 1 }\n${LOAD}`.replaceAll("\n", "\r\n") });
    expect(await changes(repository.root, "main")).toEqual([]);
  });

  test("nothing is written to the repository, not even to its index", async () => {
    const repository = committed({ "pipelines/a.yaml": LOAD, "pipelines/b.yaml": SEND });
    repository.write({ "pipelines/c.yaml": LOAD });
    rmSync(join(repository.root, "pipelines/a.yaml"));
    const before = picture(join(repository.root, ".git"));
    expect(await changes(repository.root, "main")).toEqual([`pipelines/c.yaml:1 ${renamed("a", "c", "main")}`]);
    expect(picture(join(repository.root, ".git"))).toEqual(before);
  });

  test("a file that could not be parsed is known by its name alone", async () => {
    const repository = committed({
      "pipelines/a.yaml": "params: { n: [\n",
      "pipelines/b.yaml": "name: old\ntasks: [\n",
      "pipelines/c.yaml": SEND,
    });
    repository.write({ "pipelines/a.yaml": LOAD });
    rmSync(join(repository.root, "pipelines/b.yaml"));
    expect(await changes(repository.root, "main")).toEqual([`pipelines/b.yaml:1 ${gone("old", "main")}`]);
    repository.write({ "pipelines/c.yaml": "tasks: [\n" });
    expect(await changes(repository.root, "main")).toEqual([`pipelines/b.yaml:1 ${gone("old", "main")}`]);
  });
});

/** Every file below a folder with its content and its times. */
function picture(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const found = statSync(path);
      const content = found.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
      return `${name} ${found.mtimeMs} ${content}`;
    });
}

describe("the revision", () => {
  /** main has gone on since the branch left it: it has taken the param away, and the branch renames the pipeline. */
  function branched(): GitRepository {
    const repository = committed({ "pipelines/a.yaml": `params: { n: 1 }\n${LOAD}`, "pipelines/z.yaml": SEND });
    repository.git("tag", "-a", "v1", "-m", "v1");
    repository.git("switch", "--quiet", "-c", "work");
    repository.write({ "pipelines/new.yaml": "timeout: 1h\ntasks: { n: { bash: ./n.sh } }\n" }).commit();
    repository.git("switch", "--quiet", "main");
    rmSync(join(repository.root, "pipelines/z.yaml"));
    repository.write({ "pipelines/later.yaml": "timeout: 1h\ntasks: { later: { bash: ./later.sh } }\n" }).commit();
    repository.git("switch", "--quiet", "work");
    return repository;
  }

  test("is where the branch left it, as in a pull request; with two dots it is the revision itself", async () => {
    const { root } = branched();
    expect(await changes(root, "main")).toEqual([]);
    expect(await changes(root, "main...")).toEqual([]);
    expect(await changes(root, "main..")).toEqual([`pipelines/later.yaml:1 ${gone("later", "main")}`]);
  });

  test("is whatever git takes for one", async () => {
    const repository = branched();
    renameSync(join(repository.root, "pipelines/z.yaml"), join(repository.root, "pipelines/y.yaml"));
    const sha = repository.git("rev-parse", "main");
    for (const name of [
      "main",
      "HEAD",
      "HEAD~1",
      "HEAD^",
      "v1",
      "v1^{commit}",
      "@",
      sha,
      sha.slice(0, 10),
      "main~1",
      ":/work",
      "refs/heads/main",
      "heads/main",
      "main@{0}",
    ]) {
      expect([name, await changes(repository.root, name)]).toEqual([
        name,
        [`pipelines/y.yaml:1 ${renamed("z", "y", name)}`],
      ]);
    }
  });

  test("of a clone is found under its remote", async () => {
    const clone = committed({ "pipelines/a.yaml": LOAD }).clone();
    clone.git("switch", "--quiet", "--detach", "HEAD");
    clone.git("branch", "--quiet", "-D", "main");
    expect(await changes(clone.root, "origin/main")).toEqual([]);
    expect(await call(clone.root, "main")).toEqual({
      code: 2,
      stdout: "",
      stderr: "error: there is no revision `main`\nhint: did you mean `origin/main`?\n",
    });
  });

  test.each([
    ["mian", "there is no revision `mian`", "did you mean `main`?"],
    [
      "1234567890",
      "there is no revision `1234567890`",
      "name a branch, a tag or a commit that is here; `git fetch` brings what the remote has",
    ],
    [
      "--upload-pack=touch x",
      "there is no revision `--upload-pack=touch x`",
      "name a branch, a tag or a commit that is here; `git fetch` brings what the remote has",
    ],
    [
      "HEAD:pipelines",
      "there is no revision `HEAD:pipelines`",
      "name a branch, a tag or a commit that is here; `git fetch` brings what the remote has",
    ],
    [
      "0".repeat(40),
      `there is no revision \`${"0".repeat(40)}\``,
      "name a branch, a tag or a commit that is here; `git fetch` brings what the remote has",
    ],
    ["...", "--base needs a revision", "name a branch, a tag or a commit: `--base origin/main`"],
    ["", "--base needs a revision", "name a branch, a tag or a commit: `--base origin/main`"],
  ])("%j is refused", async (name, message, hint) => {
    const { root } = committed({ "pipelines/a.yaml": LOAD });
    const words = ["validate", `--base=${name}`];
    expect(await callEngine(words, { cwd: root, env: gitAlone() })).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: ${message}\nhint: ${hint}\n`,
    });
  });

  test("of another history is compared with itself alone", async () => {
    const repository = committed({ "pipelines/a.yaml": LOAD });
    repository.git("switch", "--quiet", "--orphan", "other");
    repository.write({ "pipelines/b.yaml": SEND }).commit();
    expect((await call(repository.root, "main")).stderr).toBe(
      "error: `main` and what is checked out have no commit in common\nhint: compare with the revision itself: `--base 'main..'`\n",
    );
    expect(await changes(repository.root, "main..")).toEqual([`pipelines/a.yaml:1 ${gone("a", "main")}`]);
  });
});

describe("a shallow clone", () => {
  const SHALLOW =
    "hint: fetch the whole history: `fetch-depth: 0` for actions/checkout, `GIT_DEPTH: 0` on GitLab, `git fetch --unshallow` by hand\n";

  function history(): GitRepository {
    const repository = committed({ "pipelines/a.yaml": LOAD });
    repository.git("branch", "start");
    repository.write({ notes: "1" }).commit();
    renameSync(join(repository.root, "pipelines/a.yaml"), join(repository.root, "pipelines/b.yaml"));
    repository.commit();
    return repository;
  }

  test.each(["HEAD~1", "start"])("that doesn't hold %s says how to fetch it", async (name) => {
    const clone = history().clone("--depth=1");
    const outcome = await call(clone.root, name);
    expect(outcome).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: this clone holds only the latest commits, and \`${name}\`, or where it was left, is not among them\n${SHALLOW}`,
    });
  });

  test("that holds the revision, and not where it was left, says the same", async () => {
    const repository = history();
    repository.git("switch", "--quiet", "start");
    repository.write({ notes: "2" }).commit();
    const clone = repository.clone("--depth=1", "--no-single-branch");
    expect((await call(clone.root, "origin/main")).stderr).toContain(SHALLOW);
    expect(await changes(clone.root, "origin/main..")).toEqual([
      `pipelines/a.yaml:1 ${renamed("b", "a", "origin/main")}`,
    ]);
  });

  test("of two commits is enough to compare with the one before", async () => {
    const clone = history().clone("--depth=2");
    expect(await changes(clone.root, "HEAD^1")).toEqual([`pipelines/b.yaml:1 ${renamed("a", "b", "HEAD^1")}`]);
  });
});

describe("where there is no repository to read", () => {
  async function refused(cwd: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, stdout, stderr } = await call(cwd, "main", { env });
    expect([code, stdout]).toEqual([2, ""]);
    return stderr;
  }

  function plainFolder(): string {
    return new GitRepository(temporaryFolder()).write({ "pipelines/a.yaml": LOAD }).root;
  }

  test("a folder in none says so", async () => {
    const root = plainFolder();
    expect(await refused(root)).toBe(
      `error: --base compares with a revision of git, and ${root}/pipelines is in no repository\nhint: run it in a checkout\n`,
    );
  });

  test("a repository without a commit has no revision", async () => {
    const { root } = GitRepository.init().write({ "pipelines/a.yaml": LOAD });
    expect(await refused(root)).toContain("error: there is no revision `main`\n");
  });

  test("a repository without a work tree says so", async () => {
    const repository = GitRepository.init({ args: ["--bare"] }).write({ "pipelines/a.yaml": LOAD });
    expect(await refused(repository.root)).toContain("is a repository without a work tree");
  });

  test("a missing git says so", async () => {
    const { root } = committed({ "pipelines/a.yaml": LOAD });
    expect(await refused(root, { PATH: temporaryFolder() })).toBe(
      "error: --base asks git, and there is no program `git` here\nhint: install git, or leave --base out\n",
    );
  });

  test("a repository of somebody else says how to trust it", async () => {
    const { root } = committed({ "pipelines/a.yaml": LOAD });
    expect(await refused(root, { GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" })).toBe(
      `error: git doesn't read the repository ${root}, because it belongs to somebody else\n` +
        `hint: if you trust it: \`git config --global --add safe.directory '${root}'\`\n`,
    );
  });

  test("a git that fails is an error of the system, with what it said", async () => {
    const bin = temporaryFolder();
    new GitRepository(bin).write({ git: "#!/bin/sh\necho 'fatal: the disk is on fire' >&2\nexit 128\n" });
    chmodSync(join(bin, "git"), 0o755);
    const { root } = committed({ "pipelines/a.yaml": LOAD });
    expect(await call(root, "main", { env: { PATH: bin } })).toEqual({
      code: 3,
      stdout: "",
      stderr: "error: `git rev-parse` ended with 128: fatal: the disk is on fire\n",
    });
  });
});

test("a finding can be accepted where it stands, in engine.yaml, and by a rule", async () => {
  const repository = committed({ "pipelines/a.yaml": `params: { n: 1 }\n${LOAD}`, "pipelines/b.yaml": SEND });
  rmSync(join(repository.root, "pipelines/b.yaml"));
  const ignored = `# engine-ignore ENG912: all callers follow\n${LOAD}`;
  const config = "validate: { ignore: [{ code: ENG911, path: pipelines/b.yaml, reason: nobody misses it }] }\n";
  repository.write({ "pipelines/a.yaml": ignored, "engine.yaml": config });
  expect(await call(repository.root, "main")).toEqual({ code: 0, stdout: "", stderr: "" });
  // Without the comparison they have nothing to suppress, and are of use all the same.
  expect(await callEngine(["validate", "--format", "concise"], { cwd: repository.root })).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
  repository.write({ "pipelines/a.yaml": LOAD, "engine.yaml": "validate: { rules: { ENG911: off, ENG912: warn } }\n" });
  const { code, stdout } = await call(repository.root, "main");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^pipelines\/a\.yaml:1:1: warning\[ENG912\]/)]);
});
