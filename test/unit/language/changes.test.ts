import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { narrowings } from "../../../src/language/changes/narrowing.ts";
import { compareFiles, type Diagnostic } from "../../../src/language/index.ts";
import { checkValue } from "../../../src/language/value-schema.ts";
import type { JsonObject, JsonValue } from "../../../src/lib/index.ts";
import { operators } from "../../../src/operators/index.ts";

/** A Saturday in winter. */
const NOW_MS = Date.UTC(2026, 0, 31, 12);

type Files = Readonly<Record<string, string>>;

function compare(before: Files, after: Files): Promise<readonly Diagnostic[]> {
  const filesOf = (files: Files) => Object.entries(files).map(([path, text]) => ({ path, text }));
  return compareFiles(
    { before: filesOf(before), after: filesOf(after), revision: "main", now_ms: NOW_MS },
    { operators },
  );
}

/** `code file:line text under the mark: message`, one each. */
async function said(before: Files, after: Files): Promise<readonly string[]> {
  const found = await compare(before, after);
  return found.map(({ code, file, range, message }) => {
    const text = (after[file] ?? before[file] ?? "").slice(range.start.offset, range.end.offset);
    return `${code} ${file}:${range.start.line} [${text}] ${message}`;
  });
}

const TASKS = "tasks:\n  load:\n    bash: ./load.sh --everything\n  report:\n    needs: load\n    bash: ./report.sh\n";
const OTHER = "tasks:\n  clean:\n    bash: rm -rf scratch\n  tell:\n    needs: clean\n    bash: ./tell.sh all\n";

describe("pipelines that go or get another name", () => {
  test("nothing is said of what stays, moves, appears, or only changes inside", async () => {
    expect(await said({ "a.yaml": TASKS }, { "a.yaml": TASKS })).toEqual([]);
    expect(await said({ "a.yaml": TASKS }, { "a.yaml": OTHER })).toEqual([]);
    expect(await said({ "x/a.yaml": TASKS }, { "y/z/a.yml": TASKS })).toEqual([]);
    expect(await said({ "a.yaml": `name: n\n${TASKS}` }, { "b.yaml": `name: n\n${TASKS}` })).toEqual([]);
    expect(await said({}, { "a.yaml": TASKS })).toEqual([]);
  });

  test("a name that is changed in its file is a rename", async () => {
    expect(await said({ "a.yaml": `name: old\n${TASKS}` }, { "a.yaml": `name: new\n${OTHER}` })).toEqual([
      "ENG911 a.yaml:1 [new] this pipeline was called `old` at `main`: as `new` it begins without a history",
    ]);
    expect(await said({ "a.yaml": `name: old\n${TASKS}` }, { "a.yaml": TASKS })).toEqual([
      "ENG911 a.yaml:1 [tasks] this pipeline was called `old` at `main`: as `a` it begins without a history",
    ]);
  });

  test("a file that is renamed is a rename when its name was the pipeline's, also when it changed a little", async () => {
    const changed = TASKS.replace("--everything", "--most");
    expect(await said({ "a.yaml": TASKS }, { "b.yaml": `# moved\n\n${changed}` })).toEqual([
      "ENG911 b.yaml:3 [tasks] this pipeline was called `a` at `main`: as `b` it begins without a history",
    ]);
  });

  test("a pipeline is known by its tasks, when all around them is another", async () => {
    const small = "tasks:\n  a:\n    bash: ./a.sh\n";
    expect(
      await said(
        { "a.yaml": `schedule: "0 2 * * *"\n${small}` },
        { "b.yaml": `timeout: 1h\nparams: { n: 1 }\n${small}` },
      ),
    ).toMatchObject([
      "ENG911 b.yaml:1 [timeout] this pipeline was called `a` at `main`: as `b` it begins without a history",
      expect.stringContaining("ENG914"),
    ]);
  });

  test("of several that went and came, those that are most alike belong together", async () => {
    const found = await said(
      { "a.yaml": TASKS, "b.yaml": OTHER, "c.yaml": `${TASKS}  third:\n    bash: ./third.sh\n` },
      { "x.yaml": OTHER, "y.yaml": `${TASKS}  third:\n    bash: ./third.sh\n`, "z.yaml": TASKS },
    );
    expect(found.map((line) => line.replace(/.*called (`\w`).*as (`\w`).*/, "$1 $2"))).toEqual([
      "`b` `x`",
      "`c` `y`",
      "`a` `z`",
    ]);
  });

  test("that holds for pipelines that changed as well", async () => {
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, at) => `      echo line ${at}\n`).join("");
    const pipeline = (count: number, more: string): string =>
      `tasks:\n  a:\n    bash: |\n${lines(count)}      ${more}\n`;
    const found = await said(
      { "a.yaml": pipeline(8, "first"), "b.yaml": pipeline(12, "first") },
      { "x.yaml": pipeline(12, "second"), "y.yaml": pipeline(8, "second") },
    );
    expect(found.map((line) => line.replace(/.*called (`\w`).*as (`\w`).*/, "$1 $2"))).toEqual(["`b` `x`", "`a` `y`"]);
  });

  test("what has gone and is like nothing that came is removed, and shown where it stood", async () => {
    expect(await said({ "a.yaml": `name: old\n${TASKS}` }, { "b.yaml": OTHER })).toEqual([
      "ENG911 a.yaml:1 [old] the pipeline `old` is gone since `main`, and leaves the history of its runs behind",
    ]);
  });

  test("a file that can't be parsed stands for whatever it held", async () => {
    expect(await said({ "a.yaml": `name: old\n${TASKS}` }, { "a.yaml": "tasks: {a: [\n" })).toEqual([]);
    expect(await said({ "a.yaml": TASKS }, { "b.yaml": "name: a\ntasks: {a: [\n" })).toEqual([]);
    expect(await said({ "a.yaml": "name: a\ntasks: {a: [\n" }, { "a.yaml": `name: a\n${TASKS}` })).toEqual([]);
  });

  test("of a file that couldn't be parsed then, its name is known all the same", async () => {
    expect(await said({ "a.yaml": "name: old\ntasks: {a: [\n" }, {})).toEqual([
      "ENG911 a.yaml:1 [] the pipeline `old` is gone since `main`, and leaves the history of its runs behind",
    ]);
  });

  test("the fix gives the old name back, with a key or as one", async () => {
    const apply = async (text: string): Promise<string | undefined> => {
      const [found] = await compare({ "a.yaml": `name: old\n${TASKS}` }, { "a.yaml": text });
      const [edit] = found?.fix?.edits ?? [];
      if (edit === undefined) return undefined;
      expect(found?.fix?.safe).toBe(false);
      return text.slice(0, edit.range.start.offset) + edit.text + text.slice(edit.range.end.offset);
    };
    expect(await apply(`name: "new" # why\n${TASKS}`)).toBe(`name: old # why\n${TASKS}`);
    expect(await apply(`# a comment\n${TASKS}`)).toBe(`# a comment\nname: old\n${TASKS}`);
    expect(await apply("{tasks: {a: {noop: {}}}}")).toBeUndefined();
  });
});

describe("params", () => {
  const withParams = (params: string): Files => ({ "p.yaml": `${params}${TASKS}` });
  const change = (before: string, after: string): Promise<readonly string[]> =>
    said(withParams(before), withParams(after));

  test("that are gone are missed", async () => {
    expect(await change("params: { epochs: 10, rate: 0.1 }\n", "params: { rate: 0.1 }\n")).toEqual([
      "ENG912 p.yaml:1 [params] the param `epochs` is gone since `main`: whoever triggers `p` with `epochs` is refused",
    ]);
    expect(await change("params: { epochs: 10 }\n", "")).toEqual([
      "ENG912 p.yaml:1 [tasks] the param `epochs` is gone since `main`: whoever triggers `p` with `epochs` is refused",
    ]);
  });

  test("that were renamed are known by the likeness of their names", async () => {
    const [found] = await compare(withParams("params: { epochs: 10 }\n"), withParams("params: { epoch: 10 }\n"));
    expect(found?.hint).toBe("if it is called `epoch` now, keep `epochs` beside it until nobody gives it any more");
  });

  test("that have to be given now, new or old, are reported at their key", async () => {
    expect(await change("", "params: { day: { type: string } }\n")).toEqual([
      "ENG912 p.yaml:1 [day] the param `day` has to be given since `main`: whoever triggers `p` without it is refused",
    ]);
    expect(await change("params: { day: monday }\n", "params: { day: { type: string } }\n")).toEqual([
      "ENG912 p.yaml:1 [day] the param `day` has to be given since `main`: whoever triggers `p` without it is refused",
    ]);
  });

  test("that take less are reported with what they take no longer", async () => {
    expect(await change("params: { n: 1 }\n", "params: { n: one }\n")).toEqual([
      "ENG912 p.yaml:1 [n] the param `n` takes less than at `main`: it is `string` now, and was `integer`",
    ]);
  });

  test("that take the same or more, or have another default, say nothing", async () => {
    expect(await change("params: { n: 1 }\n", "params: { n: 2 }\n")).toEqual([]);
    expect(
      await change("params: { n: 1 }\n", "params: { n: { type: number, default: 1, description: How many } }\n"),
    ).toEqual([]);
    expect(await change("params: { n: { type: integer } }\n", "params: { n: 1, m: 2 }\n")).toEqual([]);
  });

  test("that are wrong by themselves are reported as that alone", async () => {
    expect(await change("params: { n: 1 }\n", "params: { n: { type: intger } }\n")).toEqual([]);
    expect(await change("params: { n: 1 }\n", "params: [n]\n")).toEqual([]);
    expect(await change("params: { n: { type: intger } }\n", "params: { n: one }\n")).toEqual([]);
  });

  test("of a pipeline that was renamed are compared all the same", async () => {
    const codes = (await compare(withParams("params: { n: 1 }\n"), { "q.yaml": TASKS })).map(({ code }) => code);
    expect(codes).toEqual(["ENG911", "ENG912"]);
  });
});

describe("what a schema takes no longer", () => {
  const schemas: readonly (readonly [before: JsonObject, after: JsonObject, words: readonly string[]])[] = [
    [{}, {}, []],
    [{}, { type: "string" }, ["is `string` now, and was of any type"]],
    [{ type: "string" }, {}, []],
    [{ type: "integer" }, { type: "number" }, []],
    [{ type: "number" }, { type: "integer" }, ["is `integer` now, and was `number`"]],
    [{ type: ["string", "null"] }, { type: "string" }, ["is `string` now, and was `string` or `null`"]],
    [{ enum: ["a", "b"] }, { enum: ["b", "c"] }, ['takes `"a"` no longer']],
    [{ enum: ["a", "b"] }, { type: "string" }, []],
    [{ enum: [1, 2] }, { type: "integer", minimum: 2 }, ["takes `1` no longer"]],
    [{ type: "string" }, { type: "string", enum: ["a"] }, ['takes only `"a"` now']],
    [{ const: 1 }, { const: 2 }, ["takes `1` no longer"]],
    [{ type: "integer", minimum: 1 }, { type: "integer", minimum: 1 }, []],
    [{ type: "integer", minimum: 1 }, { type: "integer", minimum: 2 }, ["is at least 2 now"]],
    [{ type: "integer", minimum: 1 }, { type: "integer", exclusiveMinimum: 0 }, []],
    [{ type: "number", minimum: 1 }, { type: "number", exclusiveMinimum: 1 }, ["is more than 1 now"]],
    [{ type: "integer", exclusiveMaximum: 10 }, { type: "integer", maximum: 9 }, []],
    [{ type: "number", exclusiveMaximum: 10 }, { type: "number", maximum: 9 }, ["is at most 9 now"]],
    [{ type: "integer" }, { type: "integer", maximum: -1 }, ["is at most -1 now"]],
    [{ type: "integer", multipleOf: 4 }, { type: "integer", multipleOf: 2 }, []],
    [{ type: "integer", multipleOf: 2 }, { type: "integer", multipleOf: 4 }, ["is a multiple of 4 now"]],
    [{ type: "string" }, { type: "string", minLength: 1 }, ["has at least 1 characters now"]],
    [{ type: "string", maxLength: 9 }, { type: "string", maxLength: 8 }, ["has at most 8 characters now"]],
    [{ type: "string" }, { type: "string", minimum: 3 }, []],
    [{ type: "string", pattern: "^a" }, { type: "string", pattern: "^b" }, ["matches `^b` now"]],
    [
      { type: "array" },
      { type: "array", items: { type: "string" } },
      ["has items of which each is `string` now, and was of any type"],
    ],
    [
      { type: "array" },
      { type: "array", uniqueItems: true, minItems: 2 },
      ["has at least 2 items now", "may hold no item twice now"],
    ],
    [{ type: "object" }, { type: "object", required: ["a"] }, ["has to have `a` now"]],
    [{ type: "object" }, { type: "object", additionalProperties: false }, ["takes no other keys now"]],
    [
      { type: "object", properties: { a: { type: "integer" }, b: {} }, additionalProperties: false },
      { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
      ["takes `b` no longer", "has `a`, which is `string` now, and was `integer`"],
    ],
    [{ anyOf: [{ type: "integer" }] }, { anyOf: [{ type: "number" }, { type: "null" }] }, []],
    [{ anyOf: [{ type: "integer" }, { type: "string" }] }, { anyOf: [{ type: "integer" }] }, ["fits fewer forms now"]],
  ];

  test.each(schemas)("%j then, %j now", (before, after, words) => {
    expect(narrowings(before, after)).toEqual(words);
  });

  test("is never nothing when a value fitted then and doesn't now", () => {
    const number = fc.integer({ min: -3, max: 3 });
    const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
    const schema = fc
      .record({
        type: optional(fc.subarray(["string", "integer", "number", "boolean", "null"], { minLength: 1 })),
        enum: optional(
          fc.array(fc.oneof(number, fc.constantFrom("", "a", "bb", true, null)), { minLength: 1, maxLength: 3 }),
        ),
        minimum: optional(number),
        maximum: optional(number),
        exclusiveMinimum: optional(number),
        exclusiveMaximum: optional(number),
        multipleOf: optional(fc.integer({ min: 1, max: 3 })),
        minLength: optional(fc.nat(2)),
        maxLength: optional(fc.nat(2)),
      })
      .map((each) => JSON.parse(JSON.stringify(each)) as JsonObject);
    const value: fc.Arbitrary<JsonValue> = fc.oneof(
      number,
      fc.constantFrom(0.5, -2.5, "", "a", "bb", "ccc", true, false, null),
    );
    fc.assert(
      fc.property(schema, schema, value, (before, after, each) => {
        if (narrowings(before, after).length > 0) return;
        if (checkValue(before, each).length === 0) expect(checkValue(after, each)).toEqual([]);
      }),
      { numRuns: 3_000, seed: 7 },
    );
  });
});

describe("outputs that others read", () => {
  const pipeline = (output: string, more = "", reader = "echo $" + "{{ tasks.count.outputs.rows }}"): Files => ({
    "p.yaml": `tasks:\n  count:\n    bash: ./count.sh\n${more}    outputs: { rows: ${output} }\n  tell:\n    needs: count\n    bash: ${reader}\n`,
  });

  test("are reported when their type is another one and a reader is as it was", async () => {
    const found = await compare(pipeline("integer"), pipeline("string"));
    expect(found).toMatchObject([
      {
        code: "ENG912",
        message: "the output `rows` is `string` now, and was `integer` at `main`: `tell` reads it as before",
        range: { start: { line: 4, column: 16 } },
        related: [{ range: { start: { line: 7 } }, message: "`tell` reads it" }],
      },
    ]);
  });

  test("say nothing when nobody reads them, when the reader changed, or when they only became narrower", async () => {
    expect(await said(pipeline("integer", "", "./tell.sh"), pipeline("string", "", "./tell.sh"))).toEqual([]);
    expect(
      await said(pipeline("integer"), pipeline("string", "", "printf %s $" + "{{ tasks.count.outputs.rows }}")),
    ).toEqual([]);
    expect(await said(pipeline("number"), pipeline("integer"))).toEqual([]);
  });

  test("are lists when their task runs once for each item", async () => {
    const [found, ...more] = await said(pipeline("integer"), pipeline("integer", "    for_each: [1, 2]\n"));
    expect(found).toContain("the output `rows` is `array` now, and was `integer` at `main`");
    expect(more).toEqual([]);
  });

  test("are left to the expressions where their type is wrong for the reader now", async () => {
    const reader = "cat <<< $" + "{{ string(tasks.count.outputs.rows) }}";
    const after = pipeline("integer", "    for_each: [1, 2]\n", reader);
    expect(await said(pipeline("integer", "", reader), after)).toEqual([]);
  });
});

describe("outputs of the pipeline", () => {
  const of = (outputs: string): string => `tasks:\n  a: { bash: x, outputs: { n: integer } }\n${outputs}`;
  const N = `"\${{ tasks.a.outputs.n }}"`;

  test("that are gone, or renamed, are missed by those who run it", async () => {
    const before = of(`outputs: { rows: ${N}, total: ${N} }\n`);
    expect(await said({ "p.yaml": before }, { "p.yaml": of(`outputs: { row: ${N}, total: ${N} }\n`) })).toEqual([
      "ENG912 p.yaml:3 [outputs] the output `rows` of the pipeline is gone since `main`: a task that runs `p` and declares it fails",
    ]);
    expect(await said({ "p.yaml": before }, { "p.yaml": of("") })).toHaveLength(2);
    expect(await said({ "p.yaml": of("") }, { "p.yaml": before })).toEqual([]);
    expect(await said({ "p.yaml": before }, { "p.yaml": of("outputs: []\n") })).toEqual([]);
  });

  test("that have another type say so, as far as it is written", async () => {
    const typed = (type: string) => ({ "p.yaml": of(`outputs: { rows: { type: ${type}, value: ${N} } }\n`) });
    const short = { "p.yaml": of(`outputs: { rows: ${N} }\n`) };
    expect(await said(typed("integer"), typed("string"))).toEqual([
      "ENG912 p.yaml:3 [rows] the output `rows` of the pipeline is `string` now, and was `integer` at `main`: a task that runs `p` may declare it as before",
    ]);
    expect(await said(typed("number"), typed("integer"))).toEqual([]);
    expect([await said(short, typed("string")), await said(typed("integer"), short)]).toEqual([[], []]);
  });
});

describe("schedules", () => {
  const scheduled = (schedule: string): Files => ({
    "p.yaml": `${schedule === "" ? "" : `schedule: ${schedule}\n`}${TASKS}`,
  });
  const change = async (before: string, after: string): Promise<readonly (string | undefined)[]> =>
    (await compare(scheduled(before), scheduled(after))).flatMap(({ message, hint }) => [message, hint]);

  test("that fire more often say how much, with the next slots in their time zone", async () => {
    expect(
      await change('{ cron: "0 2 * * *", timezone: Europe/Berlin }', '{ cron: "0 * * * *", timezone: Europe/Berlin }'),
    ).toEqual([
      "`p` fires 24 times as often (since `main`)",
      "next slots before: 2026-02-01 02:00, 2026-02-02 02:00, 2026-02-03 02:00 (Europe/Berlin); " +
        "now: 2026-01-31 14:00, 2026-01-31 15:00, 2026-01-31 16:00 (Europe/Berlin)",
    ]);
    expect((await change('"0 * * * *"', '"0 2 * * *"'))[0]).toBe(
      "`p` fires once where it fired 24 times (since `main`)",
    );
    expect((await change("{ every: 1h }", "{ every: 15m }"))[0]).toBe("`p` fires 4 times as often (since `main`)");
    expect((await change("{ every: 1h }", '"* * * * *"'))[0]).toBe("`p` fires 60 times as often (since `main`)");
  });

  test("that fire as often at other times say so: another hour, another zone, another end", async () => {
    expect((await change('"0 2 * * *"', '"0 3 * * *"'))[0]).toBe("`p` fires at other times (since `main`)");
    expect((await change('"0 2 * * *"', '{ cron: "0 2 * * *", timezone: Europe/London }'))[0]).toBe(
      "`p` fires at other times (since `main`)",
    );
    expect(await change('{ cron: "0 2 * * *" }', '{ cron: "0 2 * * *", end: 2026-02-01 }')).toEqual([
      "`p` comes due no more (since `main`)",
      "next slots before: 2026-02-01 02:00, 2026-02-02 02:00, 2026-02-03 02:00 (UTC); now: none",
    ]);
  });

  test("that come or go say so, and what stands before and after", async () => {
    expect(await change("", "{ every: 1d }")).toEqual([
      "`p` runs by itself now (since `main`)",
      "next slots before: none; now: every 1d",
    ]);
    expect((await change('"0 2 * * *"', ""))[0]).toBe("`p` runs by itself no more (since `main`)");
    expect(await change('"0 2 * * *"', "{ after: [b, a] }")).toEqual([
      "`p` runs after `a` and `b` now, and runs by the clock before (since `main`)",
      "next slots before: 2026-02-01 02:00, 2026-02-02 02:00, 2026-02-03 02:00 (UTC); now: after a and b",
    ]);
  });

  test("that are only written in another way say nothing", async () => {
    for (const [before, after] of [
      ['"0 0 * * *"', '"@daily"'],
      ['"*/15 * * * *"', '"0,15,30,45 * * * *"'],
      ['["0 1 * * *", "0 2 * * *"]', '{ cron: "0 1-2 * * *" }'],
      ['"0 0 * * *"', '{ cron: "0 0 * * *", timezone: Etc/UTC }'],
      ['"0 * * * *"', '{ cron: "0 * * * *", timezone: Europe/Berlin }'],
      ["{ every: 60m }", "{ every: 1h }"],
      ["{ after: [a, b] }", "{ after: [b, a] }"],
      ['{ cron: "0 0 * * *", start: 2024-01-01 }', '{ cron: "0 0 * * *", start: 2025-01-01 }'],
    ] as const) {
      expect([before, after, await change(before, after)]).toEqual([before, after, []]);
    }
  });

  test("that can't be read are reported as that alone", async () => {
    expect(await change('"0 2 * * *"', '"0 25 * * *"')).toEqual([]);
    expect(await change('"0 2 * * *"', '["0 3 * * *", "0 25 * * *"]')).toEqual([]);
    expect(await change('"0 2 * * *"', '{ cron: "0 2 * * *", timezone: Nowhere }')).toEqual([]);
    expect(await change('"0 25 * * *"', '"0 2 * * *"')).toEqual([]);
  });
});

test("whatever the bytes, nothing is thrown and places are in their files", async () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      TASKS,
      OTHER,
      `name: x\n${TASKS}`,
      "schedule: '* * * * *'\n",
      "{",
      "params: {a: 1}\ntasks: {a: {noop: }}",
    ),
  );
  const files = fc.dictionary(fc.constantFrom("a.yaml", "b.yaml", "c.yaml"), text);
  await fc.assert(
    fc.asyncProperty(files, files, async (before, after) => {
      for (const { file, range } of await compare(before, after)) {
        const length = (after[file] ?? before[file] ?? "").length;
        expect(range.start.offset).toBeLessThanOrEqual(range.end.offset);
        expect(range.end.offset).toBeLessThanOrEqual(length);
      }
    }),
    { numRuns: 200, seed: 3 },
  );
});
