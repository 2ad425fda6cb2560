import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Catalog, loadCatalog, type Picked, pickPipeline, type Source } from "../../../src/catalog/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { withoutRoot } from "../../support/without-root.ts";

const GOOD = 'tasks:\n  a: { bash: "true" }\n';
const BAD = "tasks:\n  a: { needs: nobody, noop: {} }\n";

/** A folder with these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function load(cwd: string, sources: readonly Source[] = [cwd]): Catalog {
  return loadCatalog(sources, { cwd, operators });
}

describe("a catalog", () => {
  test("has every .yaml and .yml file below a folder, sorted", () => {
    const folder = folderOf({ "b.yaml": GOOD, "a/deep/c.yml": GOOD, "B.YAML": GOOD, "a.txt": "", "a/z.yaml": GOOD });
    expect(load(folder).files).toEqual(["B.YAML", "a/deep/c.yml", "a/z.yaml", "b.yaml"]);
  });

  test("leaves out hidden files and folders, node_modules and engine.yaml", () => {
    const folder = folderOf({
      ".hidden.yaml": GOOD,
      ".github/ci.yml": GOOD,
      "node_modules/x/y.yaml": GOOD,
      "engine.yaml": GOOD,
      "sub/engine.yaml": GOOD,
      "kept.yaml": GOOD,
    });
    expect(load(folder).files).toEqual(["kept.yaml"]);
  });

  test("takes what it is given by name, hidden or not", () => {
    const folder = folderOf({ ".hidden/one.yaml": GOOD, "two.txt": GOOD });
    expect(load(folder, [join(folder, ".hidden"), join(folder, "two.txt")]).files).toEqual([
      ".hidden/one.yaml",
      "two.txt",
    ]);
  });

  test("checks all files in one go, and each of them once", () => {
    const folder = folderOf({ "good.yaml": GOOD, "bad.yaml": BAD, "broken.yaml": "tasks: [" });
    const { pipelines, diagnostics, files } = load(folder, [folder, join(folder, "bad.yaml")]);
    expect(files).toEqual(["bad.yaml", "broken.yaml", "good.yaml"]);
    expect(pipelines.map(({ name }) => name)).toEqual(["good"]);
    expect(diagnostics.map(({ file, code }) => `${file} ${code}`)).toEqual(["bad.yaml ENG302", "broken.yaml ENG101"]);
  });

  test("names files relative to the working directory, with their text at hand", () => {
    const folder = folderOf({ "in/one.yaml": GOOD, "out/.keep": "" });
    const catalog = load(join(folder, "out"), [join(folder, "in")]);
    expect(catalog.files).toEqual(["../in/one.yaml"]);
    expect(catalog.sourceOf("../in/one.yaml")).toBe(GOOD);
    expect(catalog.sourceOf("other.yaml")).toBeUndefined();
  });

  test("takes text that stands in no file", () => {
    const { pipelines } = load("/", [{ path: "typed.yaml", bytes: Buffer.from(GOOD) }]);
    expect(pipelines.map(({ name, file }) => [name, file])).toEqual([["typed", "typed.yaml"]]);
  });

  test("reports what is not there, and goes on", () => {
    const folder = folderOf({ "good.yaml": GOOD });
    const { pipelines, diagnostics, unreadable } = load(folder, [join(folder, "gone.yaml"), folder]);
    expect(unreadable).toEqual(["gone.yaml"]);
    expect(pipelines).toHaveLength(1);
    expect(diagnostics).toMatchObject([
      { code: "ENG105", file: "gone.yaml", message: "the file can't be read: there is no such file" },
    ]);
  });

  test("reports files and folders that it may not read", async () => {
    const folder = folderOf({ "closed/one.yaml": GOOD, "secret.yaml": GOOD, "good.yaml": GOOD });
    chmodSync(folder, 0o755);
    chmodSync(join(folder, "closed"), 0o000);
    chmodSync(join(folder, "secret.yaml"), 0o000);
    const { files, pipelines, diagnostics, unreadable } = await withoutRoot(async () => load(folder));
    expect(files).toEqual(["closed", "good.yaml", "secret.yaml"]);
    expect(unreadable).toEqual(["closed", "secret.yaml"]);
    expect(pipelines.map(({ name }) => name)).toEqual(["good"]);
    expect(diagnostics.map(({ file, message }) => `${file}: ${message}`)).toEqual([
      "closed: the folder can't be read: permission denied",
      "secret.yaml: the file can't be read: permission denied",
    ]);
    chmodSync(join(folder, "closed"), 0o755);
  });
});

describe("a pipeline is found", () => {
  const pick = (cwd: string, target: string, pipelines = join(cwd, "pipelines")): Picked =>
    pickPipeline(target, { cwd, pipelines, operators });
  const nameOf = (picked: Picked): string => (picked.found === "pipeline" ? picked.pipeline.name : picked.found);

  test("by its file", () => {
    const folder = folderOf({ "x/one.yaml": GOOD });
    expect(nameOf(pick(folder, "x/one.yaml"))).toBe("one");
    expect(nameOf(pick(folder, join(folder, "x/one.yaml")))).toBe("one");
  });

  test("by a folder with exactly one in it", () => {
    const folder = folderOf({ "x/y/one.yaml": GOOD, "x/notes.txt": "" });
    expect(nameOf(pick(folder, "x"))).toBe("one");
    expect(nameOf(pick(join(folder, "x"), "."))).toBe("one");
  });

  test("by its name in the folder of pipelines, whatever its file is called", () => {
    const folder = folderOf({ "pipelines/a/file.yaml": `name: training\n${GOOD}`, "pipelines/stem.yml": GOOD });
    expect(nameOf(pick(folder, "training"))).toBe("training");
    expect(nameOf(pick(folder, "stem"))).toBe("stem");
  });

  test("by its name also when a folder without pipelines is called so", () => {
    const folder = folderOf({ "pipelines/data.yaml": GOOD, "data/x.csv": "" });
    expect(nameOf(pick(folder, "data"))).toBe("data");
  });

  test("with its errors, when it has some", () => {
    const folder = folderOf({
      "pipelines/bad.yaml": BAD,
      "pipelines/b.yaml": `name: worse\n${BAD}`,
      "pipelines/c.yaml": GOOD,
    });
    for (const [target, file] of [
      ["pipelines/bad.yaml", "pipelines/bad.yaml"],
      ["bad", "pipelines/bad.yaml"],
      ["worse", "pipelines/b.yaml"],
    ] as const) {
      const picked = pick(folder, target);
      expect(picked).toMatchObject({ found: "errors", file });
      expect(picked.found === "errors" && picked.diagnostics.map(({ code }) => code)).toEqual(["ENG302"]);
    }
  });

  test("with its own findings alone", () => {
    const folder = folderOf({ "pipelines/good.yaml": GOOD, "pipelines/bad.yaml": BAD });
    expect(pick(folder, "good")).toMatchObject({ found: "pipeline", diagnostics: [] });
  });
});

describe("what names no pipeline", () => {
  const none = (files: Record<string, string>, target: string): readonly [string, string] => {
    const cwd = folderOf(files);
    const picked = pickPipeline(target, { cwd, pipelines: join(cwd, "pipelines"), operators });
    if (picked.found !== "none") throw new Error(`found ${target}`);
    return [picked.message, picked.hint];
  };

  test("is answered with the nearest name", () => {
    expect(none({ "pipelines/training.yaml": GOOD, "pipelines/etl.yaml": GOOD }, "trainign")).toEqual([
      "there is no pipeline trainign in pipelines",
      "did you mean `training`?",
    ]);
  });

  test("is answered with all names when none is near", () => {
    expect(none({ "pipelines/training.yaml": GOOD, "pipelines/etl.yaml": GOOD }, "backup")).toEqual([
      "there is no pipeline backup in pipelines",
      "there are etl, training",
    ]);
    expect(none({ "pipelines/notes.txt": "" }, "backup")[1]).toBe(
      "pipelines has no pipelines; give a file or a folder instead",
    );
  });

  test("may be a folder with several, which are listed", () => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`x/p${String(at).padStart(2, "0")}.yaml`, GOOD]),
    );
    expect(none(files, "x")).toEqual([
      "there are 12 pipelines in x: x/p00.yaml, x/p01.yaml, x/p02.yaml, x/p03.yaml, x/p04.yaml, x/p05.yaml, x/p06.yaml, x/p07.yaml, x/p08.yaml, x/p09.yaml and 2 more",
      "name the file that you mean",
    ]);
  });

  test("may be a folder with none, or no path at all", () => {
    expect(none({ "x/y.txt": "" }, "x/")[0]).toBe("there is no pipeline in x/");
    expect(none({}, "x/one.yaml")[0]).toBe("there is no file or folder x/one.yaml");
  });
});
