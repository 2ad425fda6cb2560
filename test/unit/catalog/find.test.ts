import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { findFiles, loadCatalog } from "../../../src/catalog/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const GOOD = 'tasks:\n  a: { bash: "true" }\n';

/** A folder with these files, and links: `->` and where one leads. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    if (text.startsWith("->")) symlinkSync(text.slice(2).trim(), join(folder, path));
    else writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** What a walk finds, named from the folder. */
function found(folder: string, entries_max?: number): { files: string[]; closed: string[] } {
  const { files, closed } = findFiles(folder, entries_max);
  return {
    files: files.map((path) => relative(folder, path)),
    closed: closed.map(({ path, what, reason }) => `${what} ${relative(folder, path)}: ${reason}`),
  };
}

/** The findings about a folder, by the way of everybody: list, read, check. */
function findings(folder: string): readonly string[] {
  return loadCatalog([folder], { cwd: folder, operators }).diagnostics.map(
    ({ file, message }) => `${file}: ${message}`,
  );
}

describe("links", () => {
  test("are followed, to files and to folders, also out of the folder", () => {
    const outside = folderOf({ "shared/one.yaml": GOOD });
    const folder = folderOf({
      "real/two.yaml": GOOD,
      "linked.yaml": "-> real/two.yaml",
      far: `-> ${join(outside, "shared")}`,
    });
    expect(found(folder)).toEqual({ files: ["far/one.yaml", "linked.yaml", "real/two.yaml"], closed: [] });
  });

  test("that lead in a circle are followed once", () => {
    const folder = folderOf({ "a/one.yaml": GOOD, "a/up": "-> ..", "a/self": "-> .", "b/a": "-> ../a", c: "-> b" });
    expect(found(folder)).toEqual({ files: ["a/one.yaml"], closed: [] });
  });

  test("to a folder that stands here as well give way to it, whatever the order of names", () => {
    const folder = folderOf({ "z/one.yaml": GOOD, a: "-> z", "zz/b": "-> ../z" });
    expect(found(folder).files).toEqual(["z/one.yaml"]);
  });

  test("to a folder around this one are not followed: all that stands beside would be taken for pipelines", () => {
    const folder = folderOf({ "in/one.yaml": GOOD, "in/up": "-> ..", "in/root": "-> /", "beside/two.yaml": GOOD });
    expect(found(join(folder, "in"))).toEqual({ files: ["one.yaml"], closed: [] });
  });

  test("with the name of a pipeline that lead nowhere are reported, others passed over", () => {
    const folder = folderOf({
      "dead.yaml": "-> nowhere",
      dead: "-> nowhere",
      "loop.yml": "-> loop.yml",
      loop: "-> loop",
    });
    expect(found(folder)).toEqual({
      files: [],
      closed: ["file dead.yaml: it is a link that leads nowhere", "file loop.yml: its links lead in a circle"],
    });
  });
});

describe("what is no file", () => {
  test("is reported when it has the name of a pipeline, and never waited for", async () => {
    const folder = folderOf({ "good.yaml": GOOD, "zero.yaml": "-> /dev/zero", "data.txt": "-> /dev/zero" });
    execFileSync("mkfifo", [join(folder, "pipe.yaml"), join(folder, "pipe")]);
    const server = createServer().listen(join(folder, "socket.yaml"));
    await new Promise((resolve) => server.once("listening", resolve));
    const reason = "the file can't be read: it is no file, but a pipe, a socket or a device";
    expect(findings(folder)).toEqual(["pipe.yaml", "socket.yaml", "zero.yaml"].map((name) => `${name}: ${reason}`));
    await new Promise((resolve) => server.close(resolve));
  });

  test("is taken when somebody names it: a pipe has its text, a device without an end is too large", () => {
    const folder = folderOf({ "good.yaml": GOOD });
    const { diagnostics } = loadCatalog(["/dev/zero"], { cwd: folder, operators });
    expect(diagnostics.map(({ message }) => message)).toEqual(["the file is larger than 1 MiB"]);
    const script = `
      import { loadCatalog } from ${JSON.stringify(join(import.meta.dirname, "../../../src/catalog/index.ts"))};
      const { diagnostics } = loadCatalog([process.argv[1]], { cwd: "/", operators: new Map() });
      process.stdout.write(diagnostics.map(({ code }) => code).join());`;
    const command = `exec "$0" --input-type=module --eval "$1" <(echo 'tasks: {')`;
    const output = execFileSync("bash", ["-c", command, process.execPath, script], { encoding: "utf8" });
    expect(output).toBe("ENG101");
  });
});

describe("names", () => {
  test("with a line break, a quote or an escape are names like others", () => {
    const names = ["a\nb.yaml", 'c"d.yaml', "e\x1b[31mf.yaml", "g h.yaml"];
    const folder = folderOf(Object.fromEntries(names.map((name) => [name, GOOD])));
    expect(found(folder).files).toEqual(names);
    expect(loadCatalog([folder], { cwd: folder, operators }).files).toEqual(names);
  });

  test("that are not UTF-8 are reported: nothing could be opened by what is read of them", () => {
    const folder = folderOf({ "good.yaml": GOOD, "also\uFFFDgood.yaml": GOOD });
    const bytes = (name: string): Buffer =>
      Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff]), Buffer.from(name)]);
    writeFileSync(bytes(".yaml"), GOOD);
    writeFileSync(bytes(".txt"), GOOD);
    mkdirSync(bytes("folder"));
    expect(found(folder)).toEqual({
      files: ["also\uFFFDgood.yaml", "good.yaml"],
      closed: ["file bad\uFFFD.yaml: its name is not UTF-8", "folder bad\uFFFDfolder: its name is not UTF-8"],
    });
  });
});

describe("a walk", () => {
  test("ends, with a word about it, where a folder holds more than any repository", () => {
    const folder = folderOf({ "a/1.yaml": GOOD, "a/2.yaml": GOOD, "b/3.yaml": GOOD, "c/4.yaml": GOOD });
    expect(found(folder, 6)).toEqual({
      files: ["a/1.yaml", "a/2.yaml", "b/3.yaml"],
      closed: ["folder c: there are more than 6 files and folders up to here"],
    });
  });

  test("finds its way through folders in folders", () => {
    const deep = `${"d/".repeat(500)}one.yaml`;
    expect(found(folderOf({ [deep]: GOOD })).files).toEqual([deep]);
  });
});
