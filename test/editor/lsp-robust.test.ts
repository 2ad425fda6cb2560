import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../support/repository.ts";
import { LspClient } from "./lsp-client.ts";

/*
 * Any edit of any text, and any request at any place of it: an answer comes, and the server goes on.
 */

let client: LspClient;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "engine-lsp-"));
  mkdirSync(join(folder, "pipelines"));
  client = await LspClient.start(folder);
});

afterAll(async () => {
  expect(await client.stop()).toBe(0);
  expect(client.stderr).toBe("");
  rmSync(folder, { recursive: true });
});

const SEED_TEXT = readFileSync(join(ROOT, "examples/ml-training/pipeline.yaml"), "utf8");

const piece = fc.oneof(
  fc.constantFrom("tasks:", "\n", "\r\n", "\r", "  ", "- ", ": ", "${{ ", " }}", "tasks.", '["', "[", "{", "}", "]"),
  fc.constantFrom(
    "needs: ",
    "bash: |\n",
    "branch:\n",
    "schedule: ",
    "*a",
    "&a ",
    "#",
    "\uFEFF",
    "\0",
    "\uD800",
    "😀",
    "'",
    '"',
    "\t",
    "---\n",
  ),
  fc.string({ maxLength: 8 }),
);
const place = fc.record({ line: fc.nat(40), character: fc.nat(60) });
const change = fc.record({
  start: place,
  end: place,
  text: fc.array(piece, { maxLength: 6 }).map((all) => all.join("")),
});

/** What is asked at each place. */
const REQUESTS: readonly (readonly [string, object])[] = [
  ["textDocument/completion", {}],
  ["textDocument/hover", {}],
  ["textDocument/definition", {}],
  ["textDocument/references", { context: { includeDeclaration: true } }],
  ["textDocument/documentSymbol", {}],
  ["textDocument/formatting", { options: { tabSize: 2, insertSpaces: true } }],
];

let files = 0;

test("every request is answered, whatever was typed", async () => {
  const errors: unknown[] = [];
  client.connection.onNotification("window/logMessage", (message) => void errors.push(message));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ change, at: place }), { minLength: 1, maxLength: 6 }), async (steps) => {
      files += 1;
      const path = `pipelines/any_${files}.yaml`;
      const uri = client.uri(path);
      await client.notify("textDocument/didOpen", {
        textDocument: { uri, languageId: "yaml", version: 1, text: SEED_TEXT },
      });
      for (const [index, { change: edit, at }] of steps.entries()) {
        const { start, end, text } = edit;
        const contentChanges = [{ range: { start, end }, text }];
        await client.notify("textDocument/didChange", { textDocument: { uri, version: index + 2 }, contentChanges });
        const textDocument = { uri };
        for (const [method, more] of REQUESTS) {
          await client.connection.sendRequest(method, { textDocument, position: at, ...more });
        }
        const range = { start: at, end: at };
        const params = { textDocument, range, context: { diagnostics: [] } };
        await client.connection.sendRequest("textDocument/codeAction", params);
        await renameAnywhere(uri, at);
      }
      await client.notify("textDocument/didClose", { textDocument: { uri } });
    }),
    { numRuns: 60 },
  );
  expect(errors).toEqual([]);
});

/** A refusal is an answer too; a failure of ours is none. */
async function renameAnywhere(uri: string, position: object): Promise<void> {
  /** `RequestFailed` of the protocol. */
  const refused = -32803;
  for (const [method, more] of [
    ["prepareRename", {}],
    ["rename", { newName: "other" }],
  ] as const) {
    try {
      await client.connection.sendRequest(`textDocument/${method}`, { textDocument: { uri }, position, ...more });
    } catch (error) {
      expect(error).toMatchObject({ code: refused });
    }
  }
}
