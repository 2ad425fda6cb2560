import { type FindingFix, isPlain, lineEndOf, type SpanEdit } from "./mend.ts";
import type { TaskSource } from "./model.ts";
import type { ListNode, MapNode, ScalarNode } from "./source.ts";
import type { SourceText, Span } from "./text.ts";

/*
 * Fixes that give a task something that it lacks.
 */

/** Lets a task need another one. It then runs later than it did, or not at all: never safe. */
export function addNeed(text: SourceText, task: TaskSource, id: string): FindingFix | undefined {
  const needs = task.node.get("needs");
  const name = isPlain(id) ? id : JSON.stringify(id);
  let edit: SpanEdit | undefined;
  if (needs === undefined) edit = addEntry(text, task.node, `needs: ${name}`);
  else if (!isWithin(needs, task.node)) return undefined;
  else if (needs.kind === "list") edit = addItem(text, needs, name);
  else if (needs.kind === "scalar" && /^(?:plain|single|double)$/.test(needs.style) && needs.end > needs.start) {
    edit = { at: needs, text: `[${text.slice(needs)}, ${name}]` };
  }
  return edit && { title: `add \`${id}\` to the \`needs\` of \`${task.id}\``, safe: false, edits: [edit] };
}

/** Gives a task an environment variable. `value` is an expression with its braces. */
export function addVariable(text: SourceText, task: TaskSource, name: string, value: string): SpanEdit | undefined {
  const quoted = /[\r\n]|: | #|["'\\]/.test(value) ? JSON.stringify(value) : value;
  const env = task.node.get("env");
  if (env === undefined) {
    const indent = indentOf(text, task.operator?.key);
    const key = task.operator?.key;
    if (indent === undefined || key === undefined || isFlow(text, task.node)) return undefined;
    const end = lineEndOf(text);
    return { at: before(key), text: `env:${end}${indent}  ${name}: ${quoted}${end}${indent}` };
  }
  if (env.kind !== "map" || env.entries.length === 0 || !isWithin(env, task.node)) return undefined;
  return addEntry(text, env, `${name}: ${isFlow(text, env) ? JSON.stringify(value) : quoted}`);
}

/** A first line, or a first entry between braces. */
function addEntry(text: SourceText, node: MapNode, entry: string): SpanEdit | undefined {
  const first = node.entries[0]?.keyNode;
  if (first === undefined || !isWithin(first, node)) return undefined;
  if (isFlow(text, node)) return { at: before(first), text: `${entry}, ` };
  const indent = indentOf(text, first);
  return indent === undefined ? undefined : { at: before(first), text: `${entry}${lineEndOf(text)}${indent}` };
}

function addItem(text: SourceText, list: ListNode, item: string): SpanEdit | undefined {
  const last = list.items.at(-1);
  if (last === undefined) return { at: list, text: `[${item}]` };
  if (last.kind !== "scalar" || list.items.some((each) => !isWithin(each, list))) return undefined;
  const after = { start: last.end, end: last.end };
  if (text.text.charAt(list.start) === "[") return { at: after, text: `, ${item}` };
  const lead = /^[ \t]*-[ \t]+$/.exec(lineBefore(text, last))?.[0];
  const rest = /^[^\r\n]*/.exec(text.text.slice(last.end))?.[0] ?? "";
  if (lead === undefined || !/^[ \t]*(?:#.*)?$/.test(rest)) return undefined;
  const end = last.end + rest.length;
  return { at: { start: end, end }, text: `${lineEndOf(text)}${lead}${item}` };
}

/** The white space before a key that begins its line; undefined when something else does. */
function indentOf(text: SourceText, key: ScalarNode | undefined): string | undefined {
  const lead = key === undefined ? "" : lineBefore(text, key);
  return key !== undefined && /^ *$/.test(lead) ? lead : undefined;
}

function lineBefore({ text }: SourceText, { start }: Span): string {
  return text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
}

function before({ start }: Span): Span {
  return { start, end: start };
}

function isFlow({ text }: SourceText, { start }: MapNode): boolean {
  return text.charAt(start) === "{";
}

/** What an alias stands for is written elsewhere, and belongs to others as well. */
function isWithin(inner: Span, outer: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
