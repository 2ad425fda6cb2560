import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtCli } from "../support/built-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { LspClient, type StartOptions } from "./lsp-client.ts";

/*
 * How the server begins and ends, and what it bears.
 */

function start(options?: StartOptions): Promise<LspClient> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "pipelines"));
  return LspClient.start(folder, options);
}

test("the built command says who it is, what it can do, checks, and ends with 0 after a shutdown", async () => {
  const client = await start({ program: [builtCli()] });
  expect(client.result).toMatchObject({
    serverInfo: { name: "engine" },
    capabilities: { completionProvider: {}, hoverProvider: true, renameProvider: { prepareProvider: true } },
  });
  expect(await client.open("pipelines/a.yaml", "tasks: { a: { needs: b, noop: {} } }\n")).toMatchObject([
    { code: "ENG302" },
  ]);
  expect(await client.hover("pipelines/a.yaml", { line: 0, character: 2 })).toContain("The tasks, by id");
  expect(await client.stop()).toBe(0);
  expect(client.stderr).toBe("");
});

test("it takes what editors put on its command line, and no other", async () => {
  const client = await start({ args: ["--stdio", `--clientProcessId=${process.pid}`] });
  expect(await client.stop()).toBe(0);
  await expect(start({ args: ["--socket=1"] })).rejects.toThrow(/unknown option '--socket=1'/);
});

test("it ends with 1 when it is told to without a shutdown", async () => {
  const client = await start();
  await client.notify("exit", null);
  expect(await client.ended).toBe(1);
});

test("it ends when its input is closed", async () => {
  const client = await start();
  client.process.stdin.end();
  expect(await client.ended).toBe(1);
});

test("it ends when the client is gone, though its input stays open", async () => {
  const editor = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const client = await start({ initialize: { processId: editor.pid ?? null } });
  editor.kill("SIGKILL");
  expect(await client.ended).toBe(1);
});

test("it answers at once while a large file is being written, from what was read last", async () => {
  const client = await start();
  const task = (id: number) => `  task_${id}:\n    needs: task_0\n    bash: |\n      echo \${{ ds }} and more text\n`;
  let text = "tasks:\n  task_0: { noop: {} }\n";
  for (let id = 1; text.length < 400_000; id += 1) text += task(id);
  expect(await client.open("pipelines/large.yaml", text)).toEqual([]);
  const end = text.split("\n").length - 1;
  const insert = {
    range: { start: { line: end, character: 0 }, end: { line: end, character: 0 } },
    text: "  late: { noop: {} }\n  z: { needs: [ta",
  };
  let isTold = false;
  const told = client.edit("pipelines/large.yaml", [insert]).then(() => {
    isTold = true;
  });
  const items = await client.complete("pipelines/large.yaml", { line: end + 1, character: 17 });
  expect(isTold).toBe(false);
  const labels = items.map(({ label }) => label);
  expect(labels).toContain("task_7");
  expect(labels).not.toContain("late");
  await told;
  expect(await client.stop()).toBe(0);
});

test("without the client's further abilities it keeps to the oldest forms", async () => {
  const client = await start({ initialize: { capabilities: {}, workspaceFolders: null } });
  const path = "pipelines/plain.yaml";
  const diagnostics = await client.open(path, "tasks:\n  a: { noop: {} }\n  b: { needs: aa, noop: {} }\n");
  expect(diagnostics).toMatchObject([{ code: "ENG302" }]);
  expect(diagnostics[0]?.relatedInformation).toBeUndefined();
  const symbols: readonly object[] = await client.connection.sendRequest("textDocument/documentSymbol", {
    textDocument: { uri: client.uri(path) },
  });
  expect(symbols).toMatchObject([{ name: "a", location: { uri: client.uri(path) } }, { name: "b" }]);
  expect(client.registered).toEqual([]);
  expect(await client.stop()).toBe(0);
});
