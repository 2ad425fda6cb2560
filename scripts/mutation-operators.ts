/** One small change of a source file that its tests should notice. */
export interface Mutant {
  /** Relative to the repository's root. */
  readonly file: string;
  /** What is replaced, as offsets in the file. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

interface Operator {
  /** Found in the code, strings and comments blanked out; what the group `from` matches is replaced. */
  readonly pattern: RegExp;
  readonly to: (from: string) => string | undefined;
}

const SWAPS: Readonly<Record<string, string>> = {
  "===": "!==",
  "!==": "===",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "&&": "||",
  "||": "&&",
  "+": "-",
  "-": "+",
  "*": "/",
  "+=": "-=",
  "++": "--",
  "--": "++",
  true: "false",
  false: "true",
  min: "max",
  max: "min",
  some: "every",
  every: "some",
};

const swap = (from: string): string | undefined => SWAPS[from];
const nothing = (): string => "";

const OPERATORS: readonly Operator[] = [
  // Comparisons, logic and arithmetic between operands.
  { pattern: /\s(?<from>===|!==|<=|>=|&&|\|\||[<>*]|[+-])\s/g, to: swap },
  { pattern: /(?<from>\+\+|--|(?<=\s)\+=(?=\s))/g, to: swap },
  { pattern: /\b(?<from>true|false)\b(?! as)/g, to: swap },
  { pattern: /\.(?<from>min|max|some|every)\(/g, to: swap },
  // Conditions that always or never hold, and negations dropped.
  { pattern: /\bif \((?<from>(?:[^()]|\((?:[^()]|\([^()]*\))*\))+)\)/g, to: () => "true" },
  { pattern: /\bif \((?<from>(?:[^()]|\((?:[^()]|\([^()]*\))*\))+)\)/g, to: () => "false" },
  { pattern: /(?<=[\s(])(?<from>!)(?=[a-z(])/g, to: nothing },
  { pattern: /(?<=\S )(?<from>\?\? [^;,)\n]+)/g, to: nothing },
  // Statements, entries of objects and parts of them left out.
  {
    pattern:
      /^(?<from> +(?!return\b|const\b|let\b|readonly\b|case\b|if\b|import\b|export\b)[\w.#]+(?:\(.*\)|\+\+|--| [+?]*= .*);)$/gm,
    to: nothing,
  },
  { pattern: /^ +if \(.*\) (?<from>return;)$/gm, to: () => ";" },
  { pattern: /^(?<from> +\.\.\..*,)$/gm, to: nothing },
  { pattern: /(?<=[{,] )(?<from>\.\.\.\([^{}]*\{[^{}]*\}\),?)/g, to: nothing },
];

/** States and reasons are words, and a wrong one is a typical mistake. */
const WORDS: readonly string[] = [
  "success",
  "failed",
  "skipped",
  "upstream_failed",
  "cancelled",
  "timeout",
  "running",
  "queued",
  "waiting",
  "none",
  "lost",
];

/** Every mutant of a source file, in the order of the file. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const { code, strings } = blanked(text);
  const mutants: Mutant[] = [];
  for (const { pattern, to } of OPERATORS) {
    for (const match of code.matchAll(pattern)) {
      const from = match.groups?.from ?? "";
      const start = match.index + match[0].indexOf(from);
      const replacement = to(from);
      if (replacement === undefined || isType(code, start)) continue;
      mutants.push({ file, start, end: start + from.length, replacement });
    }
  }
  for (const { start, end } of strings) {
    const word = text.slice(start + 1, end - 1);
    const other = WORDS[(WORDS.indexOf(word) + 1) % WORDS.length];
    if (!WORDS.includes(word) || other === undefined || isType(code, start) || isOfUnion(code, start, end)) continue;
    mutants.push({ file, start, end, replacement: `"${other}"` });
  }
  return mutants.sort((a, b) => a.start - b.start);
}

/** Whether an offset lies in a declaration of types, which nothing of is left when the code runs. */
function isType(code: string, offset: number): boolean {
  const line_start = code.lastIndexOf("\n", offset) + 1;
  const line = code.slice(line_start, code.indexOf("\n", offset));
  if (/^(import|export) (type|\{|\*)|^(export )?(type|interface)\b|^\s*readonly \w+\??:|^\s*(\||&) /.test(line))
    return true;
  // Between the brackets of Extract<…>, Omit<…> and other types.
  return /\b(Extract|Omit|Pick|Partial|Record)<[^>]*$/.test(code.slice(line_start, offset));
}

/** Whether a string is a member of a union, and so a type: `"a" | "b"`. */
function isOfUnion(code: string, start: number, end: number): boolean {
  return /[^|]\| $/.test(code.slice(0, start).slice(-3)) || / \|[^|]/.test(code.slice(end, end + 3));
}

/** The text with comments and the insides of strings blanked out, offsets kept, and where its strings are. */
function blanked(text: string): { readonly code: string; readonly strings: readonly { start: number; end: number }[] } {
  const strings: { start: number; end: number }[] = [];
  const code = text.replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g,
    (match, offset: number) => {
      if (match.startsWith('"')) strings.push({ start: offset, end: offset + match.length });
      const edge = match.startsWith("/") ? " " : match.charAt(0);
      return edge + match.slice(1, -1).replaceAll(/[^\n]/g, " ") + edge;
    },
  );
  return { code, strings };
}
