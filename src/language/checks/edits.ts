import type { ListNode } from "../source.ts";
import type { SourceText, Span } from "../text.ts";

/** What to cut out so that a list loses one of its items, and nothing else; undefined when that can't be told from the text. */
export function withoutItem({ text }: SourceText, list: ListNode, index: number): Span | undefined {
  const item = list.items[index];
  if (item === undefined || list.items.length < 2) return undefined;
  // An alias stands for a value that is written somewhere else, and belongs to others as well.
  if (list.items.some((each) => each.start < list.start || each.end > list.end)) return undefined;
  return text.charAt(list.start) === "[" ? fromFlow(text, list, index) : fromBlock(text, item);
}

function fromFlow(text: string, list: ListNode, index: number): Span | undefined {
  const [item, before, after] = [list.items[index], list.items[index - 1], list.items[index + 1]];
  if (item === undefined) return undefined;
  const cut =
    after === undefined ? { start: before?.end ?? item.start, end: item.end } : { start: item.start, end: after.start };
  const between = after === undefined ? text.slice(cut.start, item.start) : text.slice(item.end, cut.end);
  return /^\s*,\s*$/.test(between) ? cut : undefined;
}

/** The whole line `- item`; not when a comment stands behind it, which would go too. */
function fromBlock(text: string, item: Span): Span | undefined {
  const start = text.lastIndexOf("\n", item.start - 1) + 1;
  const lineEnd = text.indexOf("\n", item.end);
  const end = lineEnd === -1 ? text.length : lineEnd + 1;
  const alone =
    /^[ \t]*-[ \t]+$/.test(text.slice(start, item.start)) && /^[ \t]*\r?\n?$/.test(text.slice(item.end, end));
  return alone ? { start, end } : undefined;
}
