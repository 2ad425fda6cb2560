/*
 * Markdown as docs of pipelines use it: headings, paragraphs, lists, code, bold, italic and links. It becomes a tree of
 * what is to be shown; HTML in it is text like any other.
 */

export type Inline =
  | { readonly type: "text" | "code" | "strong" | "em"; readonly text: string }
  | { readonly type: "link"; readonly text: string; readonly href: string };

export type Block =
  | { readonly type: "heading"; readonly level: number; readonly content: readonly Inline[] }
  | { readonly type: "paragraph"; readonly content: readonly Inline[] }
  | { readonly type: "list"; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly type: "code"; readonly text: string };

const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;

export function markdownBlocks(source: string): readonly Block[] {
  const lines = source.split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const [, hashes, title = ""] = /^(#{1,6})\s+(.*)$/.exec(line) ?? [];
    if (line.trim() === "") at += 1;
    else if (line.startsWith("```")) {
      const end = lines.findIndex((each, index) => index > at && each.startsWith("```"));
      const last = end < 0 ? lines.length : end;
      blocks.push({ type: "code", text: lines.slice(at + 1, last).join("\n") });
      at = last + 1;
    } else if (hashes !== undefined) {
      blocks.push({ type: "heading", level: hashes.length, content: inlines(title) });
      at += 1;
    } else if (ITEM.test(line)) {
      const { items, next, ordered } = listAt(lines, at);
      blocks.push({ type: "list", ordered, items: items.map(inlines) });
      at = next;
    } else {
      const begin = at;
      while (at < lines.length && (at === begin || isParagraph(lines[at] ?? ""))) at += 1;
      blocks.push({ type: "paragraph", content: inlines(lines.slice(begin, at).join(" ")) });
    }
  }
  return blocks;
}

function isParagraph(line: string): boolean {
  return line.trim() !== "" && !line.startsWith("```") && !/^#{1,6}\s/.test(line) && !ITEM.test(line);
}

function listAt(
  lines: readonly string[],
  begin: number,
): { readonly items: readonly string[]; readonly next: number; readonly ordered: boolean } {
  const items: string[] = [];
  let at = begin;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const [, , text] = ITEM.exec(line) ?? [];
    if (text !== undefined) items.push(text);
    else if (isParagraph(line) && /^\s/.test(line)) items.push(`${items.pop() ?? ""} ${line.trim()}`);
    else break;
  }
  return { items, next: at, ordered: /^\s*\d/.test(lines[begin] ?? "") };
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|\b_([^_]+)_\b|\[([^\]]+)\]\(([^)\s]+)\)/g;

function inlines(text: string): readonly Inline[] {
  const found: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) found.push({ type: "text", text: text.slice(at, match.index) });
    at = match.index + match[0].length;
    found.push(inlineOf(match));
  }
  if (at < text.length) found.push({ type: "text", text: text.slice(at) });
  return found;
}

function inlineOf([whole, code, strong, strong2, em, em2, label, href]: RegExpExecArray): Inline {
  if (code !== undefined) return { type: "code", text: code };
  const bold = strong ?? strong2;
  if (bold !== undefined) return { type: "strong", text: bold };
  const italic = em ?? em2;
  if (italic !== undefined) return { type: "em", text: italic };
  // Of links those to pages alone: `javascript:` and its like stay text.
  if (label !== undefined && href !== undefined && /^https?:\/\//i.test(href))
    return { type: "link", text: label, href };
  return { type: "text", text: whole };
}
