import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pathKinds, pipelineNames } from "../../../src/catalog/index.ts";

let folder = "";

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "engine-paths-")));
  mkdirSync(join(folder, "repo/pipelines/sub"), { recursive: true });
  mkdirSync(join(folder, "elsewhere"));
  writeFileSync(join(folder, "repo/train.py"), "");
  symlinkSync("../elsewhere", join(folder, "repo/way-out"));
  symlinkSync("pipelines", join(folder, "repo/way-in"));
  symlinkSync("round", join(folder, "repo/round"));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("what stands at a path", () => {
  test.each([
    ["pipelines", "folder"],
    ["./pipelines/../pipelines/sub/", "folder"],
    ["train.py", "file"],
    ["nowhere", "nothing"],
    ["train.py/inside", "nothing"],
    ["..", "outside"],
    ["pipelines/../../elsewhere", "outside"],
    ["way-out", "outside"],
    ["way-in/sub", "folder"],
    ["round", "unknown"],
  ])("%s: %s", (path, kind) => {
    writeFileSync(join(folder, "repo/engine.yaml"), "{}");
    expect(pathKinds(join(folder, "repo"), join(folder, "repo"))(path)).toBe(kind);
  });

  test("paths begin at the working folder, and the repository may begin above it", () => {
    mkdirSync(join(folder, "repo/.git"));
    const kindOf = pathKinds(join(folder, "repo/pipelines"), join(folder, "repo/pipelines"));
    expect(kindOf("sub")).toBe("folder");
    expect(kindOf("../train.py")).toBe("file");
    expect(kindOf("../..")).toBe("outside");
  });

  test("where nobody knows where the repository begins, nothing is missing", () => {
    const kindOf = pathKinds(join(folder, "repo"), join(folder, "repo"));
    expect(kindOf("nowhere")).toBe("unknown");
    expect(kindOf("..")).toBe("outside");
  });
});

describe("the names of pipelines in a folder", () => {
  test("are those in the files, else the files' own, with errors or without", () => {
    const file = (name: string, text: string): void => writeFileSync(join(folder, "repo/pipelines", name), text);
    file("a.yaml", "name: orders\ntasks: {}\n");
    file("b.yml", "tasks: { x: { noop: {} } }\n");
    file("sub/c.yaml", 'name: "sub_c" # so it is called\n');
    file("broken.yaml", "name: [\n");
    file(".hidden.yaml", "name: hidden\n");
    expect([...(pipelineNames(join(folder, "repo/pipelines")) ?? [])].sort()).toEqual([
      "b",
      "broken",
      "orders",
      "sub_c",
    ]);
  });

  test("are unknown without a folder", () => {
    expect(pipelineNames(join(folder, "nowhere"))).toBeUndefined();
  });
});
