import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { call, changes, committed, gone, LOAD, renamed, SEND } from "../../../support/base-changes.ts";
import { GitRepository } from "../../../support/git-repository.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

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

  test("may look like a pattern of git", async () => {
    const repository = committed({ ":(top)x.yaml": LOAD, "*.yaml": SEND, "other.yaml": `name: other\n${SEND}` });
    repository.write({ ":(top)x.yaml": `name: y\n${LOAD}`, "*.yaml": `name: star\n${SEND}` });
    expect(await changes(repository.root, "main", { args: [":(top)x.yaml", "*.yaml"] })).toEqual([
      `*.yaml:1 ${renamed("*", "star", "main")}`,
      `:(top)x.yaml:1 ${renamed(":(top)x", "y", "main")}`,
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
