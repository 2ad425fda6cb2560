import type { Readable, Writable } from "node:stream";
import {
  CodeActionKind,
  createConnection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  ProposedFeatures,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { Checker } from "./checker.ts";
import { type Client, clientOf } from "./client.ts";
import { pathOf } from "./paths.ts";
import { codeActions } from "./requests/code-actions.ts";
import { completion } from "./requests/completion.ts";
import { definition, references } from "./requests/definition.ts";
import { documentSymbols } from "./requests/document-symbols.ts";
import { formatting } from "./requests/formatting.ts";
import { hover } from "./requests/hover.ts";
import { prepareRename, rename } from "./requests/rename.ts";
import type { Surroundings } from "./surroundings.ts";
import { Workspace } from "./workspace.ts";

export interface ServeOptions extends Surroundings {
  readonly input: Readable;
  readonly output: Writable;
  /** The engine's. */
  readonly version: string;
}

/** Characters after which an editor asks what may follow. */
const TRIGGERS = [" ", ".", "[", "{", '"', "'"];

/**
 * Speaks the language server protocol. The process ends when the client says so, closes the input, or is gone: with 0
 * after a shutdown, with 1 without one.
 */
export function serve(options: ServeOptions): void {
  const connection = createConnection(ProposedFeatures.all, options.input, options.output);
  const documents = new TextDocuments(TextDocument);
  const workspace = new Workspace(options);
  let client: Client = clientOf({});
  const checker = new Checker(workspace, {
    docsUrl: (code) => options.docsUrl(code),
    related: () => client.related,
    publish: (uri, version, diagnostics) =>
      void connection.sendDiagnostics({ uri, diagnostics, ...(version === undefined ? {} : { version }) }),
    warn: (message) => connection.console.warn(message),
    failed: (error) =>
      connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  });

  connection.onInitialize((params) => {
    client = clientOf(params.capabilities);
    workspace.setFolders(foldersOf(params));
    return capabilities(options.version, client);
  });
  connection.onInitialized(() => {
    if (client.watchesFiles) {
      const watchers = [{ globPattern: "**/*.{yaml,yml}" }];
      void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    }
    if (!client.folderChanges) return;
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      const gone = new Set(removed.map(({ uri }) => pathOf(uri)));
      const come = added.flatMap(({ uri }) => pathOf(uri) ?? []);
      workspace.setFolders([...workspace.folders.filter((folder) => !gone.has(folder)), ...come]);
      checker.lookAround();
    });
  });

  documents.onDidOpen(({ document }) => {
    const opened = workspace.open(document);
    if (opened !== undefined) checker.opened(opened);
  });
  documents.onDidChangeContent(({ document }) => checker.changed(document.uri));
  documents.onDidSave(() => checker.lookAround());
  documents.onDidClose(({ document }) => {
    const closed = workspace.close(document.uri);
    if (closed !== undefined) checker.closed(closed);
  });
  connection.onDidChangeWatchedFiles(() => checker.lookAround());

  connection.onCompletion(({ textDocument, position }) => {
    const opened = workspace.pipeline(textDocument.uri);
    return opened && [...completion(opened, position, workspace)];
  });
  connection.onHover(({ textDocument, position }) => {
    const opened = workspace.pipeline(textDocument.uri);
    return opened && hover(opened, position, checker.shown(textDocument.uri), options);
  });
  connection.onDefinition(({ textDocument, position }) => {
    const opened = workspace.pipeline(textDocument.uri);
    return opened && definition(opened, position, workspace);
  });
  connection.onReferences(({ textDocument, position, context }) => {
    const opened = workspace.pipeline(textDocument.uri);
    return opened && [...references(opened, position, context.includeDeclaration)];
  });
  connection.onPrepareRename(({ textDocument, position }) => {
    const opened = workspace.pipeline(textDocument.uri);
    return opened && prepareRename(opened, position);
  });
  connection.onRenameRequest(({ textDocument, position, newName }) => {
    const opened = workspace.pipeline(textDocument.uri);
    return opened && rename(opened, position, newName, client);
  });
  connection.onDocumentSymbol(({ textDocument }) => {
    const opened = workspace.pipeline(textDocument.uri);
    return opened && documentSymbols(opened, client);
  });
  connection.onCodeAction((params) => {
    const opened = workspace.pipeline(params.textDocument.uri);
    return opened && [...codeActions(opened, params, workspace, client, checker.showOptions(opened.project))];
  });

  connection.onDocumentFormatting(({ textDocument }) => {
    const opened = workspace.get(textDocument.uri);
    return opened && workspace.isChecked(opened.document) ? formatting(opened) : undefined;
  });

  // Our own handlers come first, so that the last words of a document are known when the connection is closed.
  documents.listen(connection);
  connection.onShutdown(() => checker.stop());
  connection.listen();
}

function foldersOf({ workspaceFolders, rootUri }: InitializeParams): readonly string[] {
  const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri === null ? [] : [rootUri]);
  return uris.flatMap((uri) => pathOf(uri) ?? []);
}

function capabilities(version: string, client: Client): InitializeResult {
  return {
    serverInfo: { name: "engine", version },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
      completionProvider: { triggerCharacters: TRIGGERS },
      hoverProvider: true,
      definitionProvider: true,
      referencesProvider: true,
      renameProvider: { prepareProvider: true },
      documentSymbolProvider: true,
      documentFormattingProvider: true,
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
      ...(client.folderChanges
        ? { workspace: { workspaceFolders: { supported: true, changeNotifications: true } } }
        : {}),
    },
  };
}
