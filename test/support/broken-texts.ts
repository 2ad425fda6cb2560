import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./repository.ts";

/*
 * Texts of pipelines, and ways to break them line by line: for properties that have to hold whatever a person does.
 */

/** Larger fixtures say nothing more, and take longer. */
const LENGTH_MAX = 3_000;

/** The fixtures of the diagnostics and the examples, as texts. */
export function someTexts(): readonly string[] {
  const folders = ["test/diagnostics/ok", "test/diagnostics/err", "pipelines"].map((folder) => join(ROOT, folder));
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const yaml = files.filter((file) => file.endsWith(".yaml"));
  return yaml.map((file) => readFileSync(file, "utf8")).filter(({ length }) => length < LENGTH_MAX);
}

/** What may come between two lines. */
const LINES = ["  # a comment", "# at the margin", "      # deep", " # odd", "", "", "    "];

/** What may come behind a line. */
const ENDS = [
  "  # behind",
  " &anchor",
  " *anchor",
  "   ",
  " |",
  " >-\n      folded\n\n      more",
  " |+\n        keeps\n\n",
];

/** A text with a few lines changed. `random` gives numbers in 0..1. */
export function broken(text: string, random: () => number): string {
  const below = (max: number): number => Math.floor(random() * max);
  let lines = text.split("\n");
  for (let left = 1 + below(5); left > 0; left--) {
    const at = below(lines.length);
    const line = lines[at] ?? "";
    const change = below(8);
    if (change <= 1) lines.splice(at, 0, LINES[below(LINES.length)] ?? "");
    else if (change === 2) lines.splice(at, 1);
    else if (change === 3) lines.splice(below(lines.length), 0, ...lines.splice(at, 1 + below(4)));
    else if (change === 4) lines = lines.map((each) => each.replace(/^ +/, left % 2 === 0 ? "$&" : "$&$&"));
    else if (change === 5) lines[at] = line + (ENDS[below(ENDS.length)] ?? "");
    else if (change === 6) lines[at] = " ".repeat(below(3)) + line;
    else lines[at] = misspelt(line, below);
  }
  const whole = random() < 0.1 ? ["---", ...lines] : lines;
  return whole.join(random() < 0.2 ? "\r\n" : "\n");
}

/** A line with a letter too many, too few, or two of them swapped. */
function misspelt(line: string, below: (max: number) => number): string {
  const at = below(line.length);
  const change = below(3);
  if (change === 0) return line.slice(0, at) + line.slice(at + 1);
  if (change === 1) return line.slice(0, at) + line.charAt(at) + line.slice(at);
  return line.slice(0, at) + line.charAt(at + 1) + line.charAt(at) + line.slice(at + 2);
}
