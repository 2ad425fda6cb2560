import type { SourceFile } from "../../../src/language/index.ts";
import { check, checkWithBase } from "../fixtures.ts";
import { BASES, type Tree } from "./bases.ts";
import { put } from "./mutate.ts";
import { MANNERS, type Path, type Rendered, render, type Span, type Value } from "./render.ts";

/*
 * ENG9xx: what only shows in a project: its settings, the names of its files, and what was there before.
 */

interface ProjectMutant {
  readonly what: string;
  readonly files: readonly SourceFile[];
  /** Whether the code is found, where it is, and no error besides. */
  found(files: readonly SourceFile[]): Promise<boolean>;
}

function finds(code: string, place?: { readonly file: string; readonly span: Span }): ProjectMutant["found"] {
  return async (files) => {
    const all = await checkWithBase(files);
    const own = all.filter((each) => each.code === code);
    const covers = (
      { start, end }: { readonly start: { offset: number }; readonly end: { offset: number } },
      span: Span,
    ): boolean => start.offset <= span.start && end.offset >= span.end;
    const there = own.some(
      ({ file, range }) => place === undefined || (file === place.file && covers(range, place.span)),
    );
    return there && all.every((each) => each.code === code || each.severity !== "error");
  };
}

/** An engine.yaml beside a pipeline that is right. */
function settings(
  code: string,
  [what, text, wrong]: readonly [what: string, text: string, wrong: string],
): ProjectMutant {
  const start = text.indexOf(wrong);
  const files = [
    { path: "engine.yaml", text },
    { path: "load.yaml", text: "tasks: { load: { bash: ./load.sh } }\n" },
  ];
  return { what, files, found: finds(code, { file: "engine.yaml", span: { start, end: start + wrong.length } }) };
}

const toolConfig: readonly ProjectMutant[] = (
  [
    ["a code that isn't there", "validate:\n  rules:\n    ENG999: off\n", "ENG999"],
    ["a code in brackets", 'validate: { rules: { "ENG47": error } }\n', '"ENG47"'],
    ["an error that can't be lowered", "validate:\r\n  rules: { ENG301: warn }\r\n", "ENG301"],
    ["of an override", "validate:\n  overrides:\n    - files: a/**\n      rules: { ENG302: off } # later\n", "ENG302"],
    ["a glob", "validate:\n  overrides:\n    - { files: 'a/{b', rules: { ENG407: off } }\n", "'a/{b'"],
    [
      "a day",
      "validate:\n  ignore:\n    - code: ENG407\n      path: '**'\n      reason: r\n      until: 2027-02-30\n",
      "2027-02-30",
    ],
  ] as const
).map((each) => settings("ENG903", each));

const badPlugin: readonly ProjectMutant[] = ["./plugins/gone.ts", "../gone.mjs", "@acme/gone", "gone/operators"].map(
  (each) => settings("ENG905", [each, `plugins:\n  - "${each}"\n`, `"${each}"`]),
);

const neverLoaded: readonly ProjectMutant[] = [".load.yaml", "load.yaml.orig", "load.json", "load.yaml~"].map(
  (path) => ({
    what: path,
    files: [{ path, text: "name: load\ntasks: { load: { bash: ./load.sh } }\n" }],
    found: async (files) => check(files).some(({ code, file }) => code === "ENG904" && file === path),
  }),
);

/** Two versions of a pipeline, each manner against the next. */
function versions(
  code: string,
  what: string,
  [before, after]: readonly [before: Tree, after: Tree],
  place: (rendered: Rendered) => Span,
): readonly ProjectMutant[] {
  return MANNERS.map((manner, index) => {
    const old = render(before, MANNERS[(index + 1) % MANNERS.length] ?? manner).text;
    const rendered = render(after, manner);
    const files = [
      { path: "base/one.yaml", text: old },
      { path: "one.yaml", text: rendered.text },
    ];
    return { what: `${what}, ${manner.name}`, files, found: finds(code, { file: "one.yaml", span: place(rendered) }) };
  });
}

const { nightly = {}, training = {} } = BASES;
const key = (path: Path) => (rendered: Rendered) => rendered.keyAt(path);
const value = (path: Path) => (rendered: Rendered) => rendered.valueAt(path);
const changed = (base: Tree, path: Path, to: Value): readonly [Tree, Tree] => [base, put(base, path, to)];

export const OF_PROJECTS: Readonly<Record<string, readonly ProjectMutant[]>> = {
  ENG903: toolConfig,
  ENG904: neverLoaded,
  ENG905: badPlugin,
  ENG911: versions("ENG911", "another name", changed(nightly, ["name"], "daily_orders"), value(["name"])),
  ENG912: [
    ...versions(
      "ENG912",
      "fewer choices",
      changed(training, ["params", "region", "enum"], ["eu"]),
      key(["params", "region"]),
    ),
    ...versions("ENG912", "another type", changed(training, ["params", "epochs"], "ten"), key(["params", "epochs"])),
    ...versions(
      "ENG912",
      "gone",
      [{ ...training, params: { ...(training.params as Tree), seed: 1 } }, training],
      key(["params"]),
    ),
  ],
  ENG914: [
    ...versions(
      "ENG914",
      "more often",
      changed(nightly, ["schedule", "cron"], "15 * * * *"),
      value(["schedule", "cron"]),
    ),
    ...versions(
      "ENG914",
      "another zone",
      changed(nightly, ["schedule", "timezone"], "Asia/Tokyo"),
      value(["schedule", "cron"]),
    ),
  ],
};
