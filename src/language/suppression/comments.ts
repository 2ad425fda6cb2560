import { Lexer } from "yaml";
import type { Range } from "../diagnostic.ts";
import type { SourceText, Span } from "../text.ts";

/*
 * Comments such as `# engine-ignore ENG508: it may take all night`. Only comments of YAML count: a line of a block
 * scalar that begins with `#` belongs to whoever reads the scalar, bash for example.
 */

/** One comment that suppresses findings. Plain data, a part of what is known of a file's content. */
export interface SuppressionComment {
  readonly file: string;
  readonly range: Range;
  /** What goes when the comment is removed: its whole line when it stands alone, else the white space before it too. */
  readonly removal: Range;
  /** In the order written, each with its place; not all need to exist. */
  readonly codes: readonly { readonly code: string; readonly range: Range }[];
  readonly reason?: string;
  /** It covers findings that begin on one of these lines. */
  readonly first_line: number;
  readonly last_line: number;
}

const KEYWORD = "engine-ignore";
/** What hints and quick fixes write where a reason belongs, for somebody to put one in its place. */
const PLACEHOLDER = /^(?:the )?reason$/i;
/** The marks of the lexer: a document begins, a flow ends in an error, a scalar follows. They are not in the text. */
const DOCUMENT = "\x02";
const FLOW_ERROR = "\x18";
const SCALAR = "\x1f";

export function readSuppressions(text: SourceText): readonly SuppressionComment[] {
  // Hardly any file has one, and the others need not pay for the search.
  if (!text.text.includes(KEYWORD)) return [];
  const layout = layoutOf(text.text);
  return layout.comments.flatMap((comment) => readComment(text, comment, layout) ?? []);
}

interface Layout {
  /** The place of each comment, its line counted from 1, and whether anything stands before it there. */
  readonly comments: readonly (Span & { readonly line: number; readonly alone: boolean })[];
  /** Lines that hold more than white space and comments. */
  readonly content: ReadonlySet<number>;
  /** The last line of the longest scalar that begins on a line (a block scalar: whose header stands there). */
  readonly ends: ReadonlyMap<number, number>;
  readonly lines: number;
}

function layoutOf(text: string): Layout {
  const comments: (Span & { line: number; alone: boolean })[] = [];
  const content = new Set<number>();
  const ends = new Map<number, number>();
  let offset = 0;
  let line = 1;
  let scalar = false;
  let header: number | undefined;
  for (const token of new Lexer().lex(text)) {
    if (!scalar && (token === DOCUMENT || token === FLOW_ERROR)) continue;
    if (!scalar && token === SCALAR) {
      scalar = true;
      continue;
    }
    const breaks = token.split("\n").length - 1;
    if (!scalar && token.startsWith("#")) {
      comments.push({ start: offset, end: offset + token.trimEnd().length, line, alone: !content.has(line) });
    } else if (token.trim() !== "" && (scalar || token !== "---")) {
      const last = line + breaks - (token.endsWith("\n") ? 1 : 0);
      for (let each = line; each <= last; each++) content.add(each);
      const first = scalar ? (header ?? line) : line;
      ends.set(first, Math.max(last, ends.get(first) ?? 0));
      header = !scalar && /^[|>]/.test(token) ? line : undefined;
    }
    scalar = false;
    offset += token.length;
    line += breaks;
  }
  return { comments, content, ends, lines: line };
}

function readComment(
  text: SourceText,
  comment: Layout["comments"][number],
  layout: Layout,
): SuppressionComment | undefined {
  const written = text.slice(comment);
  const [head, rest] = /^#+[ \t]*engine-ignore(?![\w-])([^\n]*)$/.exec(written) ?? [];
  if (head === undefined || rest === undefined) return undefined;
  const colon = rest.indexOf(":");
  const listed = colon === -1 ? (/^([\s,]*ENG\d+)*/i.exec(rest)?.[0] ?? "") : rest.slice(0, colon);
  const base = comment.start + written.length - rest.length;
  const codes = [...listed.matchAll(/[^\s,]+/g)].map(({ 0: code, index }) => ({
    code: code.toUpperCase(),
    range: text.range({ start: base + index, end: base + index + code.length }),
  }));
  const reason = colon === -1 ? "" : rest.slice(colon + 1).trim();
  return {
    file: text.path,
    range: text.range(comment),
    removal: text.range(removalOf(text.text, comment)),
    codes,
    ...(reason === "" || PLACEHOLDER.test(reason) ? {} : { reason }),
    ...linesOf(comment, layout),
  };
}

function removalOf(text: string, { start, end, alone }: Layout["comments"][number]): Span {
  const from = start - (/[ \t]*$/.exec(text.slice(text.lastIndexOf("\n", start - 1) + 1, start))?.[0].length ?? 0);
  if (!alone) return { start: from, end };
  const lineEnd = text.indexOf("\n", end);
  return { start: from, end: lineEnd === -1 ? text.length : lineEnd + 1 };
}

/**
 * Behind something: that line. Alone: the next line with something on it, and the comments and empty lines around
 * (what is said of the file as a whole stands on its first line, which may be a comment). A scalar that begins there
 * is covered to its end, for no comment of YAML can stand inside it.
 */
function linesOf(
  { line, alone }: Layout["comments"][number],
  { content, ends, lines }: Layout,
): { first_line: number; last_line: number } {
  if (!alone) return { first_line: line, last_line: ends.get(line) ?? line };
  let first = line;
  while (first > 1 && !content.has(first - 1)) first--;
  let next = line;
  while (next <= lines && !content.has(next)) next++;
  return { first_line: first, last_line: next > lines ? line : (ends.get(next) ?? next) };
}
