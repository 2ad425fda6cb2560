import type { ClientCapabilities } from "vscode-languageserver/node";

/** What the client can do, as far as answers depend on it. */
export interface Client {
  /** Shows places that belong to a finding. */
  readonly related: boolean;
  /** Takes edits with the version of the document that they are for. */
  readonly versionedEdits: boolean;
  /** Shows symbols as a tree. */
  readonly symbolTree: boolean;
  /** Tells of files that change, when it is asked to. */
  readonly watchesFiles: boolean;
  /** Takes changes of the workspace's folders. */
  readonly folderChanges: boolean;
  /** Takes quick fixes as such, not as commands. */
  readonly codeActions: boolean;
}

export function clientOf(capabilities: ClientCapabilities): Client {
  const { textDocument, workspace } = capabilities;
  return {
    related: textDocument?.publishDiagnostics?.relatedInformation === true,
    versionedEdits: workspace?.workspaceEdit?.documentChanges === true,
    symbolTree: textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport === true,
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    folderChanges: workspace?.workspaceFolders === true,
    codeActions: textDocument?.codeAction?.codeActionLiteralSupport !== undefined,
  };
}
