import {
  assignsNumber,
  printsArguments,
  refusalIn,
  refuseScript,
  runsFile,
  runsStandardInput,
  shellName,
} from "./shell-commands.ts";
import {
  type ContextOf,
  HOLE,
  type HoleContext,
  IN_ARITHMETIC,
  IN_SUBSCRIPT,
  refused,
  ShellReader,
  TOO_DEEP,
} from "./shell-reader.ts";

/*
 * Reads a bash script only as far as it takes to know how bash would read a value at given places
 * ("holes"): as a word of its own, inside double quotes, as arithmetic, as code. Where that can't be
 * told for certain, the hole is refused.
 */

const QUOTED_HERE_DOCUMENT = refused(
  "quoting",
  "can't stand in a here-document with a quoted delimiter, where bash leaves everything as it is",
  "write the delimiter without quotes: `<<EOF`",
);
const IN_DELIMITER = refused("quoting", "can't be part of a here-document's delimiter", "write the delimiter out");
const AS_NAME = refused(
  "code",
  "can't be a variable's name, because bash would evaluate a subscript in it as code",
  "write the name out",
);

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

/** Characters that mean nothing but themselves wherever they stand in a word. */
const PLAIN_IN_WORDS = /[\w./:,@%+-]+/y;

const ARITHMETIC_TESTS = new Set(["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]);

interface HereDocument {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly stripTabs: boolean;
  /** The command that reads it; complete once the line has ended. */
  readonly command: CommandState;
}

/** A simple command while it is read. */
export interface CommandState {
  /** Where it begins. */
  readonly from: number;
  /** It stands in the parentheses of a subshell or an array. */
  readonly grouped: boolean;
  /** The holes in its words, quoted or not, that bash gives it. */
  readonly holes: number[];
  /** The files and descriptors that its standard output is sent to. */
  readonly outputs: string[];
  /** Itself among the commands that are joined by pipes. */
  readonly pipeline: CommandState[];
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
  const lexer = new ShellLexer(script, holes);
  lexer.run();
  return holes.map((offset) => lexer.contexts.get(offset) ?? TOO_DEEP);
}

/** Reads the commands of a script. */
export class ShellLexer extends ShellReader {
  #pending: HereDocument[] = [];

  /** A word has been read behind which a command may follow. */
  protected keyword(_command: CommandState, _word: string): void {}

  /** Commands that are joined by pipes have been read. */
  protected pipelineEnded(_pipeline: readonly CommandState[]): void {}

  run(): void {
    this.commands(false);
  }

  /** A list of commands, up to the parenthesis that closes it (`closed`) or to the end. */
  protected commands(closed: boolean): void {
    const frames: Frame[] = [];
    let command = this.#newCommand([], frames);
    const next = () => {
      this.#endPipeline(command.pipeline);
      command = this.#newCommand([], frames);
    };

    while (this.at < this.end) {
      const char = this.peek();
      if (this.isHole()) {
        this.mark(this.#wordContext(command, "word"));
        command.word = (command.word ?? "") + HOLE;
      } else if (char === "#" && command.word === undefined) {
        this.#comment();
      } else if (char === " " || char === "\t") {
        this.#endWord(command, frames);
        this.at += 1;
      } else if (char === "\n") {
        this.#endWord(command, frames);
        this.at += 1;
        this.#hereDocuments();
        // Behind a pipe the command may stand on the next line.
        if (command.words.length > 0 || command.pipeline.length === 1) next();
      } else if (char === "(") {
        if (
          this.starts("((") &&
          command.word === undefined &&
          (command.words.length === 0 || command.words.at(-1) === "for")
        ) {
          this.doubleParen();
        } else {
          frames.push(command.word?.endsWith("=") ? "array" : "paren");
          this.at += 1;
        }
        next();
      } else if (char === ")") {
        this.#endWord(command, frames);
        this.at += 1;
        if (frames.length === 0 && closed) {
          this.#endPipeline(command.pipeline);
          return;
        }
        if (frames.at(-1) !== "case") frames.pop();
        next();
      } else if (char === "|" && this.peek(1) !== "|") {
        this.#endWord(command, frames);
        this.at += this.peek(1) === "&" ? 2 : 1;
        command = this.#newCommand(command.pipeline, frames);
      } else if (char === ";" || char === "|" || (char === "&" && this.peek(1) !== ">")) {
        this.#endWord(command, frames);
        this.at += this.peek(1) === char ? 2 : 1;
        next();
      } else if (char === "<" || char === ">" || char === "&") {
        this.#redirection(command, frames);
      } else if (char === "[" && this.#isSubscript(command)) {
        this.at += 1;
        this.arithmetic("]", IN_SUBSCRIPT);
        command.word = `${command.word ?? ""}[]`;
      } else {
        this.#wordPart(command);
        if (command.word === "[[" && command.words.length === 0 && isBlank(this.peek())) {
          this.#condition();
          command.word = undefined;
          command.words.push("[[");
        }
      }
    }
    this.#endWord(command, frames);
    this.#endPipeline(command.pipeline);
  }

  #endWord(command: CommandState, frames: Frame[]): void {
    const word = command.words.length === 0 && command.redirect === undefined ? command.word : undefined;
    endWord(command, frames);
    if (word !== undefined && COMMAND_FOLLOWS.has(word)) this.keyword(command, word);
  }

  #newCommand(pipeline: CommandState[], frames: readonly Frame[]): CommandState {
    // In an array's parentheses words are values, not commands.
    const words = frames.at(-1) === "array" ? ["="] : [];
    const command: CommandState = {
      from: this.at,
      grouped: frames.includes("paren") || frames.includes("array"),
      holes: [],
      outputs: [],
      pipeline,
      words,
      word: undefined,
      redirect: undefined,
    };
    pipeline.push(command);
    return command;
  }

  /** Refuses what is printed into a shell: `echo … | bash`. */
  #endPipeline(pipeline: readonly CommandState[]): void {
    this.pipelineEnded(pipeline);
    for (const [index, command] of pipeline.entries()) {
      const shell = shellBehind(pipeline, command);
      if (shell === undefined || !printsArguments(command.words)) continue;
      const to = pipeline[index + 1]?.from ?? this.at;
      this.#remark({ from: command.from, to }, () => ({ type: "refused", ...refuseScript(shell) }));
    }
  }

  /** `name[` or, in an array's parentheses, `[`: where an assignment's subscript may begin. */
  #isSubscript(command: CommandState): boolean {
    if (command.words[0] === "=") return command.word === undefined;
    return command.words.length === 0 && command.word !== undefined && /^[A-Za-z_]\w*$/.test(command.word);
  }

  /** How a value is read in a command: by its quoting, unless the command makes something else of it. */
  #wordContext(command: CommandState, type: "word" | "quoted"): HoleContext {
    if (this.isHole() && command.redirect === undefined) command.holes.push(this.at);
    const soFar = { words: command.words, word: command.word ?? "", redirect: command.redirect };
    const refusal = refusalIn(soFar);
    if (refusal) return { type: "refused", ...refusal };
    return assignsNumber(soFar) ? { type, numeric: IN_ARITHMETIC } : { type };
  }

  #comment(): void {
    while (this.at < this.end && this.peek() !== "\n") {
      if (this.isHole()) this.mark({ type: "comment" });
      else this.at += 1;
    }
  }

  /** One character of a word, or one quoted or substituted part of it. */
  #wordPart(command: CommandState): void {
    const before = command.word ?? "";
    const char = this.peek();
    command.word = before;
    if (char === "\\") {
      if (this.backslash()) return;
      if (this.peek() !== "\n") command.word = before + this.peek();
      else if (before === "") command.word = undefined;
      this.at += 1;
    } else if (char === "'") {
      // Where no quotes would help, that is the thing to say.
      command.word = before + this.singleQuoted(false, this.#wordContext(command, "quoted"));
    } else if (char === '"') {
      this.at += 1;
      this.#doubleQuoted(command);
    } else if (char === "`") {
      this.backticks();
    } else if (char === "$") {
      if (this.peek(1) === "'") {
        this.at += 1;
        command.word = before + this.singleQuoted(true, this.#wordContext(command, "quoted"));
      } else if (this.peek(1) === '"') {
        this.at += 2;
        this.#doubleQuoted(command);
      } else {
        command.word = before + this.dollar((type) => this.#wordContext(command, type), "word");
      }
    } else {
      this.at += 1;
      command.word = before + char + this.take(PLAIN_IN_WORDS);
    }
  }

  /** From behind the opening to behind the closing double quote; the text goes to the current word. */
  #doubleQuoted(command: CommandState): void {
    const contextOf: ContextOf = (type) => this.#wordContext(command, type);
    while (this.at < this.end && this.peek() !== '"') {
      let text = HOLE;
      if (this.isHole()) this.mark(contextOf("quoted"));
      else text = this.quotedPart(contextOf);
      command.word = (command.word ?? "") + text;
    }
    this.at += 1;
  }

  /** `[[ … ]]`, from behind `[[`. Words beside `-eq` and its kin are arithmetic; `-v` takes a name. */
  #condition(): void {
    const words: { text: string; from: number; to: number }[] = [];
    while (this.at < this.end) {
      while (isBlank(this.peek())) this.at += 1;
      // It need not stand alone: `[[ … ]]; then`, `$([[ … ]])`.
      if (this.starts("]]") && /^[\s;&|()<>]?$/.test(this.peek(2))) {
        this.at += 2;
        break;
      }
      const from = this.at;
      // A command state of its own: words in here are no command.
      const state: CommandState = { ...this.#newCommand([], []), words: ["[["] };
      while (this.at < this.end && !isBlank(this.peek())) {
        if (this.isHole()) {
          this.mark({ type: "word" });
          state.word = (state.word ?? "") + HOLE;
        } else this.#wordPart(state);
      }
      words.push({ text: state.word ?? "", from, to: this.at });
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
    if ((this.peek() === "<" || this.peek() === ">") && this.peek(1) === "(") {
      const shell = this.peek() === "<" && command.redirect === undefined ? runsFile(command.words) : undefined;
      this.at += 2;
      command.word ??= "";
      const read = () => this.nested(() => this.commands(true));
      if (shell === undefined) read();
      else this.refusing({ type: "refused", ...refuseScript(shell) }, read);
      return;
    }
    // The digits before it name a file descriptor.
    const descriptor = command.word !== undefined && /^\d+$/.test(command.word) ? command.word : "1";
    if (descriptor === command.word) command.word = undefined;
    this.#endWord(command, frames);
    const operator =
      ["<<<", "<<-", "<<", "<&", "<>", ">>", ">&", ">|", "&>>", "&>", "<", ">"].find((text) => this.starts(text)) ??
      "&";
    this.at += operator.length;
    if (operator === "<<" || operator === "<<-") this.#hereDelimiter(command, operator === "<<-");
    else command.redirect = operator.includes(">") && descriptor !== "1" ? `${descriptor}${operator}` : operator;
  }

  #hereDelimiter(command: CommandState, stripTabs: boolean): void {
    while (this.peek() === " " || this.peek() === "\t") this.at += 1;
    let delimiter = "";
    let quoted = false;
    while (this.at < this.end && !/[\s;&|<>()]/.test(this.peek())) {
      const char = this.peek();
      if (this.isHole()) this.mark(IN_DELIMITER);
      else if (char === "'" || char === '"') {
        quoted = true;
        const close = this.script.indexOf(char, this.at + 1);
        const end = close === -1 || close >= this.end ? this.end : close;
        for (this.at += 1; this.at < end; ) {
          delimiter += this.peek();
          if (this.isHole()) this.mark(IN_DELIMITER);
          else this.at += 1;
        }
        this.at += 1;
      } else {
        if (char === "\\") {
          quoted = true;
          this.at += 1;
          if (this.isHole()) continue;
        }
        delimiter += this.peek();
        this.at += 1;
      }
    }
    this.#pending.push({ delimiter, quoted, stripTabs, command });
  }

  /** The bodies of the here-documents of the line that has just ended. */
  #hereDocuments(): void {
    const documents = this.#pending;
    this.#pending = [];
    for (const document of documents) {
      let bodyEnd = this.end;
      let after = this.end;
      for (let line = this.at; line < this.end; ) {
        const newline = this.script.indexOf("\n", line);
        const lineEnd = newline === -1 || newline >= this.end ? this.end : newline;
        const text = this.script.slice(line, lineEnd);
        if ((document.stripTabs ? text.replace(/^\t+/, "") : text) === document.delimiter) {
          bodyEnd = line;
          after = Math.min(lineEnd + 1, this.end);
          break;
        }
        line = lineEnd + 1;
      }
      this.#hereBody(document, bodyEnd);
      this.at = after;
    }
  }

  #hereBody(document: HereDocument, end: number): void {
    const outerEnd = this.end;
    this.end = end;
    const { words, pipeline } = document.command;
    const shell = runsStandardInput(words) ? shellName(words) : shellBehind(pipeline, document.command);
    const open: HoleContext = shell === undefined ? { type: "quoted" } : { type: "refused", ...refuseScript(shell) };
    const context = document.quoted ? QUOTED_HERE_DOCUMENT : open;
    while (this.at < this.end) {
      if (this.isHole()) this.mark(context);
      else if (document.quoted) this.at += 1;
      else this.quotedPart(() => context);
    }
    this.end = outerEnd;
  }
}

/** The shell that reads what a command of a pipeline prints. */
function shellBehind(pipeline: readonly CommandState[], command: CommandState): string | undefined {
  const later = pipeline.slice(pipeline.indexOf(command) + 1);
  const shell = later.find(({ words }) => runsStandardInput(words));
  return shell === undefined ? undefined : shellName(shell.words);
}

function isBlank(char: string): boolean {
  return char === " " || char === "\t" || char === "\n";
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
    if (/^&?>/.test(command.redirect)) command.outputs.push(word);
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
