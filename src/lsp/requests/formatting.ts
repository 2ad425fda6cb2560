import type { TextEdit } from "vscode-languageserver/node";
import { formatFile } from "../../language/index.ts";
import type { Opened } from "../workspace.ts";

/**
 * The file in its canonical layout, as `engine fmt` writes it: one edit from the first line that changes to the last.
 * None when there is nothing to do, or when the file can't be parsed.
 */
export function formatting({ document, project }: Opened): TextEdit[] {
  const { text } = document;
  const { operators } = project.options;
  const isPipeline = !project.isConfig(document.path);
  const formatted = formatFile({ path: project.nameOf(document.path), text }, { operators, isPipeline });
  if (!formatted.ok || formatted.after === text) return [];
  const { after } = formatted;
  const shared = sharedLines(text, after);
  const start = shared.before;
  const end = text.length - shared.after;
  return [{ range: document.rangeOf({ start, end }), newText: after.slice(start, after.length - shared.after) }];
}

/** How much two texts share at their beginning and at their end, in whole lines. */
function sharedLines(a: string, b: string): { readonly before: number; readonly after: number } {
  const length = Math.min(a.length, b.length);
  let before = 0;
  for (let at = 0; at < length && a[at] === b[at]; at += 1) if (a[at] === "\n") before = at + 1;
  let after = 0;
  for (let at = 1; at <= length - before && a.at(-at) === b.at(-at); at += 1) if (a.at(-at - 1) === "\n") after = at;
  return { before, after };
}
