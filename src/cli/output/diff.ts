import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { Style } from "../live/text.ts";
import type { Output } from "../terminal.ts";

/** Lines around a change. */
const CONTEXT = 3;

/** Lines that may differ before the search for the shortest way between two texts is given up: it takes the square of them. */
const EDITS_MAX = 4_000;

const STYLES: Readonly<Record<string, Style>> = {
  "+": { color: [71, 2] },
  "-": { color: [167, 1] },
  "@": { color: [44, 6] },
};

/** A unified diff of a file, as `git apply` and `patch -p1` take it. */
export function unifiedDiff(name: string, before: string, after: string): string {
  const options = { context: CONTEXT, maxEditLength: EDITS_MAX, headerOptions: FILE_HEADERS_ONLY };
  const found = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, options);
  return found ?? wholeDiff(name, before, after);
}

/** All lines of the one against all of the other. */
function wholeDiff(name: string, before: string, after: string): string {
  const [old, fresh] = [marked("-", before), marked("+", after)];
  const count = (lines: readonly string[]): string => {
    const { length } = lines.filter((line) => !line.startsWith("\\"));
    return `${length === 0 ? 0 : 1},${length}`;
  };
  const head = [`--- a/${name}`, `+++ b/${name}`, `@@ -${count(old)} +${count(fresh)} @@`];
  return `${[...head, ...old, ...fresh].join("\n")}\n`;
}

function marked(mark: string, text: string): readonly string[] {
  const lines = text.split("\n");
  const unfinished = lines.at(-1) === "" ? [] : ["\\ No newline at end of file"];
  return [...lines.slice(0, lines.at(-1) === "" ? -1 : undefined).map((line) => mark + line), ...unfinished];
}

/** Prints a diff, in colour where there is colour. */
export function printDiff(out: Output, name: string, before: string, after: string): void {
  const diff = unifiedDiff(name, before, after);
  if (out.depth === 1) out.write(diff);
  else for (const line of diff.replace(/\n$/, "").split("\n")) out.line([{ text: line, ...styleOf(line) }]);
}

function styleOf(line: string): { style?: Style } {
  if (/^(?:---|\+\+\+) /.test(line)) return { style: { bold: true } };
  const style = STYLES[line.charAt(0)];
  return style === undefined ? {} : { style };
}
