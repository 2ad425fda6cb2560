import type { Diagnostic, Range, Severity } from "../diagnostic.ts";
import { lineOf, markLine, placeText, plainLine, printable } from "./frame.ts";

/*
 * Findings for a person: what, where, the line itself, what to do.
 */

export interface PrettyOptions {
  readonly color: boolean;
  /** The text of a file, when it is at hand; without it there is no code frame. */
  readonly sourceOf: (file: string) => string | undefined;
}

/** A hint that would run past this column goes on a line of its own. */
const HINT_COLUMN_MAX = 120;

/** ANSI "select graphic rendition" parameters. */
const STYLES = { error: "1;31", warning: "1;33", info: "1;36", strong: "1", frame: "1;34" } as const;
type Style = keyof typeof STYLES;

/** All findings, a blank line between two of them, a line break at the end; empty when there are none. */
export function formatPretty(diagnostics: readonly Diagnostic[], options: PrettyOptions): string {
  const sources = new Map<string, readonly string[] | undefined>();
  const linesOf = (file: string): readonly string[] | undefined => {
    if (!sources.has(file))
      sources.set(
        file,
        options
          .sourceOf(file)
          ?.replace(/^\uFEFF/, "")
          .split("\n"),
      );
    return sources.get(file);
  };
  const paint = (style: Style, text: string): string =>
    options.color && text !== "" ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text;
  return diagnostics.map((diagnostic) => `${new Report(diagnostic, linesOf, paint).lines().join("\n")}\n`).join("\n");
}

class Report {
  readonly #diagnostic: Diagnostic;
  readonly #linesOf: (file: string) => readonly string[] | undefined;
  readonly #paint: (style: Style, text: string) => string;
  /** Digits of the largest line number that is shown. */
  readonly #gutter: number;

  constructor(
    diagnostic: Diagnostic,
    linesOf: (file: string) => readonly string[] | undefined,
    paint: (style: Style, text: string) => string,
  ) {
    this.#diagnostic = diagnostic;
    this.#linesOf = linesOf;
    this.#paint = paint;
    const shown = [diagnostic, ...(diagnostic.related ?? [])].map((place) => place.range.start.line);
    this.#gutter = String(Math.max(...shown)).length;
  }

  lines(): readonly string[] {
    const { code, name, severity, message, file, range, hint, related = [], fix } = this.#diagnostic;
    const frame = this.#frame(file, range, "^", severity, hint);
    return [
      `${this.#paint(severity, `${severity}[${code}]`)} ${this.#paint("strong", `${name}: ${printable(message)}`)}`,
      this.#arrow("-->", placeText(file, range.start)),
      ...frame.lines,
      ...related.flatMap((place) => {
        const inner = this.#frame(place.file, place.range, "-", "frame", place.message);
        const label = inner.hinted ? "" : ` ${printable(place.message)}`;
        return [this.#arrow(":::", `${placeText(place.file, place.range.start)}${label}`), ...inner.lines];
      }),
      ...(hint !== undefined && !frame.hinted ? [this.#note("help", printable(hint))] : []),
      ...(fix === undefined ? [] : [this.#note("fix available", `engine validate --fix${fix.safe ? "" : "=unsafe"}`)]),
      this.#note("docs", `engine explain ${code}`),
    ];
  }

  /** The line before, the line itself, and the mark under it with the hint behind. */
  #frame(
    file: string,
    range: Range,
    mark: string,
    style: Severity | "frame",
    hint: string | undefined,
  ): { lines: readonly string[]; hinted: boolean } {
    const source = this.#linesOf(file);
    const { line: number } = range.start;
    const line = source === undefined ? undefined : lineOf(source, number);
    if (source === undefined || line === undefined || line.trim() === "") return { lines: [], hinted: false };
    const marked = markLine(line, range);
    const before = mark === "^" ? lineOf(source, number - 1) : undefined;
    const text = hint === undefined ? "" : ` ${printable(hint)}`;
    const hinted = this.#gutter + 3 + marked.indent + marked.length + text.length <= HINT_COLUMN_MAX;
    const under = `${" ".repeat(marked.indent)}${this.#paint(style, `${mark.repeat(marked.length)}${hinted ? text : ""}`)}`;
    return {
      hinted,
      lines: [
        ...(before === undefined || before.trim() === "" ? [] : [this.#numbered(number - 1, plainLine(before))]),
        this.#numbered(number, marked.source),
        `${this.#paint("frame", `${" ".repeat(this.#gutter)} |`)} ${under}`,
      ],
    };
  }

  #numbered(number: number, source: string): string {
    return `${this.#paint("frame", `${String(number).padStart(this.#gutter)} |`)} ${source}`.trimEnd();
  }

  #arrow(arrow: string, place: string): string {
    return `${" ".repeat(this.#gutter)}${this.#paint("frame", arrow)} ${place}`;
  }

  #note(label: string, text: string): string {
    return `${" ".repeat(this.#gutter)} ${this.#paint("frame", "=")} ${label}: ${text}`;
  }
}
