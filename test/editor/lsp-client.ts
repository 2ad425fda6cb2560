import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type ClientCapabilities,
  type CodeAction,
  type CompletionItem,
  createProtocolConnection,
  type Diagnostic,
  type Hover,
  type InitializeParams,
  type InitializeResult,
  type Location,
  type Position,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { builtCli } from "../support/built-cli.ts";
import { plainEnvironment } from "../support/engine-command.ts";

/*
 * `engine lsp`, spoken to as an editor does.
 */

const CAPABILITIES: ClientCapabilities = {
  textDocument: {
    publishDiagnostics: { relatedInformation: true },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix"] } } },
  },
  workspace: { workspaceFolders: true, didChangeWatchedFiles: { dynamicRegistration: true } },
};

export interface StartOptions {
  /** What to start with Node; by default the command line from its sources. */
  readonly program?: readonly string[];
  readonly args?: readonly string[];
  readonly initialize?: Partial<InitializeParams>;
}

interface Waiter {
  readonly uri: string;
  readonly wanted: (params: PublishDiagnosticsParams) => boolean;
  readonly resolve: (params: PublishDiagnosticsParams) => void;
  readonly reject: (error: Error) => void;
}

export class LspClient {
  readonly process: ChildProcessWithoutNullStreams;
  readonly connection: ProtocolConnection;
  readonly folder: string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  readonly published: PublishDiagnosticsParams[] = [];
  /** What it asked the client to do later, by method. */
  readonly registered: string[] = [];
  result: InitializeResult | undefined;
  stderr = "";
  readonly #waiters: Waiter[] = [];
  readonly #versions = new Map<string, number>();

  private constructor(folder: string, { program = [builtCli()], args = ["--stdio"] }: StartOptions) {
    this.folder = folder;
    this.process = spawn(process.execPath, [...program, "lsp", ...args], { cwd: folder, env: plainEnvironment() });
    this.ended = new Promise((resolve) => this.process.on("exit", (code) => resolve(code)));
    this.process.stderr.on("data", (chunk) => {
      this.stderr += chunk;
    });
    const reader = new StreamMessageReader(this.process.stdout);
    this.connection = createProtocolConnection(reader, new StreamMessageWriter(this.process.stdin));
    this.connection.onNotification("textDocument/publishDiagnostics", (params: PublishDiagnosticsParams) => {
      this.published.push(params);
      for (const waiter of [...this.#waiters]) {
        if (waiter.uri !== params.uri || !waiter.wanted(params)) continue;
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        waiter.resolve(params);
      }
    });
    this.connection.onNotification("window/logMessage", ({ message }: { message: string }) => {
      for (const { reject } of this.#waiters.splice(0)) reject(new Error(`the server says: ${message}`));
    });
    this.connection.onRequest("client/registerCapability", ({ registrations }) => {
      this.registered.push(...registrations.map(({ method }: { method: string }) => method));
      return null;
    });
    this.connection.listen();
  }

  /** Starts the server for a folder (absolute), up to `initialized`. */
  static async start(folder: string, options: StartOptions = {}): Promise<LspClient> {
    const client = new LspClient(folder, options);
    const died = client.ended.then((code) => {
      throw new Error(`the server ended with ${code}: ${client.stderr}`);
    });
    const started = client.connection.sendRequest<InitializeResult>("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(folder).href,
      workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "folder" }],
      capabilities: CAPABILITIES,
      ...options.initialize,
    });
    client.result = await Promise.race([started, died]);
    died.catch(() => {});
    await client.connection.sendNotification("initialized", {});
    return client;
  }

  uri(path: string): string {
    return pathToFileURL(join(this.folder, path)).href;
  }

  /** Opens a document, whether or not it stands on disk; gives its first diagnostics. */
  async open(path: string, text: string): Promise<readonly Diagnostic[]> {
    const uri = this.uri(path);
    const told = this.diagnostics(path, () => true);
    this.#versions.set(uri, 1);
    await this.notify("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text } });
    return told;
  }

  /** Replaces the whole text; gives the diagnostics of the new one. */
  async change(path: string, text: string): Promise<readonly Diagnostic[]> {
    return this.edit(path, [{ text }]);
  }

  async edit(path: string, contentChanges: readonly object[]): Promise<readonly Diagnostic[]> {
    const uri = this.uri(path);
    const version = (this.#versions.get(uri) ?? 0) + 1;
    this.#versions.set(uri, version);
    const told = this.diagnostics(path, (params) => params.version === version);
    await this.notify("textDocument/didChange", { textDocument: { uri, version }, contentChanges });
    return told;
  }

  /** The next diagnostics of a document that are as wanted. */
  async diagnostics(path: string, wanted: Waiter["wanted"]): Promise<readonly Diagnostic[]> {
    const uri = this.uri(path);
    const params = await new Promise<PublishDiagnosticsParams>((resolve, reject) => {
      this.#waiters.push({ uri, wanted, resolve, reject });
    });
    return params.diagnostics;
  }

  notify(method: string, params: unknown): Promise<void> {
    return this.connection.sendNotification(method, params);
  }

  at<T>(method: string, path: string, position: Position, more: object = {}): Promise<T> {
    return this.connection.sendRequest(method, { textDocument: { uri: this.uri(path) }, position, ...more });
  }

  async complete(path: string, position: Position): Promise<readonly CompletionItem[]> {
    return (await this.at<CompletionItem[] | null>("textDocument/completion", path, position)) ?? [];
  }

  /** What is shown, in Markdown; empty when nothing is. */
  async hover(path: string, position: Position): Promise<string> {
    const shown = await this.at<Hover | null>("textDocument/hover", path, position);
    return (shown?.contents as { value: string } | undefined)?.value ?? "";
  }

  definition(path: string, position: Position): Promise<Location | null> {
    return this.at("textDocument/definition", path, position);
  }

  rename(path: string, position: Position, newName: string): Promise<WorkspaceEdit | null> {
    return this.at("textDocument/rename", path, position, { newName });
  }

  codeActions(path: string, { range }: Pick<Diagnostic, "range">): Promise<readonly CodeAction[]> {
    const textDocument = { uri: this.uri(path) };
    return this.connection.sendRequest("textDocument/codeAction", {
      textDocument,
      range,
      context: { diagnostics: [] },
    });
  }

  /** Ends it as an editor does; resolves with its exit code. */
  async stop(): Promise<number | null> {
    await this.connection.sendRequest("shutdown");
    await this.notify("exit", null);
    return this.ended;
  }
}

/** A text without its `│`, and where that stood. */
export function place(marked: string): { readonly text: string; readonly position: Position } {
  const before = marked.slice(0, marked.indexOf("│")).split("\n");
  const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  return { text: marked.replace("│", ""), position };
}

/** A text with edits carried out. Lines end with `\n` alone. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const lines = text.split("\n");
  const offset = ({ line, character }: Position): number =>
    lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
  return [...edits]
    .sort((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce(
      (done, { range, newText }) => done.slice(0, offset(range.start)) + newText + done.slice(offset(range.end)),
      text,
    );
}
