import {
  assignsNumber,
  type Refusal,
  refusalIn,
  refuseScript,
  runsStandardInput,
  shellName,
} from "./shell-commands.ts";

/*
 * Reads a bash script only as far as it takes to know how bash would read a value at given places
 * ("holes"): as a word of its own, inside double quotes, as arithmetic, as code. Where that can't be
 * told for certain, the hole is refused.
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

/** After these words another command's name may follow. */
const COMMAND_FOLLOWS = new Set([
  "if",
  "then",
  "else",
  "elif",
  "do",
  "while",
  "until",
  "!",
  "{",
  "}",
  "time",
  "fi",
  "done",
  "esac",
]);

const ARITHMETIC_TESTS = new Set(["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]);

const IN_ARITHMETIC = "bash evaluates arithmetic here, and would run code in a text";
const IN_SUBSCRIPT = "bash evaluates a subscript here, and would run code in a text";

const refused = (kind: Refusal["kind"], why: string, hint: string): HoleContext => ({
  type: "refused",
  kind,
  why,
  hint,
});

const SINGLE_QUOTED = refused(
  "quoting",
  "can't stand in single quotes, where bash leaves everything as it is",
  "use double quotes, or end the single quotes before it: `'…'${{ … }}'…'`",
);
const QUOTED_HERE_DOCUMENT = refused(
  "quoting",
  "can't stand in a here-document with a quoted delimiter, where bash leaves everything as it is",
  "write the delimiter without quotes: `<<EOF`",
);
const AFTER_BACKSLASH = refused(
  "quoting",
  "can't follow a backslash, which would take its meaning away",
  "write `$${{` for the text `${{`, or `\\\\` for a backslash",
);
const IN_DELIMITER = refused("quoting", "can't be part of a here-document's delimiter", "write the delimiter out");
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
const AS_NAME = refused(
  "code",
  "can't be a variable's name, because bash would evaluate a subscript in it as code",
  "write the name out",
);
const AMBIGUOUS = refused(
  "code",
  "can't stand in this `((`, which is arithmetic or a subshell by turns",
  "write `( (` for a subshell",
);
const TOO_DEEP = refused("code", "stands in too many nested substitutions", "split the script");

interface HereDocument {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly stripTabs: boolean;
  /** The command that reads it; complete once the line has ended. */
  readonly command: CommandState;
}

/** A simple command while it is read. */
interface CommandState {
  words: string[];
  /** The current word without its quotes; undefined between words. */
  word: string | undefined;
  redirect: string | undefined;
}

type Frame = "paren" | "case" | "array";

/**
 * Says for each hole how bash reads it. `script` has `HOLE` at each of the offsets in `holes`
 * (ascending); the answer is in the same order. Never throws; a script that bash itself would refuse
 * gives some answer for each hole.
 */
export function holeContexts(script: string, holes: readonly number[]): HoleContext[] {
  const lexer = new Lexer(script, holes);
  lexer.run();
  return holes.map((offset) => lexer.contexts.get(offset) ?? TOO_DEEP);
}

class Lexer {
  readonly contexts = new Map<number, HoleContext>();
  readonly #script: string;
  readonly #holes: ReadonlySet<number>;
  #at = 0;
  /** What is read ends here; earlier than the script's end inside a here-document. */
  #end: number;
  #pending: HereDocument[] = [];
  #depth = 0;
  /** Set where every hole is refused, whatever the context. */
  #refuseAll: HoleContext | undefined;

  constructor(script: string, holes: readonly number[]) {
    this.#script = script;
    this.#holes = new Set(holes);
    this.#end = script.length;
  }

  run(): void {
    this.#commands(false);
  }

  #peek(ahead = 0): string {
    const at = this.#at + ahead;
    return at < this.#end ? (this.#script[at] ?? "") : "";
  }

  #starts(text: string): boolean {
    return this.#at + text.length <= this.#end && this.#script.startsWith(text, this.#at);
  }

  #isHole(ahead = 0): boolean {
    return this.#at + ahead < this.#end && this.#holes.has(this.#at + ahead);
  }

  #mark(context: HoleContext): void {
    this.contexts.set(this.#at, this.#refuseAll ?? context);
    this.#at += 1;
  }

  /** Goes into a nested construct, unless there are too many: then every hole up to the end is refused. */
  #nested(read: () => void): void {
    if (this.#depth >= DEPTH_MAX) {
      for (; this.#at < this.#end; ) this.#isHole() ? this.#mark(TOO_DEEP) : this.#at++;
      return;
    }
    this.#depth += 1;
    read();
    this.#depth -= 1;
  }

  /** A list of commands, up to the parenthesis that closes it (`closed`) or to the end. */
  #commands(closed: boolean): void {
    const frames: Frame[] = [];
    let command: CommandState = { words: [], word: undefined, redirect: undefined };
    // In an array's parentheses words are values, not commands.
    const next = () => {
      command = { words: frames.at(-1) === "array" ? ["="] : [], word: undefined, redirect: undefined };
    };

    while (this.#at < this.#end) {
      const char = this.#peek();
      if (this.#isHole()) {
        this.#mark(this.#wordContext(command, "word"));
        command.word = (command.word ?? "") + HOLE;
      } else if (char === "#" && command.word === undefined) {
        this.#comment();
      } else if (char === " " || char === "\t") {
        endWord(command, frames);
        this.#at += 1;
      } else if (char === "\n") {
        endWord(command, frames);
        this.#at += 1;
        this.#hereDocuments();
        next();
      } else if (char === "(") {
        if (
          this.#starts("((") &&
          command.word === undefined &&
          (command.words.length === 0 || command.words.at(-1) === "for")
        ) {
          this.#doubleParen();
        } else {
          frames.push(command.word?.endsWith("=") ? "array" : "paren");
          this.#at += 1;
        }
        next();
      } else if (char === ")") {
        endWord(command, frames);
        this.#at += 1;
        if (frames.length === 0 && closed) return;
        if (frames.at(-1) !== "case") frames.pop();
        next();
      } else if (char === ";" || char === "|" || (char === "&" && this.#peek(1) !== ">")) {
        endWord(command, frames);
        this.#at += 1;
        next();
      } else if (char === "<" || char === ">" || char === "&") {
        this.#redirection(command, frames);
      } else if (char === "[" && this.#isSubscript(command)) {
        this.#at += 1;
        this.#arithmetic("]", IN_SUBSCRIPT);
        command.word = `${command.word ?? ""}[]`;
      } else {
        this.#wordPart(command);
        if (command.word === "[[" && command.words.length === 0 && /^\s/.test(this.#peek())) {
          this.#condition();
          command.word = undefined;
          command.words.push("[[");
        }
      }
    }
    endWord(command, frames);
  }

  /** `name[` or, in an array's parentheses, `[`: where an assignment's subscript may begin. */
  #isSubscript(command: CommandState): boolean {
    if (command.words[0] === "=") return command.word === undefined;
    return command.words.length === 0 && command.word !== undefined && /^[A-Za-z_]\w*$/.test(command.word);
  }

  /** How a value is read in a command: by its quoting, unless the command makes something else of it. */
  #wordContext(command: CommandState, type: "word" | "quoted"): HoleContext {
    const soFar = { words: command.words, word: command.word ?? "", redirect: command.redirect };
    const refusal = refusalIn(soFar);
    if (refusal) return { type: "refused", ...refusal };
    return assignsNumber(soFar) ? { type, numeric: IN_ARITHMETIC } : { type };
  }

  #comment(): void {
    while (this.#at < this.#end && this.#peek() !== "\n") {
      if (this.#isHole()) this.#mark({ type: "comment" });
      else this.#at += 1;
    }
  }

  /** One character of a word, or one quoted or substituted part of it. */
  #wordPart(command: CommandState): void {
    const before = command.word ?? "";
    const char = this.#peek();
    command.word = before;
    if (char === "\\") {
      if (this.#backslash()) return;
      if (this.#peek() !== "\n") command.word = before + this.#peek();
      else if (before === "") command.word = undefined;
      this.#at += 1;
    } else if (char === "'") {
      command.word = before + this.#singleQuoted(false);
    } else if (char === '"') {
      this.#at += 1;
      this.#doubleQuoted(command);
    } else if (char === "`") {
      this.#backticks();
    } else if (char === "$") {
      if (this.#peek(1) === "'") {
        this.#at += 1;
        command.word = before + this.#singleQuoted(true);
      } else if (this.#peek(1) === '"') {
        this.#at += 2;
        this.#doubleQuoted(command);
      } else {
        command.word = before + this.#dollar((type) => this.#wordContext(command, type), "word");
      }
    } else {
      command.word = before + char;
      this.#at += 1;
    }
  }

  /** Reads a backslash; true when a hole followed it, which is refused. */
  #backslash(): boolean {
    this.#at += 1;
    if (!this.#isHole()) return false;
    this.#mark(AFTER_BACKSLASH);
    return true;
  }

  /** From the opening to behind the closing single quote; `ansi` for `$'…'`, which has escapes. Returns the text. */
  #singleQuoted(ansi: boolean): string {
    this.#at += 1;
    const start = this.#at;
    while (this.#at < this.#end && this.#peek() !== "'") {
      if (this.#isHole()) this.#mark(SINGLE_QUOTED);
      else if (ansi && this.#peek() === "\\" && !this.#isHole(1)) this.#at += 2;
      else this.#at += 1;
    }
    const text = this.#script.slice(start, Math.min(this.#at, this.#end));
    this.#at += 1;
    return text;
  }

  /** From behind the opening to behind the closing double quote; the text goes to the current word. */
  #doubleQuoted(command: CommandState): void {
    const contextOf = (type: "word" | "quoted") => this.#wordContext(command, type);
    while (this.#at < this.#end && this.#peek() !== '"') {
      let text = HOLE;
      if (this.#isHole()) this.#mark(contextOf("quoted"));
      else text = this.#quotedPart(contextOf);
      command.word = (command.word ?? "") + text;
    }
    this.#at += 1;
  }

  /** One character inside double quotes or a here-document, or one substitution there. */
  #quotedPart(contextOf: (type: "word" | "quoted") => HoleContext): string {
    const char = this.#peek();
    if (char === "\\") {
      if (this.#backslash()) return "";
      const escaped = this.#peek();
      this.#at += 1;
      return escaped;
    }
    if (char === "`") {
      this.#backticks();
      return "";
    }
    if (char === "$") return this.#dollar(contextOf, "quoted");
    this.#at += 1;
    return char;
  }

  #backticks(): void {
    this.#at += 1;
    while (this.#at < this.#end && this.#peek() !== "`") {
      if (this.#isHole()) this.#mark(IN_BACKTICKS);
      else this.#at += this.#peek() === "\\" && !this.#isHole(1) ? 2 : 1;
    }
    this.#at += 1;
  }

  /** `$(…)`, `$((…))`, `$[…]`, `${…}`, or a plain dollar sign. Returns a stand-in for the text. */
  #dollar(contextOf: (type: "word" | "quoted") => HoleContext, type: "word" | "quoted"): string {
    this.#at += 1;
    if (this.#starts("((")) {
      this.#doubleParen();
    } else if (this.#peek() === "(") {
      this.#at += 1;
      this.#nested(() => this.#commands(true));
    } else if (this.#peek() === "[") {
      this.#at += 1;
      this.#arithmetic("]", IN_ARITHMETIC);
    } else if (this.#peek() === "{") {
      this.#at += 1;
      this.#nested(() => this.#expansion(contextOf, type));
    }
    return "$";
  }

  /** `((…))` behind any dollar sign. When the parentheses don't close as a pair it is something else, and unsafe. */
  #doubleParen(): void {
    const arithmetic = this.#closesAsPair();
    const outer = this.#refuseAll;
    this.#at += 2;
    if (arithmetic) {
      this.#arithmetic(")", IN_ARITHMETIC);
      if (this.#peek() === ")") this.#at += 1;
      return;
    }
    this.#refuseAll ??= AMBIGUOUS;
    this.#nested(() => this.#commands(true));
    this.#nested(() => this.#commands(true));
    this.#refuseAll = outer;
  }

  /** Whether the `((` here is closed by a `))`. */
  #closesAsPair(): boolean {
    let depth = 0;
    for (let at = this.#at + 2; at < this.#end; at++) {
      const char = this.#script[at];
      if (char === "\\") at += 1;
      else if (char === "(") depth += 1;
      else if (char === ")") {
        if (depth === 0) return this.#script[at + 1] === ")" && at + 1 < this.#end;
        depth -= 1;
      } else if (char === "'" || char === '"') {
        const close = this.#script.indexOf(char, at + 1);
        if (close === -1) return false;
        at = close;
      }
    }
    return false;
  }

  /** Arithmetic up to behind the `close` that ends it. Every hole in it takes numbers only. */
  #arithmetic(close: ")" | "]" | "}", why: string): void {
    const open = close === ")" ? "(" : close === "]" ? "[" : "{";
    const numeric: HoleContext = { type: "quoted", numeric: why };
    this.#nested(() => {
      let depth = 0;
      while (this.#at < this.#end) {
        const char = this.#peek();
        if (this.#isHole()) this.#mark(numeric);
        else if (char === "$" || char === "`" || char === "\\") this.#quotedPart(() => numeric);
        else if (char === "'") this.#singleQuoted(false);
        else {
          this.#at += 1;
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
  #expansion(contextOf: (type: "word" | "quoted") => HoleContext, type: "word" | "quoted"): void {
    if (this.#peek() === "!" || (this.#peek() === "#" && this.#peek(1) !== "}")) this.#at += 1;
    while (/[\w@*]/.test(this.#peek())) this.#at += 1;
    if (/[#?$!-]/.test(this.#peek()) && this.#peek(1) === "}") this.#at += 1;
    if (this.#peek() === "[") {
      this.#at += 1;
      this.#arithmetic("]", IN_SUBSCRIPT);
    }
    if (this.#peek() === ":" && !/[-=+?]/.test(this.#peek(1))) {
      this.#at += 1;
      this.#arithmetic("}", IN_ARITHMETIC);
      return;
    }
    const operator = this.#peek() === ":" ? this.#peek(1) : this.#peek();
    this.#expansionWord(/^[-+?]$/.test(operator) ? contextOf : () => IN_EXPANSION, type);
  }

  /** The rest of a `${…}`, up to behind its closing brace. */
  #expansionWord(contextOf: (type: "word" | "quoted") => HoleContext, type: "word" | "quoted"): void {
    let inDoubleQuotes = false;
    while (this.#at < this.#end) {
      const char = this.#peek();
      if (this.#isHole()) this.#mark(contextOf(inDoubleQuotes ? "quoted" : type));
      else if (char === "'" && type === "word" && !inDoubleQuotes) this.#singleQuoted(false);
      else if (char === '"') {
        inDoubleQuotes = !inDoubleQuotes;
        this.#at += 1;
      } else if (char === "}" && !inDoubleQuotes) {
        this.#at += 1;
        return;
      } else if (char === "$" && type === "word" && !inDoubleQuotes && this.#peek(1) === "'") {
        this.#at += 1;
        this.#singleQuoted(true);
      } else if (char === "$") this.#dollar(contextOf, inDoubleQuotes ? "quoted" : type);
      else this.#quotedPart(contextOf);
    }
  }

  /** `[[ … ]]`, from behind `[[`. Words beside `-eq` and its kin are arithmetic; `-v` takes a name. */
  #condition(): void {
    const words: { text: string; from: number; to: number }[] = [];
    while (this.#at < this.#end) {
      while (/^\s/.test(this.#peek())) this.#at += 1;
      const from = this.#at;
      // A command state of its own: words in here are no command.
      const state: CommandState = { words: ["[["], word: undefined, redirect: undefined };
      while (this.#at < this.#end && !/^\s/.test(this.#peek())) {
        if (this.#isHole()) {
          this.#mark({ type: "word" });
          state.word = (state.word ?? "") + HOLE;
        } else this.#wordPart(state);
      }
      if (state.word === "]]") break;
      words.push({ text: state.word ?? "", from, to: this.#at });
    }
    words.forEach((word, index) => {
      if (ARITHMETIC_TESTS.has(word.text)) {
        this.#remark(words[index - 1], toNumber);
        this.#remark(words[index + 1], toNumber);
      } else if (word.text === "-v" || word.text === "-R") {
        this.#remark(words[index + 1], () => AS_NAME);
      }
    });
  }

  /** Changes what was said of the holes in a stretch of the script. */
  #remark(stretch: { from: number; to: number } | undefined, change: (context: HoleContext) => HoleContext): void {
    if (!stretch) return;
    for (const [offset, context] of this.contexts) {
      if (offset >= stretch.from && offset < stretch.to) this.contexts.set(offset, change(context));
    }
  }

  /** A redirection, a here-document's operator and delimiter, or a process substitution. */
  #redirection(command: CommandState, frames: Frame[]): void {
    if ((this.#peek() === "<" || this.#peek() === ">") && this.#peek(1) === "(") {
      this.#at += 2;
      command.word ??= "";
      this.#nested(() => this.#commands(true));
      return;
    }
    // The digits before it name a file descriptor.
    if (command.word !== undefined && /^\d+$/.test(command.word)) command.word = undefined;
    endWord(command, frames);
    const operator =
      ["<<<", "<<-", "<<", "<&", "<>", ">>", ">&", ">|", "&>>", "&>", "<", ">"].find((text) => this.#starts(text)) ??
      "&";
    this.#at += operator.length;
    if (operator === "<<" || operator === "<<-") this.#hereDelimiter(command, operator === "<<-");
    else command.redirect = operator;
  }

  #hereDelimiter(command: CommandState, stripTabs: boolean): void {
    while (this.#peek() === " " || this.#peek() === "\t") this.#at += 1;
    let delimiter = "";
    let quoted = false;
    while (this.#at < this.#end && !/[\s;&|<>()]/.test(this.#peek())) {
      const char = this.#peek();
      if (this.#isHole()) this.#mark(IN_DELIMITER);
      else if (char === "'" || char === '"') {
        quoted = true;
        const close = this.#script.indexOf(char, this.#at + 1);
        const end = close === -1 || close >= this.#end ? this.#end : close;
        for (this.#at += 1; this.#at < end; ) {
          delimiter += this.#peek();
          if (this.#isHole()) this.#mark(IN_DELIMITER);
          else this.#at += 1;
        }
        this.#at += 1;
      } else {
        if (char === "\\") {
          quoted = true;
          this.#at += 1;
          if (this.#isHole()) continue;
        }
        delimiter += this.#peek();
        this.#at += 1;
      }
    }
    this.#pending.push({ delimiter, quoted, stripTabs, command });
  }

  /** The bodies of the here-documents of the line that has just ended. */
  #hereDocuments(): void {
    const documents = this.#pending;
    this.#pending = [];
    for (const document of documents) {
      let bodyEnd = this.#end;
      let after = this.#end;
      for (let line = this.#at; line < this.#end; ) {
        const newline = this.#script.indexOf("\n", line);
        const lineEnd = newline === -1 || newline >= this.#end ? this.#end : newline;
        const text = this.#script.slice(line, lineEnd);
        if ((document.stripTabs ? text.replace(/^\t+/, "") : text) === document.delimiter) {
          bodyEnd = line;
          after = Math.min(lineEnd + 1, this.#end);
          break;
        }
        line = lineEnd + 1;
      }
      this.#hereBody(document, bodyEnd);
      this.#at = after;
    }
  }

  #hereBody(document: HereDocument, end: number): void {
    const outerEnd = this.#end;
    this.#end = end;
    const { words } = document.command;
    const context: HoleContext = document.quoted
      ? QUOTED_HERE_DOCUMENT
      : runsStandardInput(words)
        ? { type: "refused", ...refuseScript(shellName(words)) }
        : { type: "quoted" };
    while (this.#at < this.#end) {
      if (this.#isHole()) this.#mark(context);
      else if (document.quoted) this.#at += 1;
      else this.#quotedPart(() => context);
    }
    this.#end = outerEnd;
  }
}

function toNumber(context: HoleContext): HoleContext {
  return context.type === "word" || context.type === "quoted"
    ? { type: context.type, numeric: IN_ARITHMETIC }
    : context;
}

/** Ends the current word: a target of a redirection, a keyword, an assignment, or an argument. */
function endWord(command: CommandState, frames: Frame[]): void {
  const { word, words } = command;
  command.word = undefined;
  if (word === undefined) return;
  if (command.redirect !== undefined) {
    command.redirect = undefined;
    return;
  }
  if (words.length === 0) {
    if (word === "case") frames.push("case");
    if (word === "esac" && frames.at(-1) === "case") frames.pop();
    if (COMMAND_FOLLOWS.has(word) || /^[A-Za-z_]\w*(\[.*\])?\+?=/.test(word)) return;
  }
  words.push(word);
  // Behind `case WORD in` come patterns, which end with a parenthesis of their own; behind `function f {` comes a command.
  if ((words[0] === "case" && words.length === 3 && word === "in") || word === "{") command.words = [];
}
