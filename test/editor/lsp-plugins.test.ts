import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LspClient } from "./lsp-client.ts";

const GREET = `export default {
  name: "greet",
  summary: "Greets somebody",
  schema: { type: "object", properties: { formal: { type: "boolean" } }, additionalProperties: false },
  start: async () => ({ state: "success", outputs: {} }),
};
`;

let client: LspClient;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "engine-lsp-"));
  mkdirSync(join(folder, "pipelines"));
  writeFileSync(join(folder, "greet.mjs"), GREET);
  writeFileSync(join(folder, "engine.yaml"), "plugins: [./greet.mjs]\n");
  client = await LspClient.start(folder);
});

afterAll(async () => {
  await client.stop();
  expect(client.stderr).toBe("");
  rmSync(folder, { recursive: true });
});

test("the operators of plugins and their keys are known, and offered", async () => {
  const path = "pipelines/p.yaml";
  expect(await client.open(path, "timeout: 1h\ntasks:\n  a:\n    greet: { form: true }\n")).toMatchObject([
    { code: "ENG602" },
  ]);
  const keys = await client.complete(path, { line: 3, character: "    greet: { form".length });
  expect(keys.map(({ label }) => label)).toContain("formal");
});

test("a plugin that can't be used is found in engine.yaml", async () => {
  expect(await client.open("engine.yaml", "plugins: [./greet.mjs, ./gone.mjs]\n")).toMatchObject([{ code: "ENG905" }]);
});
