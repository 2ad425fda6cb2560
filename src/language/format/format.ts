import { parseAllDocuments } from "yaml";
import { CHECKS } from "../checks/index.ts";
import { walkFile } from "../checks/walk.ts";
import { commentsOf } from "../comments.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { parseFile, type SourceFile } from "../file.ts";
import type { OperatorSpec } from "../operator-spec.ts";
import { YAML_OPTIONS } from "../parse.ts";
import { type SourceNode, toJson } from "../source.ts";
import { Layout } from "./layout.ts";
import { Lines } from "./lines.ts";
import { type KeyOrder, pipelineOrder } from "./order.ts";

/** What became of a file that was to be laid out. */
export type Formatted =
  /** `before` and `after` with the byte order mark, if there is one. Both are the same when nothing was to be done. */
  | { readonly ok: true; readonly before: string; readonly after: string }
  /** It can't be read as YAML, so nobody knows what belongs where. */
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export interface FormatOptions {
  readonly operators: ReadonlyMap<string, OperatorSpec>;
  /** False for a YAML file that is no pipeline: its keys stay in the order in which they stand. */
  readonly isPipeline: boolean;
}

const BOM = "\uFEFF";

/**
 * A file in the canonical layout and order of keys. Its values, its comments, and what is between quotes, braces and
 * brackets stay as they are. A form that can't be laid out without a doubt is left alone. Pure, never throws.
 */
export function formatFile(file: SourceFile, { operators, isPipeline }: FormatOptions): Formatted {
  const parsed = parseFile(file);
  if (parsed.root === undefined) {
    return { ok: false, diagnostics: walkFile(CHECKS, { operators }, parsed, [], undefined) };
  }
  const { text } = parsed.text;
  const original = file.text ?? new TextDecoder("utf-8", { ignoreBOM: true }).decode(file.bytes);
  const mark = original.startsWith(BOM) ? BOM : "";
  const order = isPipeline ? pipelineOrder(operators.keys()) : { keys: [] };
  const laidOut = layOut(text, order);
  const after = laidOut !== undefined && isSame(file.path, { text, root: parsed.root }, laidOut) ? laidOut : text;
  return { ok: true, before: mark + text, after: mark + after };
}

function layOut(text: string, order: KeyOrder): string | undefined {
  const parsed = parseAllDocuments(text, { ...YAML_OPTIONS, keepSourceTokens: true });
  const [document] = "empty" in parsed ? [] : parsed;
  const lines = document && new Layout(text, new Lines(text)).document(document, order);
  const lineEnd = /\r?\n/.exec(text)?.[0] ?? "\n";
  return lines?.map((line) => line + lineEnd).join("");
}

/** Whether two texts say the same, in values and in comments. Where the layout is in doubt, the text stays as it is. */
function isSame(path: string, before: { text: string; root: SourceNode }, after: string): boolean {
  const { root } = parseFile({ path, text: after });
  if (root === undefined || sorted(root) !== sorted(before.root)) return false;
  const counted = (text: string): string => JSON.stringify([...commentsOf(text)].sort());
  return counted(before.text) === counted(after);
}

/** A value as JSON, whatever the order of its keys. */
function sorted(node: SourceNode): string {
  return JSON.stringify(toJson(node), (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
