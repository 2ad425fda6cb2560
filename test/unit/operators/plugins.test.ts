import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { operators as builtIn, withPlugins } from "../../../src/operators/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** The fields that an operator has to have. */
const greet = (more = "", name = "greet"): string =>
  `{ name: "${name}", summary: "Greets", schema: { type: "object" }, start: async () => ({ state: "success", outputs: {} }), ${more} }`;

/** What becomes of a plugin, or of several, by their file. */
function load(files: Readonly<Record<string, string>>, modules = Object.keys(files).map((file) => `./${file}`)) {
  const root = temporaryFolder();
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return withPlugins(builtIn, root, modules);
}

/** The one problem of the one plugin. */
function problemOf(text: string): string {
  const { problems, operators } = load({ "plugin.mts": text });
  expect(problems).toMatchObject([{ index: 0 }]);
  expect([...operators.keys()]).toEqual([...builtIn.keys()]);
  expect(problems[0]?.hint).not.toBe("");
  return problems[0]?.message.replace("plugin `./plugin.mts` ", "") ?? "";
}

describe("a plugin", () => {
  test.each([
    ["its default export", `export default ${greet()};`],
    ["a list", `export default [${greet()}, ${greet("", "wave")}];`],
    ["the export `operators`", `export const operators: object[] = [${greet()}];`],
  ])("brings an operator as %s", (_, text) => {
    const { operators, problems } = load({ "plugin.mts": text });
    expect(problems).toEqual([]);
    expect(operators.get("greet")).toMatchObject({
      docs: "Greets",
      branch: false,
      shell_keys: [],
      secret_keys: [],
      expression_keys: [],
    });
    expect(operators.get("bash")).toBe(builtIn.get("bash"));
  });

  test("may be a package, also one with an entry for `import` alone", () => {
    const manifest = { name: "@acme/op", version: "1.0.0", type: "module", exports: { import: "./main.js" } };
    const { operators, problems } = load(
      {
        "node_modules/@acme/op/package.json": JSON.stringify(manifest),
        "node_modules/@acme/op/main.js": `export default ${greet()};`,
      },
      ["@acme/op"],
    );
    expect(problems).toEqual([]);
    expect(operators.has("greet")).toBe(true);
  });

  test("gets defaults from its schema, and a value that is no mapping becomes `value`", () => {
    const schema = 'schema: { type: ["object", "string"], properties: { name: { type: "string", default: "world" } } }';
    const greeting = load({ "plugin.mts": `export default ${greet(schema)};` }).operators.get("greet");
    expect(greeting?.normalise({})).toEqual({ name: "world" });
    expect(greeting?.normalise({ name: "Ada" })).toEqual({ name: "Ada" });
    expect(greeting?.normalise("Ada")).toEqual({ value: "Ada" });
    expect(greeting?.validate?.({ name: 5 })).toBe(false);
    expect(greeting?.validate?.({ name: "Ada" })).toBe(true);
  });

  test("without any, nothing is loaded and the operators are the built-in ones", () => {
    expect(withPlugins(builtIn, "/nowhere", [])).toEqual({ operators: builtIn, problems: [] });
  });

  test("is told from another by the content of every file that it consists of", () => {
    const text = `import "./helper.mts";\nexport default ${greet()};`;
    const identity = (helper: string) => {
      const files = { "helper.mts": helper, "plugin.mts": text };
      return load(files, ["./plugin.mts"]).identity;
    };
    expect(identity("export const a = 1;")).not.toBe(identity("export const a = 2;"));
  });
});

describe("a plugin is refused, by its name, when", () => {
  test.each([
    ["it throws", 'throw new Error("no luck\\nat all");', "can't be loaded: Error: no luck"],
    ["it is no TypeScript", "export default {{;", /^can't be loaded: SyntaxError: /],
    [
      "it imports what is not there",
      'import "./gone.ts"; export default {};',
      /^can't be loaded: Error: Cannot find module .*gone/,
    ],
    ["it awaits at the top level", "await 1; export default {};", /^can't be loaded: Error: .*top-level await/],
    ["it exports nothing", "export const greet = 1;", "exports no operator"],
    ["it exports an empty list", "export default [];", "exports no operator"],
    ["it exports something else", "export default 5;", "can't be used: its operator is no object"],
    ["it has no name", 'export default { summary: "x" };', "can't be used: `name` of its operator must be a string"],
    [
      "it has no start",
      `export default ${greet("start: undefined")};`,
      "can't be used: operator `greet` has no `start`",
    ],
    [
      "a field has another type",
      `export default ${greet('secret_keys: "a"')};`,
      "can't be used: `secret_keys` of operator `greet` must be a list of strings",
    ],
    [
      "a field means nothing",
      `export default ${greet("secret_key: []")};`,
      "can't be used: operator `greet` has a field `secret_key`, which means nothing",
    ],
    [
      "it is a branch without targets",
      `export default ${greet("branch: true")};`,
      "can't be used: operator `greet` is a branch and has no `targets`",
    ],
    [
      "its name has another form",
      `export default ${greet("", "Greet me")};`,
      "can't be used: the name `Greet me` of its operator has not the form of one",
    ],
    [
      "its name is built in",
      `export default ${greet("", "bash")};`,
      "has an operator `bash`, but that is a built-in one",
    ],
    [
      "its name is a key of tasks",
      `export default ${greet("", "timeout")};`,
      "can't be used: `timeout` is a key that all tasks have",
    ],
    [
      "two of its operators have one name",
      `export default [${greet()}, ${greet()}];`,
      "has an operator `greet`, but so has `./plugin.mts`",
    ],
    [
      "its schema is none",
      `export default ${greet('schema: { type: "text" }')};`,
      /^can't be used: `schema` of operator `greet` is no JSON Schema: /,
    ],
    [
      "its schema has an unknown keyword",
      `export default ${greet('schema: { descripton: "x" }')};`,
      /unknown keyword: "descripton"/,
    ],
  ])("%s", (_, text, expected) => {
    expect(problemOf(text)).toEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
  });

  test("there is no such file, or no such package", () => {
    const { problems } = load({}, ["./gone.ts", "@acme/gone"]);
    expect(problems).toMatchObject([
      { index: 0, message: "plugin `./gone.ts` can't be loaded: Error: Cannot find module './gone.ts'" },
      { index: 1, message: "plugin `@acme/gone` can't be loaded: Error: Cannot find module '@acme/gone'" },
    ]);
    expect(problems[1]?.hint).toContain("npm install");
  });

  test("another plugin has its name; that one stays, and so do those that follow", () => {
    const { operators, problems } = load({
      "a.mts": `export default ${greet()};`,
      "b.mts": `export default [${greet("", "wave")}, ${greet()}];`,
      "c.mts": `export default ${greet("", "bow")};`,
    });
    expect(problems).toMatchObject([
      { index: 1, message: "plugin `./b.mts` has an operator `greet`, but so has `./a.mts`" },
    ]);
    expect([operators.has("greet"), operators.has("wave"), operators.has("bow")]).toEqual([true, false, true]);
  });
});
