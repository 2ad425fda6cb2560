import { afterAll, beforeAll, expect, test } from "vitest";
import { config_properties, file_properties } from "../../src/config/definition.ts";
import { LanguageServer } from "./language-server.ts";

/*
 * What somebody sees who edits engine.yaml.
 */

const MODELINE = "# yaml-language-server: $schema=schemas/engine.schema.json\n";

let server: LanguageServer;

beforeAll(async () => {
  server = await LanguageServer.start();
});

afterAll(async () => {
  await server.stop();
});

test("an editor offers every key of engine.yaml", async () => {
  const { uri, diagnostics } = await server.open("engine_1.yaml", MODELINE);
  expect(diagnostics).toEqual([]);
  expect([...(await server.complete(uri, { line: 1, character: 0 }))].sort()).toEqual(
    Object.keys({ ...config_properties, ...file_properties }).sort(),
  );
});

test("an editor says on hover what a key means", async () => {
  const { uri } = await server.open("engine_2.yaml", `${MODELINE}concurrency: 4\n`);
  expect(await server.hover(uri, { line: 1, character: 3 })).toContain("How many attempts may run at once");
});

test("an editor marks an unknown key and a wrong value where they stand", async () => {
  const { diagnostics } = await server.open("engine_3.yaml", `${MODELINE}pool: {}\nconcurrency: 0\n`);
  expect(diagnostics.map(({ range }) => range.start.line).sort()).toEqual([1, 2]);
});
