import { describe, expect, test } from "vitest";
import { checkFiles, compile, type Diagnostic, type SettleOptions } from "../../../src/language/index.ts";
import { readSuppressions } from "../../../src/language/suppression/comments.ts";
import { matchesGlob } from "../../../src/language/suppression/glob.ts";
import { SourceText } from "../../../src/language/text.ts";
import { operators } from "../../../src/operators/index.ts";

const PLACE = {
  file: "engine.yaml",
  range: { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } },
};
const NOON = Date.UTC(2026, 0, 31, 12);

/** What is left of a file's findings: `ENG407:3` for a finding that begins on line 3. */
function left(text: string, options: Partial<SettleOptions> = {}, path = "a.yaml") {
  const settle = {
    policy: { rules: {}, overrides: [], ignore: [] },
    folder: "",
    now_ms: NOON,
    complete: true,
    ...options,
  };
  const checked = checkFiles([{ path, text }], { operators, settle });
  const short = ({ code, severity, range }: Diagnostic): string => `${severity} ${code}:${range.start.line}`;
  return {
    left: checked.diagnostics.map(short),
    suppressed: checked.suppressed.map(({ diagnostic, suppression }) => [short(diagnostic), suppression]),
    runs: checked.pipelines.length === 1,
    diagnostics: checked.diagnostics,
  };
}

/** A text after its first fix. */
function fixed(text: string): string {
  const [edit] = left(text).diagnostics.flatMap(({ fix }) => fix?.edits ?? []);
  if (edit === undefined) throw new Error("there is no fix");
  return text.slice(0, edit.range.start.offset) + edit.text + text.slice(edit.range.end.offset);
}

/** ENG407 on its third line. */
const CONSTANT = (comment = "", before = ""): string =>
  `tasks:\n  a:\n${before}    if: 1 == 1${comment}\n    noop: {}\n`;

describe("a comment", () => {
  const accepted = ["warning ENG407:3", { kind: "comment", reason: "why" }];

  test.each([
    [" # engine-ignore ENG407: why"],
    [" # engine-ignore eng407 : why  "],
    [" ## engine-ignore ENG407:why"],
    [" #engine-ignore ENG407: why"],
    [" # engine-ignore ENG407: why\r"],
  ])("behind a line suppresses what begins on it: %j", (comment) => {
    expect(left(CONSTANT(comment))).toMatchObject({ left: [], suppressed: [accepted] });
  });

  test.each([
    ["    # engine-ignore ENG407: why\n"],
    ["# engine-ignore ENG407: why\n\n    # another\n"],
    ["  # engine-ignore ENG504, ENG407: why\n"],
  ])("alone on a line suppresses what begins on the next line with something on it: %j", (before) => {
    const { left: rest, suppressed } = left(CONSTANT("", before));
    expect(suppressed.map(([, suppression]) => suppression)).toEqual([accepted[1]]);
    expect(rest.filter((each) => each.includes("ENG407"))).toEqual([]);
  });

  test.each([
    ["  # engine-ignore ENG407: the line below\n  b: { noop: {} }\n"],
    ["  b: { noop: {} } # engine-ignore ENG407: this line\n"],
  ])("suppresses nothing elsewhere: %j", (lines) => {
    expect(left(CONSTANT() + lines).left).toEqual(["warning ENG407:3", expect.stringContaining("ENG901")]);
  });

  test("before the first key covers the lines from the first, where it is said what the file lacks as a whole", () => {
    const text = "# a heading\n\n# engine-ignore ENG407: why\n---\n\ntasks: {}\n";
    expect(readSuppressions(new SourceText("a.yaml", text))).toMatchObject([{ first_line: 1, last_line: 6 }]);
  });

  test.each([
    ["a block scalar", "bash: | # engine-ignore ENG408: why\n      one\n      eval ${{ params.p }}\n"],
    ["a folded scalar", "# engine-ignore ENG408: why\n    bash: >-\n      one;\n      eval ${{ params.p }}\n"],
    ["a scalar in quotes", '# engine-ignore ENG408: why\n    bash: "one;\n      eval ${{ params.p }}"\n'],
  ])("at the beginning of %s covers all of its lines", (_, lines) => {
    const text = `params: { p: x }\ntasks:\n  a:\n    ${lines}`;
    const plain = left(text.replace(/ ?# engine-ignore.*why/, ""));
    expect(plain.left.map((each) => each.slice(0, 12))).toEqual(["error ENG408"]);
    expect(left(text)).toMatchObject({ left: [], suppressed: [[expect.stringContaining("ENG408"), {}]], runs: true });
  });

  test("counts only as a comment of YAML: in a script or in quotes it is text", () => {
    const script =
      'tasks:\n  a:\n    if: "1 == 1 # engine-ignore ENG407: why"\n    bash: |\n      # engine-ignore ENG407: why\n      x\n';
    expect(left(script).left.filter((each) => each.includes("ENG901"))).toEqual([]);
    expect(left(script).suppressed).toEqual([]);
  });

  test("is no finding where errors kept the checks from being made", () => {
    expect(left("tasks: [ # engine-ignore ENG407: why\n").left).toEqual(["error ENG101:1"]);
    expect(left(`${CONSTANT("# engine-ignore ENG407: why")}    basch: x\n`).left).toEqual([
      expect.stringContaining("error"),
    ]);
  });

  test("cannot suppress what leaves no pipeline to run", () => {
    const text = "tasks:\n  a: { noop: {}, needs: b } # engine-ignore ENG302: why\n";
    expect(left(text)).toMatchObject({ left: ["error ENG302:2", "warning ENG901:2"], suppressed: [], runs: false });
  });

  test("that is of no use is removed by its fix, with its line when it stands alone", () => {
    expect(fixed("tasks:\n  # engine-ignore: nothing\n  a: { noop: {} }\n")).toBe("tasks:\n  a: { noop: {} }\n");
    expect(fixed("tasks:\n  a: { noop: {} } # engine-ignore ENG470: why\n")).toBe("tasks:\n  a: { noop: {} }\n");
    expect(fixed("tasks:\n  # engine-ignore ENG407: why\n  a: { noop: {} }\n")).toBe("tasks:\n  a: { noop: {} }\n");
    expect(fixed("tasks:\r\n  # engine-ignore ENG407: x\r\n  a: { noop: {} }\r\n")).toBe(
      "tasks:\r\n  a: { noop: {} }\r\n",
    );
    expect(fixed("tasks:\n  a: { noop: {} } # engine-ignore ENG407: why\n")).toBe("tasks:\n  a: { noop: {} }\n");
    expect(fixed("tasks:\n  a: { noop: {} }\n# engine-ignore ENG407: why")).toBe("tasks:\n  a: { noop: {} }\n");
    expect(fixed(CONSTANT(" # engine-ignore ENG504 ENG407, ENG503: why"))).toBe(
      CONSTANT(" # engine-ignore ENG407: why"),
    );
  });

  test("whose code is mistyped gets the one that is found there, and isn't removed as if it said nothing", () => {
    const text = CONSTANT(" # engine-ignore ENG470: why");
    expect(fixed(text)).toBe(CONSTANT(" # engine-ignore ENG407: why"));
    const [, mistyped] = left(text).diagnostics;
    expect(mistyped).toMatchObject({ code: "ENG901", hint: "did you mean `ENG407`?", fix: { safe: false } });
    const [, unnamed] = left(CONSTANT(" # engine-ignore: why")).diagnostics;
    expect(unnamed).toMatchObject({ code: "ENG901", hint: expect.stringContaining("ENG407"), fix: { safe: false } });
    const [other] = left("tasks:\n  a: { noop: {} } # engine-ignore ENG470: why\n").diagnostics;
    expect(other).toMatchObject({ code: "ENG901", hint: "`engine explain` lists all codes", fix: { safe: true } });
  });

  test.each(["", ":", ": reason", ": the reason"])("that gives no reason works, and is asked for one: %j", (reason) => {
    const found = left(CONSTANT(` # engine-ignore ENG407${reason}`));
    expect(found.left).toEqual(["warning ENG902:3"]);
    expect(found.suppressed).toEqual([["warning ENG407:3", { kind: "comment" }]]);
  });

  test("lets a pipeline run whose errors are a matter of judgement", () => {
    const text = "params: { p: x }\ntasks:\n  a: { bash: 'eval ${{ params.p }}' }";
    expect(left(`${text}\n`).runs).toBe(false);
    expect(left(`${text} # engine-ignore ENG408: trusted\n`).runs).toBe(true);
    // What runs already is read again, wherever engine.yaml went.
    expect(compile({ path: "a.yaml", text }, { operators }).pipeline).toBeDefined();
  });
});

describe("rules", () => {
  const policy = { rules: {}, overrides: [], ignore: [] };

  test("give a code another severity, or switch it off", () => {
    expect(left(CONSTANT(), { policy: { ...policy, rules: { ENG407: "error" } } })).toMatchObject({
      left: ["error ENG407:3"],
      runs: true,
    });
    expect(left(CONSTANT(), { policy: { ...policy, rules: { ENG407: "info" } } }).left).toEqual(["info ENG407:3"]);
    expect(left(CONSTANT(), { policy: { ...policy, rules: { ENG407: "off" } } })).toMatchObject({
      left: [],
      suppressed: [],
    });
  });

  test("do not lower what leaves no pipeline to run", () => {
    const text = "tasks:\n  a: { noop: {}, needs: b }\n";
    const options = { policy: { ...policy, rules: { ENG302: "off" } as const } };
    expect(left(text, options)).toMatchObject({ left: ["error ENG302:2"], runs: false });
  });

  test("are outweighed for some files, by the last that fits", () => {
    const overrides = [
      { files: "legacy/**", rules: { ENG407: "info" } },
      { files: "legacy/*.yaml", rules: { ENG407: "off" } },
      { files: "other/**", rules: { ENG407: "error" } },
    ] as const;
    const options = { policy: { ...policy, rules: { ENG407: "error" }, overrides } as const };
    expect(left(CONSTANT(), options, "a.yaml").left).toEqual(["error ENG407:3"]);
    expect(left(CONSTANT(), options, "legacy/a.yaml").left).toEqual([]);
    expect(left(CONSTANT(), options, "legacy/deep/a.yaml").left).toEqual(["info ENG407:3"]);
  });

  test("leave a comment used whose finding they switch off", () => {
    const options = { policy: { ...policy, rules: { ENG407: "off" } as const } };
    expect(left(CONSTANT(" # engine-ignore ENG407: why"), options).left).toEqual([]);
  });
});

describe("an entry of ignore", () => {
  const ignoring = (more: object = {}, options: Partial<SettleOptions> = {}) => ({
    policy: {
      rules: {},
      overrides: [],
      ignore: [{ code: "ENG407", path: "a.yaml", reason: "why", place: PLACE, ...more }],
    },
    ...options,
  });

  test("suppresses a code in the files that its glob fits", () => {
    expect(left(CONSTANT(), ignoring())).toMatchObject({
      left: [],
      suppressed: [["warning ENG407:3", { kind: "config", reason: "why" }]],
    });
    expect(left(CONSTANT(), ignoring({}, { complete: false }), "b/c.yaml").left).toEqual(["warning ENG407:3"]);
  });

  test("goes by paths from the root, wherever the command stands", () => {
    const deep = ignoring({ path: "sub/a.yaml" });
    expect(left(CONSTANT(), { ...deep, folder: "sub" }).left).toEqual([]);
    expect(left(CONSTANT(), { ...deep, folder: "other" }, "../sub/a.yaml").left).toEqual([]);
    expect(left(CONSTANT(), { ...deep, folder: ".", complete: false }).left).toEqual(["warning ENG407:3"]);
  });

  test("holds to the end of its last day, in UTC", () => {
    const until = ignoring({ until: "2026-01-31" });
    expect(left(CONSTANT(), { ...until, now_ms: Date.UTC(2026, 1, 1) - 1 }).left).toEqual([]);
    expect(left(CONSTANT(), { ...until, now_ms: Date.UTC(2026, 1, 1) }).left).toEqual([
      "warning ENG407:3",
      "warning ENG902:1",
    ]);
    const { now_ms: _, ...timeless } = { now_ms: 0, ...until };
    expect(left(CONSTANT(), timeless).left).toEqual([]);
  });

  test("is of no use when it fits nothing in the whole project, and not when only a part was checked", () => {
    const good = "tasks: { a: { noop: {} } }\n";
    expect(left(good, ignoring()).left).toEqual(["warning ENG901:1"]);
    expect(left(good, ignoring({}, { complete: false })).left).toEqual([]);
  });
});

describe("a glob", () => {
  test.each([
    ["a.yaml", "a.yaml", true],
    ["x/a.yaml", "a.yaml", true],
    ["x/a.yaml", "/a.yaml", false],
    ["x/a.yaml", "./a.yaml", false],
    ["x/a.yaml", "*.yaml", true],
    ["x/a.yaml", "x/*", true],
    ["x/y/a.yaml", "x/*", false],
    ["x/y/a.yaml", "x/", true],
    ["x/y/a.yaml", "x/**", true],
    ["x/a.yaml", "x/**/a.yaml", true],
    ["x/y/z/a.yaml", "x/**/a.yaml", true],
    ["xx/a.yaml", "x?/a.yaml", true],
    ["x/a.yaml", "x?a.yaml", false],
    ["b/a.yml", "{a,b}/*.{yaml,yml}", true],
    ["c/a.yml", "{a,b}/*.{yaml,yml}", false],
    ["aXyaml", "a.yaml", false],
    ["a+b(1).yaml", "a+b(1).yaml", true],
    ["a,b.yaml", "a,b.yaml", true],
    [".hidden/a.yaml", "**/a.yaml", true],
    ["A.yaml", "a.yaml", false],
  ])("%j: %j fits: %j", (path, glob, fits) => {
    expect(matchesGlob(path, glob)).toBe(fits);
  });
});
