import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callEngine, type FakeCliOptions, type Outcome } from "../../../support/fake-cli.ts";
import { GitRepository, gitAlone } from "../../../support/git-repository.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

/** The last day of January, at noon UTC. */
const NOW = Date.UTC(2026, 0, 31, 12);

const LOAD = "timeout: 1h\ntasks:\n  load:\n    bash: ./load.sh --everything\n";
const SEND = "timeout: 1h\ntasks:\n  send:\n    bash: ./send.sh to everybody\n";

interface Call extends FakeCliOptions {
  readonly args?: readonly string[];
}

async function call(cwd: string, base: string, { args = [], env = {}, ...options }: Call = {}): Promise<Outcome> {
  const words = ["validate", "--base", base, "--format", "concise", ...args];
  return callEngine(words, { cwd, now: NOW, env: { ...gitAlone(), ...env }, ...options });
}

/** `file:line CODE message`, of the codes that the comparison gives. */
async function changes(cwd: string, base: string, options: Call = {}): Promise<readonly string[]> {
  const { stdout } = await call(cwd, base, options);
  const lines = stdout.split("\n").flatMap((line) => {
    const [, place, code, message] =
      /^(.+:\d+):\d+: \w+\[(ENG91[124])\] (.*?)(: (?:write|if|keep|give|next) .*)?$/.exec(line) ?? [];
    return place === undefined ? [] : [`${place} ${code} ${message}`];
  });
  return lines;
}

const gone = (name: string, base: string): string =>
  `ENG911 the pipeline \`${name}\` is gone since \`${base}\`, and leaves the history of its runs behind`;

const renamed = (name: string, now: string, base: string): string =>
  `ENG911 this pipeline was called \`${name}\` at \`${base}\`: as \`${now}\` it begins without a history`;

/** Pipelines that were committed on main. */
function committed(files: Readonly<Record<string, string>>, args?: readonly string[]): GitRepository {
  const repository = GitRepository.init(args === undefined ? {} : { args }).write(files);
  repository.commit();
  return repository;
}

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

describe("the place of the pipelines", () => {
  test("may be below the repository's root, and the working directory anywhere", async () => {
    const repository = committed({
      "services/etl/engine.yaml": "pipelines: flows\n",
      "services/etl/flows/sub/a.yaml": LOAD,
    });
    const root = join(repository.root, "services/etl");
    renameSync(join(root, "flows/sub/a.yaml"), join(root, "flows/sub/b.yaml"));
    expect(await changes(root, "main")).toEqual([`flows/sub/b.yaml:1 ${renamed("a", "b", "main")}`]);
    expect(await changes(join(root, "flows/sub"), "main")).toEqual([`b.yaml:1 ${renamed("a", "b", "main")}`]);
  });

  test("may have been another folder then, as its engine.yaml said", async () => {
    const repository = committed({ "engine.yaml": "pipelines: flows\n", "flows/a.yaml": LOAD, "flows/b.yaml": SEND });
    renameSync(join(repository.root, "flows"), join(repository.root, "jobs"));
    repository.write({ "engine.yaml": "pipelines: jobs\n" });
    expect(await changes(repository.root, "main")).toEqual([]);
    rmSync(join(repository.root, "jobs/b.yaml"));
    expect(await changes(repository.root, "main")).toEqual([`flows/b.yaml:1 ${gone("b", "main")}`]);
    // The default folder, from a time without an engine.yaml.
    const other = committed({ "pipelines/a.yaml": LOAD, "pipelines/b.yaml": SEND });
    renameSync(join(other.root, "pipelines"), join(other.root, "jobs"));
    other.write({ "engine.yaml": "pipelines: jobs\n" });
    rmSync(join(other.root, "jobs/b.yaml"));
    expect(await changes(other.root, "main")).toEqual([`pipelines/b.yaml:1 ${gone("b", "main")}`]);
  });

  test("that had no pipelines then is said to have had none", async () => {
    const repository = committed({ notes: "" });
    repository.write({ "pipelines/a.yaml": LOAD });
    expect((await call(repository.root, "main")).stderr).toBe(
      "nothing to compare with: main has no pipelines where they are looked for\n",
    );
  });

  test("may have any name that a file system takes", async () => {
    const repository = committed({
      "pipelines/with space/ä \"q\" 'x'/-x*?[y].yaml": LOAD,
      "pipelines/:(glob)z.yaml": `name: z\n${SEND}`,
    });
    const folder = join(repository.root, "pipelines/with space/ä \"q\" 'x'");
    renameSync(join(folder, "-x*?[y].yaml"), join(folder, "日本.yaml"));
    rmSync(join(repository.root, "pipelines/:(glob)z.yaml"));
    expect(await changes(repository.root, "main")).toEqual([
      `pipelines/:(glob)z.yaml:1 ${gone("z", "main")}`,
      `pipelines/with space/ä "q" 'x'/日本.yaml:1 ${renamed("-x*?[y]", "日本", "main")}`,
    ]);
  });

  test("what is no pipeline there is none: hidden files, node_modules, engine.yaml, other endings", async () => {
    const repository = committed({
      "pipelines/a.yaml": LOAD,
      "pipelines/.hidden/b.yaml": SEND,
      "pipelines/.b.yaml": SEND,
      "pipelines/node_modules/b.yaml": SEND,
      "pipelines/sub/engine.yaml": "{}\n",
      "pipelines/b.txt": SEND,
      "other/b.yaml": SEND,
    });
    for (const entry of [".hidden", ".b.yaml", "node_modules", "sub", "b.txt", "../other"]) {
      rmSync(join(repository.root, "pipelines", entry), { recursive: true });
    }
    expect(await changes(repository.root, "main")).toEqual([]);
  });

  test("may be a link, and so may the working directory and a file", async () => {
    const repository = committed({ "shared/flows/a.yaml": LOAD, "shared/one/b.yaml": SEND });
    symlinkSync("shared/flows", join(repository.root, "pipelines"));
    symlinkSync("../one/b.yaml", join(repository.root, "shared/flows/b.yaml"));
    repository.commit();
    const link = join(temporaryFolder(), "link");
    symlinkSync(repository.root, link);
    expect(await changes(link, "main")).toEqual([]);
    repository.write({ "shared/one/b.yaml": `name: new\n${SEND}` });
    renameSync(join(repository.root, "shared/flows/a.yaml"), join(repository.root, "shared/flows/c.yaml"));
    const expected = [
      `pipelines/b.yaml:1 ${renamed("b", "new", "main")}`,
      `pipelines/c.yaml:1 ${renamed("a", "c", "main")}`,
    ];
    expect(await changes(repository.root, "main")).toEqual(expected);
    expect(await changes(link, "main")).toEqual(expected);
  });

  test("outside of the repository is not compared, and that is said", async () => {
    const repository = committed({ "pipelines/a.yaml": LOAD });
    const elsewhere = new GitRepository(temporaryFolder()).write({ "b.yaml": SEND }).root;
    const { code, stderr } = await call(repository.root, "main", { args: ["pipelines", join(elsewhere, "b.yaml")] });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^not compared with main, as it stands outside of the repository: \.\.\/.*b\.yaml\n$/);
  });
});

describe("of a repository in a repository", () => {
  test("a work tree of its own is compared as any other", async () => {
    const repository = committed({ "pipelines/a.yaml": LOAD });
    const tree = new GitRepository(join(temporaryFolder(), "tree"));
    repository.git("worktree", "add", "--quiet", "-b", "work", tree.root);
    renameSync(join(tree.root, "pipelines/a.yaml"), join(tree.root, "pipelines/b.yaml"));
    expect(await changes(tree.root, "main")).toEqual([`pipelines/b.yaml:1 ${renamed("a", "b", "main")}`]);
    expect(await changes(repository.root, "main")).toEqual([]);
  });

  test("pipelines in a submodule are compared with its own revisions; beside one they are not mixed up with it", async () => {
    const inner = committed({ "a.yaml": LOAD });
    const outer = committed({ "pipelines/b.yaml": SEND });
    outer.git("submodule", "--quiet", "add", `file://${inner.root}`, "pipelines/shared");
    outer.commit();
    expect(await changes(outer.root, "HEAD")).toEqual([]);
    renameSync(join(outer.root, "pipelines/shared/a.yaml"), join(outer.root, "pipelines/shared/c.yaml"));
    expect(await changes(outer.root, "HEAD", { args: ["pipelines/shared"] })).toEqual([
      `pipelines/shared/c.yaml:1 ${renamed("a", "c", "HEAD")}`,
    ]);
  });

  test("the variables of a hook point nowhere else", async () => {
    const repository = committed({ "pipelines/a.yaml": LOAD });
    const other = committed({ "pipelines/x.yaml": SEND });
    rmSync(join(repository.root, "pipelines/a.yaml"));
    repository.write({ "pipelines/b.yaml": LOAD });
    const env = { GIT_DIR: join(other.root, ".git"), GIT_INDEX_FILE: join(other.root, ".git/index"), GIT_PREFIX: "x/" };
    expect(await changes(repository.root, "main", { env })).toEqual([
      `pipelines/b.yaml:1 ${renamed("a", "b", "main")}`,
    ]);
  });

  test("hashes of 256 bits are read as well", async () => {
    const repository = committed({ "pipelines/a.yaml": LOAD, "pipelines/b.yaml": SEND }, ["--object-format=sha256"]);
    rmSync(join(repository.root, "pipelines/a.yaml"));
    expect(await changes(repository.root, "main")).toEqual([`pipelines/a.yaml:1 ${gone("a", "main")}`]);
  });
});

describe("with paths on the command line", () => {
  test("only they are reported, and what has moved out of them is not gone", async () => {
    const repository = committed({
      "pipelines/x/a.yaml": LOAD,
      "pipelines/x/b.yaml": SEND,
      "pipelines/y/c.yaml": `params: { n: 1 }\n${LOAD}`,
    });
    mkdirSync(join(repository.root, "pipelines/z"));
    renameSync(join(repository.root, "pipelines/x/a.yaml"), join(repository.root, "pipelines/z/a.yaml"));
    rmSync(join(repository.root, "pipelines/x/b.yaml"));
    repository.write({ "pipelines/y/c.yaml": LOAD, "pipelines/x/d.yaml": "timeout: 1h\ntasks: { d: { noop: {} } }\n" });
    expect(await changes(repository.root, "main", { args: ["pipelines/x"] })).toEqual([
      `pipelines/x/b.yaml:1 ${gone("b", "main")}`,
    ]);
    expect(await changes(repository.root, "main", { args: ["pipelines/y/c.yaml"] })).toEqual([
      "pipelines/y/c.yaml:1 ENG912 the param `n` is gone since `main`: whoever triggers `c` with `n` is refused",
    ]);
    expect(await changes(repository.root, "main", { args: ["pipelines/z"] })).toEqual([]);
  });

  test("standard input stands for the file that it is called after", async () => {
    const repository = committed({ "pipelines/a.yaml": `params: { n: 1 }\n${LOAD}` });
    const args = ["-", "--stdin-filename", "pipelines/a.yaml"];
    expect(await changes(repository.root, "main", { args, stdin: LOAD })).toEqual([
      "pipelines/a.yaml:1 ENG912 the param `n` is gone since `main`: whoever triggers `a` with `n` is refused",
    ]);
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
