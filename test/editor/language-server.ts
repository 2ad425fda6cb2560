import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../support/repository.ts";

/*
 * The YAML language server that editors use, spoken to as an editor does: JSON-RPC over its standard
 * input and output.
 */

export interface EditorPosition {
  readonly line: number;
  readonly character: number;
}

export interface EditorDiagnostic {
  readonly message: string;
  readonly range: { readonly start: EditorPosition; readonly end: EditorPosition };
}

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const SETTINGS: Readonly<Record<string, unknown>> = {
  yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false } },
};

export class LanguageServer {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  /** Who waits for the diagnostics of a document, by its URI. */
  readonly #watching = new Map<string, (diagnostics: readonly EditorDiagnostic[]) => void>();
  #received = Buffer.alloc(0);
  #lastId = 0;

  private constructor() {
    const bin = createRequire(import.meta.url).resolve("yaml-language-server/bin/yaml-language-server");
    this.#process = spawn(process.execPath, [bin, "--stdio"], { stdio: "pipe" });
    this.#process.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#process.on("exit", (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the language server ended with ${code}`));
    });
  }

  static async start(): Promise<LanguageServer> {
    const server = new LanguageServer();
    const capabilities = {
      textDocument: { completion: {}, hover: {}, publishDiagnostics: {} },
      workspace: { configuration: true },
    };
    await server.request("initialize", { processId: process.pid, rootUri: pathToFileURL(ROOT).href, capabilities });
    server.#send({ method: "initialized", params: {} });
    return server;
  }

  /** Opens a document that is not on disk, as if it stood at this path of the repository; gives its first diagnostics. */
  async open(path: string, text: string): Promise<{ uri: string; diagnostics: readonly EditorDiagnostic[] }> {
    const uri = pathToFileURL(join(ROOT, path)).href;
    const diagnostics = new Promise<readonly EditorDiagnostic[]>((resolve) => this.#watching.set(uri, resolve));
    this.#send({
      method: "textDocument/didOpen",
      params: { textDocument: { uri, languageId: "yaml", version: 1, text } },
    });
    return { uri, diagnostics: await diagnostics };
  }

  /** The labels that are offered at a place. */
  async complete(uri: string, position: EditorPosition): Promise<readonly string[]> {
    const result = (await this.request("textDocument/completion", { textDocument: { uri }, position })) as {
      items: { label: string }[];
    };
    return result.items.map((item) => item.label);
  }

  /** What is shown on hovering over a place. */
  async hover(uri: string, position: EditorPosition): Promise<string> {
    const result = (await this.request("textDocument/hover", { textDocument: { uri }, position })) as {
      contents: { value: string };
    } | null;
    return result?.contents.value ?? "";
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#process.on("exit", () => resolve()));
    await this.request("shutdown", null);
    this.#send({ method: "exit" });
    await ended;
  }

  request(method: string, params: unknown): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#send({ id, method, params });
    return answer;
  }

  #send(message: Message): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.#process.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.#process.stdin.write(body);
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const headerEnd = this.#received.indexOf("\r\n\r\n");
      const length = Number(
        /Content-Length: (\d+)/i.exec(this.#received.subarray(0, Math.max(headerEnd, 0)).toString())?.[1],
      );
      const bodyEnd = headerEnd + 4 + length;
      if (headerEnd === -1 || this.#received.length < bodyEnd) return;
      const body = this.#received.subarray(headerEnd + 4, bodyEnd).toString();
      this.#received = this.#received.subarray(bodyEnd);
      this.#handle(JSON.parse(body) as Message);
    }
  }

  #handle(message: Message): void {
    const { id, method, params } = message;
    if (method === undefined) {
      const waiting = this.#waiting.get(Number(id));
      this.#waiting.delete(Number(id));
      if (message.error === undefined) waiting?.resolve(message.result);
      else waiting?.reject(new Error(message.error.message));
    } else if (method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = params as { uri: string; diagnostics: readonly EditorDiagnostic[] };
      this.#watching.get(uri)?.(diagnostics);
    } else if (id !== undefined) {
      const { items } = (params ?? {}) as { items?: { section?: string }[] };
      const result =
        method === "workspace/configuration" ? items?.map(({ section = "" }) => SETTINGS[section] ?? {}) : null;
      this.#send({ id, result });
    }
  }
}
