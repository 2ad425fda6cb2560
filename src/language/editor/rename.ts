import type { TextEdit } from "../diagnostic.ts";
import { inQuotes, type SpanEdit, wouldEnd } from "../mend.ts";
import type { PipelineSource } from "../model.ts";
import type { ScalarNode } from "../source.ts";
import { type Occurrence, type PipelineSymbol, symbolsOf } from "./symbols.ts";

/*
 * Renaming a task: its key, and every place that means it, each written as its place wants it.
 */

/** The edits (sorted, none over another), or why it can't be, in a sentence. */
export type Renamed = { readonly ok: true; readonly edits: readonly TextEdit[] } | { readonly ok: false; why: string };

/** What a task may be called; the definition of the language says the same. */
const TASK_ID = /^[a-z][a-z0-9_-]{0,62}$/;

/** Valid ids that YAML, or a reader of it, takes for something else than text unless they are quoted. */
const NEEDS_QUOTES: ReadonlySet<string> = new Set(["true", "false", "null", "yes", "no", "on", "off", "y", "n"]);

/** Renames a task of a pipeline and all references to it. */
export function renameTask(pipeline: PipelineSource, from: string, to: string): Renamed {
  if (!TASK_ID.test(to)) {
    const rule = "small letters, digits, `_` and `-`, beginning with a letter, at most 63 characters";
    return { ok: false, why: `\`${to}\` can't be the id of a task: an id is ${rule}` };
  }
  if (to !== from && pipeline.taskIds.has(to)) return { ok: false, why: `there is a task \`${to}\` already` };
  const symbol = symbolsOf(pipeline).symbols.find(({ kind, name }) => kind === "task" && name === from);
  if (symbol?.whole === undefined) return { ok: false, why: `there is no task \`${from}\` in this file` };
  const { text } = pipeline;
  return {
    ok: true,
    edits: renameEdits(pipeline, symbol, to).map((edit) => ({ range: text.range(edit.at), text: edit.text })),
  };
}

/** The edits that give a task, a param or an output another name, which must be one that it can have. */
export function renameEdits(
  pipeline: PipelineSource,
  { occurrences }: PipelineSymbol,
  to: string,
): readonly SpanEdit[] {
  const edits: SpanEdit[] = [];
  const broken = new Map<ScalarNode, SpanEdit[]>();
  for (const occurrence of occurrences) {
    const edit = editFor(pipeline, occurrence, to);
    const { inside } = occurrence;
    if (inside === undefined || !wouldEnd(inside, edit.text)) edits.push(edit);
    else broken.set(inside, [...(broken.get(inside) ?? []), edit]);
  }
  const quoted = [...broken].map(([scalar, inner]) => inQuotes(pipeline.text, scalar, inner));
  return [...edits, ...quoted].sort((a, b) => a.at.start - b.at.start);
}

function editFor({ text }: PipelineSource, { at, form, inside }: Occurrence, to: string): SpanEdit {
  const plain = { at, text: to };
  if (form === "plain") return NEEDS_QUOTES.has(to) ? { ...plain, text: `"${to}"` } : plain;
  if (form !== "dot" || !to.includes("-")) return plain;
  // Behind a dot a dash is a subtraction, so such an id goes into brackets.
  const quote = inside?.style === "double" ? "'" : '"';
  const dot = text.text.lastIndexOf(".", at.start);
  return { at: { start: dot, end: at.end }, text: `[${quote}${to}${quote}]` };
}
