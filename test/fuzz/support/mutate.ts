import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { randomOf } from "../../support/random.ts";
import { ROOT } from "../../support/repository.ts";

/*
 * Files as nobody would write them: those of the repository, broken in a few places. One seed, one file.
 */

/** Where there are files to begin with: right ones, wrong ones and real ones. */
const FOLDERS = ["test/diagnostics/ok", "test/diagnostics/err", "examples", "pipelines"];

/** Changes of one file at most. Most are small: a file that is broken everywhere says only that it is broken. */
const CHANGES_MAX = 8;

/** The longest piece that is cut, copied or moved, in bytes. */
const PIECE_MAX = 200;

/** In one of so many files, something is repeated until the file is large or deep. */
const GROWN_EVERY = 200;

type Bytes = Buffer<ArrayBufferLike>;

class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  of<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error("a choice among nothing");
    return choice;
  }
}

function corpusOf(): readonly Bytes[] {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(ROOT, folder, name)),
  );
  return files.map((file) => readFileSync(file));
}

let corpus: readonly Bytes[] | undefined;

/** The bytes of a seed: the same on every machine with the same repository. */
export function inputOf(seed: number): Uint8Array {
  const dice = new Dice(seed);
  corpus ??= corpusOf();
  let bytes = dice.of(corpus);
  const mutations = dice.of([ALL, OF_WORDS, OF_WORDS]);
  for (let left = 1 + dice.below(dice.of([1, 2, 4, CHANGES_MAX])); left > 0; left--) {
    bytes = dice.of(mutations)(bytes, dice, corpus);
  }
  return dice.below(GROWN_EVERY) === 0 ? grown(bytes, dice) : bytes;
}

type Mutation = (bytes: Bytes, dice: Dice, corpus: readonly Bytes[]) => Bytes;

/** What YAML, expressions and scripts are made of, and what is none of it. */
const TOKENS = [
  ..."\n\r\t :-?,[]{}#&*!|>'\"%@`~<=$()\\/.+0aA_\0\x1b\x7f",
  ...[
    "\r\n",
    "\n  ",
    "\n\n",
    ": ",
    "- ",
    "? ",
    "# ",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "\uFEFF",
    "\u0085",
    "\u2028",
    "\u00a0",
  ],
  ...["&a ", "*a", "&a [*a]", "<<: *a\n", "<<: [*a, *a]\n", "!!binary ", "!!str ", "! ", "!<tag:x> "],
  ...["|\n", ">-\n", "|9\n", "|+\n", ">1-\n", "'", "''", '"\\x', '"\\u', '"\\ud800"', '"\\U0010ffff"', "\\\n"],
  ...[
    "${{ ",
    " }}",
    "$${{",
    "${{",
    "}}",
    "${{ params.a }}",
    "${{ tasks.a.outputs.b }}",
    "${{ secrets.X }}",
    "${{ item }}",
  ],
  ...[
    "(",
    "((((((((",
    "))))))))",
    "!!!!!!!!",
    "[[[[[[[[",
    " && ",
    " || ",
    " ? 1 : 2",
    " in [1]",
    ".map(x, x)",
    "b'\\xff'",
    "r'",
  ],
  ...["<<EOF\n", "$(", "$((", "`", "case x in", "esac", "[[ ", " ]]", "#!", "\\\\", "''", '""', "<(", "${x:-", "2>&1"],
  ...["__proto__: ", "constructor: ", "toString: ", "hasOwnProperty: ", "null: ", "true: ", "1: ", '"": ', "? [a]\n: "],
  ...["null", "true", "yes", "012", "0x7fffffff", "0o777", "1e999", "-1e999", ".inf", "-.Inf", ".nan", "-0", "1_000"],
  ...["9223372036854775808", "1".repeat(400), "0.1e-400", "1:30", "2024-02-30", "2024-13-01T25:61:61Z"],
  ...[
    "* * * * *",
    "*/0 * * * *",
    "0 0 30 2 *",
    "0-59/61 * * * *",
    "@every",
    "Europe/Berlin",
    "UTC+25",
    "5m",
    "99999999999d",
  ],
  ...[
    "tasks:\n",
    "needs: ",
    "name: ",
    "schedule: ",
    "params: ",
    "for_each: ",
    "if: ",
    "retries: ",
    "outputs: ",
    "defaults: ",
  ],
  ...["# engine-ignore ENG104: x\n", "# engine-ignore\n", "# yaml-language-server: $schema=x\n", "東", "🎉", "e\u0301"],
].map((token) => Buffer.from(token));

/** Bytes that are no UTF-8: a lone continuation, an overlong form, a surrogate, half a character. */
const BAD_BYTES = [[0xff], [0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf0, 0x9f], [0xfe, 0xff]].map((bytes) =>
  Buffer.from(bytes),
);

const OF_BYTES: readonly Mutation[] = [
  (bytes, dice) => {
    const changed = Buffer.from(bytes);
    const at = dice.below(bytes.length);
    if (at < bytes.length) changed[at] = (changed[at] ?? 0) ^ (1 << dice.below(8));
    return changed;
  },
  (bytes, dice) => inserted(bytes, dice.below(bytes.length + 1), dice.of(BAD_BYTES)),
  (bytes, dice) => inserted(bytes, dice.below(bytes.length + 1), dice.of(TOKENS)),
  (bytes, dice) => inserted(bytes, dice.below(bytes.length + 1), dice.of(TOKENS)),
  (bytes, dice) => {
    const { start, end } = piece(bytes, dice);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  (bytes, dice) => {
    const { start, end } = piece(bytes, dice);
    return inserted(bytes, dice.below(bytes.length + 1), bytes.subarray(start, end));
  },
  (bytes, dice, files) => {
    const other = dice.of(files);
    const { start, end } = piece(other, dice);
    return inserted(bytes, dice.below(bytes.length + 1), other.subarray(start, end));
  },
  (bytes, dice) => bytes.subarray(0, dice.below(bytes.length + 1)),
  (bytes) => Buffer.from(bytes.toString("latin1").replaceAll("\n", "\r\n"), "latin1"),
  (bytes) => Buffer.concat([Buffer.from("\uFEFF"), bytes]),
];

const OF_LINES: readonly Mutation[] = [
  (bytes, dice) => byLine(bytes, (lines) => lines.splice(dice.below(lines.length), 1)),
  (bytes, dice) => byLine(bytes, (lines) => lines.splice(dice.below(lines.length), 0, dice.of(lines))),
  (bytes, dice) =>
    byLine(bytes, (lines) => lines.splice(dice.below(lines.length), 0, ...lines.splice(dice.below(lines.length), 3))),
  (bytes, dice) => byLine(bytes, (lines) => changeLine(lines, dice, (line) => `  ${line}`)),
  (bytes, dice) => byLine(bytes, (lines) => changeLine(lines, dice, (line) => line.replace(/^ {1,2}/, ""))),
  (bytes, dice) => byLine(bytes, (lines) => changeLine(lines, dice, (line) => line.replace(/ /, "\t"))),
];

/** Keys, values, names and expressions: what is left is YAML most of the time, so that the checks behind the parser get to see it. */
const OF_WORDS: readonly Mutation[] = [
  (bytes, dice) =>
    byLine(bytes, (lines) => changeLine(lines, dice, (line) => line.replace(/:.*/, `: ${dice.of(TOKENS)}`))),
  (bytes, dice) =>
    byLine(bytes, (lines) => changeLine(lines, dice, (line) => line.replace(/[\w-]+(?=:)/, String(dice.of(TOKENS))))),
  (bytes, dice) => replaced(bytes, dice, /[a-z_]{2,}/g, (words) => dice.of(words)),
  (bytes, dice) => replaced(bytes, dice, /[a-z_]{3,}/g, (_, word) => `${word.slice(1)}${dice.of(["", "x", "s"])}`),
  (bytes, dice) => replaced(bytes, dice, /\d+/g, () => dice.of(["0", "-1", "1e999", "4294967296", "1.5", "''"])),
  (bytes, dice) =>
    replaced(bytes, dice, /\$\{\{(?:(?!\}\}).)*\}\}/g, (_, text) => {
      const at = 3 + dice.below(Math.max(text.length - 5, 1));
      return text.slice(0, at) + dice.of(TOKENS) + text.slice(at + dice.below(3));
    }),
  (bytes, dice) => replaced(bytes, dice, /\$\{\{(?:(?!\}\}).)*\}\}/g, (all) => dice.of(all)),
  (bytes, dice) =>
    replaced(bytes, dice, /(?<=: ).*/g, (_, value) =>
      dice.of([`[${value}]`, `{a: ${value}}`, `"${value}"`, `\${{ ${value} }}`]),
    ),
  (bytes, dice) => replaced(bytes, dice, /(?<=: ).*/g, (all) => dice.of(all)),
];

const ALL: readonly Mutation[] = [...OF_BYTES, ...OF_LINES, ...OF_WORDS];

function inserted(bytes: Bytes, at: number, what: Uint8Array): Bytes {
  return Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)]);
}

function piece(bytes: Bytes, dice: Dice): { start: number; end: number } {
  const start = dice.below(bytes.length + 1);
  return { start, end: Math.min(start + 1 + dice.below(PIECE_MAX), bytes.length) };
}

/** Latin-1 keeps every byte as it is, also those that are no text. */
function byLine(bytes: Bytes, change: (lines: string[]) => void): Bytes {
  const lines = bytes.toString("latin1").split("\n");
  change(lines);
  return Buffer.from(lines.join("\n"), "latin1");
}

function changeLine(lines: string[], dice: Dice, change: (line: string) => string): void {
  const at = dice.below(lines.length);
  lines[at] = change(lines[at] ?? "");
}

/** One of the places that fit, put otherwise. */
function replaced(bytes: Bytes, dice: Dice, what: RegExp, by: (all: readonly string[], one: string) => string): Bytes {
  const text = bytes.toString("latin1");
  const found = [...text.matchAll(what)];
  if (found.length === 0) return bytes;
  const { index, 0: one } = dice.of(found);
  const all = found.map(([each]) => each);
  return Buffer.from(text.slice(0, index) + by(all, one) + text.slice(index + one.length), "latin1");
}

/** Something of the file a great many times, side by side or one in the other. */
function grown(bytes: Bytes, dice: Dice): Bytes {
  const times = dice.of([100, 1_000, 5_000]);
  const what = dice.below(2) === 0 ? dice.of(TOKENS) : bytes.subarray(...Object.values(piece(bytes, dice)));
  const many = Buffer.concat(Array.from({ length: times }, () => what));
  return inserted(bytes, dice.below(bytes.length + 1), many.subarray(0, 100_000));
}
