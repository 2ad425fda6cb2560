import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LspClient } from "./lsp-client.ts";

const CONNECTIONS = `connections:
  models: { type: http, base_url: https://models.example.com }
  metrics: { type: sqlite, file: metrics.db }
`;

let client: LspClient;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "engine-lsp-"));
  mkdirSync(join(folder, "pipelines"));
  writeFileSync(join(folder, "engine.yaml"), CONNECTIONS);
  client = await LspClient.start(folder);
});

afterAll(async () => {
  await client.stop();
  expect(client.stderr).toBe("");
  rmSync(folder, { recursive: true });
});

test("the connections that an operator can use are offered, and one that isn't there is found", async () => {
  const line = "    http: { url: /a, connection: model }";
  const path = "pipelines/p.yaml";
  expect(await client.open(path, `tasks:\n  a:\n${line}\n`)).toMatchObject([{ code: "ENG610" }]);
  const items = await client.complete(path, { line: 2, character: line.length - 2 });
  expect(items.map(({ label }) => label)).toEqual(["models"]);
});

test("a credential in engine.yaml is found while it is being written", async () => {
  const found = await client.open("engine.yaml", `${CONNECTIONS}  chat: { type: slack, token: abc }\n`);
  expect(found).toMatchObject([{ code: "ENG701" }]);
});
