import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { callEngine } from "../../../support/fake-cli.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const GREET = `export default {
  name: "greet",
  summary: "Greets somebody",
  schema: { type: "object", properties: { name: { type: "string" } }, additionalProperties: false },
  start: async (host) => { host.log("hello"); return { state: "success", outputs: {} }; },
};
`;

function project(plugin = GREET, task = "greet: { name: Ada }"): string {
  const cwd = temporaryFolder();
  const files = {
    "engine.yaml": "# ours\nplugins:\n  - ./plugins/greet.mjs\n",
    "plugins/greet.mjs": plugin,
    "pipelines/hello.yaml": `timeout: 1h\ntasks:\n  hello:\n    ${task}\n`,
    "pipelines/other.yaml": "timeout: 1h\ntasks:\n  a: { needs: nobody, noop: {} }\n",
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), text);
  }
  return cwd;
}

describe("an operator of a plugin", () => {
  test("is checked as a built-in one is", async () => {
    const validate = ["validate", "pipelines/hello.yaml", "--format", "concise"];
    expect(await callEngine(validate, { cwd: project() })).toMatchObject({ code: 0 });
    const { code, stdout } = await callEngine(validate, { cwd: project(GREET, "greet: { nam: Ada }") });
    expect(code).toBe(1);
    expect(stdout).toMatch(/hello\.yaml:4:14: error\[ENG602\].*`nam`.*did you mean `name`/);
  });

  test("stands in the schema of the project, and in that of no other", async () => {
    const own = await callEngine(["schema", "pipeline"], { cwd: project() });
    const { definitions } = JSON.parse(own.stdout) as { definitions: Record<string, unknown> };
    expect(definitions.operator_greet).toMatchObject({ type: "object" });
    expect((await callEngine(["schema"], { cwd: temporaryFolder() })).stdout).not.toContain("operator_greet");
  });

  test("runs", async () => {
    expect(await callEngine(["run", "hello"], { cwd: project() })).toMatchObject({ code: 0 });
  });
});

describe("a plugin that can't be used", () => {
  const broken = () => project('throw new Error("no luck");');

  test("is a finding where engine.yaml lists it, and the rest is checked", async () => {
    const { code, stdout } = await callEngine(["validate", "--format", "concise"], { cwd: broken() });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^engine\.yaml:3:5: error\[ENG905\].*plugin `\.\/plugins\/greet\.mjs`.*no luck/m);
    expect(stdout).toMatch(/other\.yaml:3:\d+: error\[ENG302\]/);
  });

  test.each([["run", "hello"], ["graph", "hello"], ["pipelines", "list"], ["fmt", "--check"], ["schema"]])(
    "ends `engine %s` with exit code 2",
    async (...args) => {
      const { code, stderr } = await callEngine(args, { cwd: broken() });
      expect(code).toBe(2);
      expect(stderr).toContain("engine.yaml:3:5");
      expect(stderr).toContain("error: plugin `./plugins/greet.mjs` can't be loaded: Error: no luck");
    },
  );
});
