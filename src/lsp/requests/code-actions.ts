import { type CodeAction, CodeActionKind, type CodeActionParams } from "vscode-languageserver/node";
import { type Diagnostic, isSuppressible, lineStart, nodeAt, type TextEdit } from "../../language/index.ts";
import type { Client } from "../client.ts";
import { type ShowOptions, showDiagnostic } from "../diagnostics.ts";
import type { Opened, Workspace } from "../workspace.ts";
import { workspaceEdit } from "./edits.ts";

/** What can be done about the findings in a range: their fixes, and a comment that accepts them. */
export function codeActions(
  opened: Opened,
  { range, context }: CodeActionParams,
  workspace: Workspace,
  client: Client,
  show: ShowOptions,
): readonly CodeAction[] {
  const { document, project } = opened;
  const wanted = context.only;
  const isWanted = wanted === undefined || wanted.some((kind) => CodeActionKind.QuickFix.startsWith(kind));
  if (!isWanted || !client.codeActions || !document.canAnswer(project.options)) return [];
  const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
  const found = project.findingsOf(workspace.pipelinesOf(project)).get(project.nameOf(document.path)) ?? [];
  return found
    .filter((each) => each.range.start.offset <= end && start <= each.range.end.offset)
    .flatMap((diagnostic) => {
      const action = (title: string, edits: readonly TextEdit[], isPreferred: boolean): CodeAction => ({
        title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [showDiagnostic(diagnostic, document, show)],
        edit: workspaceEdit(document, edits, client),
        ...(isPreferred ? { isPreferred } : {}),
      });
      const { fix, code } = diagnostic;
      const mend = fix === undefined ? [] : [action(capitalised(fix.title), fix.edits, fix.safe)];
      const accept = isSuppressible(code)
        ? [action(`Accept ${code} here`, [suppression(opened, diagnostic)], false)]
        : [];
      return [...mend, ...accept];
    });
}

/**
 * A comment on the line above, with room for the reason. A comment inside a script or another text of several lines is
 * none of YAML's, so it goes above the line on which that text begins.
 */
function suppression({ document, project }: Opened, { code, range }: Diagnostic): TextEdit {
  const { text } = document;
  const root = project.checked(document).source?.root;
  const node = root === undefined ? undefined : nodeAt(root, range.start.offset)?.node;
  const place = node?.kind === "scalar" ? Math.min(node.start, range.start.offset) : range.start.offset;
  const offset = lineStart(text, place);
  const indent = /^[ \t]*/.exec(text.slice(offset))?.[0] ?? "";
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  const line = text.slice(0, offset).split("\n").length;
  const at = { line, column: 1, offset };
  return { range: { start: at, end: at }, text: `${indent}# engine-ignore ${code}: reason${lineBreak}` };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
