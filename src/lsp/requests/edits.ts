import type { TextEdit as ShownEdit, WorkspaceEdit } from "vscode-languageserver/node";
import type { TextEdit } from "../../language/index.ts";
import type { Client } from "../client.ts";
import { shownRange } from "../diagnostics.ts";
import type { OpenDocument } from "../open-document.ts";

/** Edits of one document in the form that the client takes. */
export function workspaceEdit(document: OpenDocument, edits: readonly TextEdit[], client: Client): WorkspaceEdit {
  const shown = edits.map(({ range, text }): ShownEdit => ({ range: shownRange(range, document), newText: text }));
  const { uri, version } = document;
  return client.versionedEdits
    ? { documentChanges: [{ textDocument: { uri, version }, edits: shown }] }
    : { changes: { [uri]: shown } };
}
