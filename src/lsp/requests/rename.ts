import {
  LSPErrorCodes,
  type Position,
  type PrepareRenameResult,
  ResponseError,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { type PipelineSource, renameTask, symbolAt, symbolsOf } from "../../language/index.ts";
import type { Client } from "../client.ts";
import type { Opened } from "../workspace.ts";
import { workspaceEdit } from "./edits.ts";

/** What can be renamed at a place: a task. Refuses anything else with a reason. */
export function prepareRename({ document, project }: Opened, position: Position): PrepareRenameResult {
  const { name, at } = taskAt(modelOf({ document, project }), document.offsetAt(position));
  return { range: document.rangeOf(at), placeholder: name };
}

/** Renames a task and every place that means it. */
export function rename(opened: Opened, position: Position, to: string, client: Client): WorkspaceEdit {
  const { document } = opened;
  const model = modelOf(opened);
  const renamed = renameTask(model, taskAt(model, document.offsetAt(position)).name, to);
  if (!renamed.ok) throw refusal(renamed.why);
  return workspaceEdit(document, renamed.edits, client);
}

function modelOf({ document, project }: Opened): PipelineSource {
  const { source } = project.checked(document);
  if (source === undefined) throw refusal("the file can't be parsed as it stands: mend its syntax first");
  return source;
}

function taskAt(model: PipelineSource, offset: number): { name: string; at: { start: number; end: number } } {
  const found = symbolAt(symbolsOf(model), offset);
  if (found?.symbol.kind !== "task") throw refusal("only tasks can be renamed: put the cursor on the id of one");
  if (found.symbol.whole === undefined) throw refusal(`there is no task \`${found.symbol.name}\` in this file`);
  return { name: found.symbol.name, at: found.occurrence.at };
}

function refusal(why: string): ResponseError<void> {
  return new ResponseError(LSPErrorCodes.RequestFailed, why);
}
