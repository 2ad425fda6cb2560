import type { Refusal } from "./shell-commands.ts";

/*
 * The lower half of reading bash: quotes, expansions and arithmetic, and what each of them means for a
 * value that stands in it. Commands are read in `shell-lexer.ts`.
 */

/** How bash reads what stands at a hole. */
export type HoleContext =
  /** As part of an unquoted word: the value needs quotes of its own. */
  | { readonly type: "word"; readonly numeric?: string }
  /** Inside double quotes, a here-document or arithmetic: the value needs none. `numeric`: only a number is safe, and why. */
  | { readonly type: "quoted"; readonly numeric?: string }
  /** Nobody reads it. */
  | { readonly type: "comment" }
  | ({ readonly type: "refused" } & Refusal);

/** Stands for a hole in the script that is given to `holeContexts`: no word with it is a keyword. */
export const HOLE = "\uFFFC";

/** Substitutions inside substitutions; far beyond what people write, far below what the stack holds. */
const DEPTH_MAX = 100;

/** Characters of a variable's name that are looked at. */
const NAME_LENGTH_MAX = 16;

/** Characters in which a `((` has to be closed; what is longer counts as unclear. */
const PAIR_LENGTH_MAX = 10_000;

/** Characters without a meaning inside double quotes and expansions. */
const PLAIN_IN_QUOTES = /[^"'\\$`}\uFFFC]+/y;

export const IN_ARITHMETIC = "bash evaluates arithmetic here, and would run code in a text";
export const IN_SUBSCRIPT = "bash evaluates a subscript here, and would run code in a text";

/** A context that refuses the value. */
export const refused = (kind: Refusal["kind"], why: string, hint: string): HoleContext => ({
  type: "refused",
  kind,
  why,
  hint,
});

const ANSI_QUOTED = refused(
  "quoting",
  "can't stand in single quotes, where bash leaves everything as it is",
  "use double quotes, or end the single quotes before it: `'…'${{ … }}'…'`",
);
const SINGLE_QUOTED = { ...ANSI_QUOTED, quoted: true } as HoleContext;
const AFTER_BACKSLASH = refused(
  "quoting",
  "can't follow a backslash, which would take its meaning away",
  "write `$${{` for the text `${{`, or `\\\\` for a backslash",
);
const IN_BACKTICKS = refused(
  "code",
  "can't stand in backticks, where bash reads quotes twice",
  "write `$(…)` instead of backticks",
);
const IN_EXPANSION = refused(
  "code",
  "can't be part of this `${…}`",
  "put it in a variable of its own first: `value=${{ … }}`, then use `$value`",
);
const AMBIGUOUS = refused(
  "code",
  "can't stand in this `((`, which is arithmetic or a subshell by turns",
  "write `( (` for a subshell",
);
export const TOO_DEEP = refused("code", "stands in too many nested substitutions", "split the script");

/** What is read next: says for a hole, by its quoting, how it would be read. */
export type ContextOf = (type: "word" | "quoted") => HoleContext;

/** Walks over a script with holes in it. `contexts` fills up with how each hole is read, by offset. */
export abstract class ShellReader {
  readonly contexts = new Map<number, HoleContext>();
  protected readonly script: string;
  readonly #holes: ReadonlySet<number>;
  protected at = 0;
  /** What is read ends here; earlier than the script's end inside a here-document. */
  protected end: number;
  #depth = 0;
  /** Set where every hole is refused, whatever the context. */
  #refuseAll: HoleContext | undefined;

  constructor(script: string, holes: readonly number[]) {
    this.script = script;
    this.#holes = new Set(holes);
    this.end = script.length;
  }

  /** Reads a list of commands, up to the parenthesis that closes it (`closed`) or to the end. */
  protected abstract commands(closed: boolean): void;

  protected peek(ahead = 0): string {
    const at = this.at + ahead;
    return at < this.end ? (this.script[at] ?? "") : "";
  }

  protected starts(text: string): boolean {
    return this.at + text.length <= this.end && this.script.startsWith(text, this.at);
  }

  /** Reads all that a sticky expression matches here; most of a script is plain, and goes by in one step. */
  protected take(plain: RegExp): string {
    plain.lastIndex = this.at;
    const end = plain.test(this.script) ? Math.min(plain.lastIndex, this.end) : this.at;
    const text = this.script.slice(this.at, end);
    this.at = end;
    return text;
  }

  protected isHole(ahead = 0): boolean {
    return this.at + ahead < this.end && this.#holes.has(this.at + ahead);
  }

  protected mark(context: HoleContext): void {
    // What nobody reads can do no harm.
    this.contexts.set(this.at, context.type === "comment" ? context : (this.#refuseAll ?? context));
    this.at += 1;
  }

  /** Reads something in which every hole is refused. */
  protected refusing(context: HoleContext, read: () => void): void {
    const outer = this.#refuseAll;
    this.#refuseAll ??= context;
    read();
    this.#refuseAll = outer;
  }

  /** Goes into a nested construct, unless there are too many: then every hole up to the end is refused. */
  protected nested(read: () => void): void {
    if (this.#depth >= DEPTH_MAX) {
      while (this.at < this.end) {
        if (this.isHole()) this.mark(TOO_DEEP);
        else this.at += 1;
      }
      return;
    }
    this.#depth += 1;
    read();
    this.#depth -= 1;
  }

  /** Reads a backslash; true when a hole followed it, which is refused. */
  protected backslash(): boolean {
    this.at += 1;
    if (!this.isHole()) return false;
    this.mark(AFTER_BACKSLASH);
    return true;
  }

  /** From the opening to behind the closing single quote; `ansi` for `$'…'`, which has escapes. Returns the text. */
  protected singleQuoted(ansi: boolean, context?: HoleContext): string {
    this.at += 1;
    const start = this.at;
    while (this.at < this.end && this.peek() !== "'") {
      if (this.isHole()) this.mark(context?.type === "refused" ? context : ansi ? ANSI_QUOTED : SINGLE_QUOTED);
      else if (ansi && this.peek() === "\\" && !this.isHole(1)) this.at += 2;
      else this.at += 1;
    }
    const text = this.script.slice(start, Math.min(this.at, this.end));
    this.at += 1;
    return text;
  }

  /** One character inside double quotes or a here-document, or one substitution there. */
  protected quotedPart(contextOf: ContextOf): string {
    const char = this.peek();
    if (char === "\\") {
      if (this.backslash()) return "";
      const escaped = this.peek();
      this.at += 1;
      return escaped;
    }
    if (char === "`") {
      this.backticks();
      return "";
    }
    if (char === "$") return this.dollar(contextOf, "quoted");
    this.at += 1;
    return char + this.take(PLAIN_IN_QUOTES);
  }

  protected backticks(): void {
    this.at += 1;
    while (this.at < this.end && this.peek() !== "`") {
      if (this.isHole()) this.mark(IN_BACKTICKS);
      else this.at += this.peek() === "\\" && !this.isHole(1) ? 2 : 1;
    }
    this.at += 1;
  }

  /** `$(…)`, `$((…))`, `$[…]`, `${…}`, or a plain dollar sign. Returns a stand-in for the text. */
  protected dollar(contextOf: ContextOf, type: "word" | "quoted"): string {
    this.at += 1;
    if (this.starts("((")) {
      this.doubleParen();
    } else if (this.peek() === "(") {
      this.at += 1;
      const here = contextOf(type);
      const read = () => this.nested(() => this.commands(true));
      if (here.type === "refused" && here.runsSubstitutions) this.refusing(here, read);
      else read();
    } else if (this.peek() === "[") {
      this.at += 1;
      this.arithmetic("]", IN_ARITHMETIC);
    } else if (this.peek() === "{") {
      this.at += 1;
      // The name is told, for `${SHELL}` is a shell like any other.
      const name = /^[A-Za-z_]*/.exec(this.script.slice(this.at, this.at + NAME_LENGTH_MAX))?.[0] ?? "";
      this.nested(() => this.#expansion(contextOf, type));
      return `$${name}`;
    }
    return "$";
  }

  /** `((…))` behind any dollar sign. When the parentheses don't close as a pair it is something else, and unsafe. */
  protected doubleParen(): void {
    const arithmetic = this.#closesAsPair();
    this.at += 2;
    if (arithmetic) {
      this.arithmetic(")", IN_ARITHMETIC);
      if (this.peek() === ")") this.at += 1;
      return;
    }
    this.refusing(AMBIGUOUS, () => {
      this.nested(() => this.commands(true));
      this.nested(() => this.commands(true));
    });
  }

  /** Whether the `((` here is closed by a `))`. */
  #closesAsPair(): boolean {
    let depth = 0;
    const end = Math.min(this.end, this.at + PAIR_LENGTH_MAX);
    for (let at = this.at + 2; at < end; at++) {
      const char = this.script[at];
      if (char === "\\") at += 1;
      else if (char === "(") depth += 1;
      else if (char === ")") {
        if (depth === 0) return this.script[at + 1] === ")" && at + 1 < end;
        depth -= 1;
      } else if (char === "'" || char === '"') {
        const close = this.script.indexOf(char, at + 1);
        if (close === -1) return false;
        at = close;
      }
    }
    return false;
  }

  /** Arithmetic up to behind the `close` that ends it. Every hole in it takes numbers only. */
  protected arithmetic(close: ")" | "]" | "}", why: string): void {
    const open = close === ")" ? "(" : close === "]" ? "[" : "{";
    const numeric: HoleContext = { type: "quoted", numeric: why };
    this.nested(() => {
      let depth = 0;
      while (this.at < this.end) {
        const char = this.peek();
        if (this.isHole()) this.mark(numeric);
        else if (char === "$" || char === "`" || char === "\\") this.quotedPart(() => numeric);
        else if (char === "'") this.singleQuoted(false);
        else {
          this.at += 1;
          if (char === open) depth += 1;
          else if (char === close) {
            if (depth === 0) return;
            depth -= 1;
          }
        }
      }
    });
  }

  /** `${…}`, from behind its brace. Only the word after `-`, `+` and `?` takes any value. */
  #expansion(contextOf: ContextOf, type: "word" | "quoted"): void {
    if (this.peek() === "!" || (this.peek() === "#" && this.peek(1) !== "}")) this.at += 1;
    while (/[\w@*]/.test(this.peek())) this.at += 1;
    if (/[#?$!-]/.test(this.peek()) && this.peek(1) === "}") this.at += 1;
    if (this.peek() === "[") {
      this.at += 1;
      this.arithmetic("]", IN_SUBSCRIPT);
    }
    if (this.peek() === ":" && !/[-=+?]/.test(this.peek(1))) {
      this.at += 1;
      this.arithmetic("}", IN_ARITHMETIC);
      return;
    }
    const operator = this.peek() === ":" ? this.peek(1) : this.peek();
    this.#expansionWord(/^[-+?]$/.test(operator) ? contextOf : () => IN_EXPANSION, type);
  }

  /** The rest of a `${…}`, up to behind its closing brace. */
  #expansionWord(contextOf: ContextOf, type: "word" | "quoted"): void {
    let inDoubleQuotes = false;
    while (this.at < this.end) {
      const char = this.peek();
      if (this.isHole()) this.mark(contextOf(inDoubleQuotes ? "quoted" : type));
      else if (char === "'" && type === "word" && !inDoubleQuotes) this.singleQuoted(false);
      else if (char === '"') {
        inDoubleQuotes = !inDoubleQuotes;
        this.at += 1;
      } else if (char === "}" && !inDoubleQuotes) {
        this.at += 1;
        return;
      } else if (char === "$" && type === "word" && !inDoubleQuotes && this.peek(1) === "'") {
        this.at += 1;
        this.singleQuoted(true);
      } else if (char === "$") this.dollar(contextOf, inDoubleQuotes ? "quoted" : type);
      else this.quotedPart(contextOf);
    }
  }
}
