/*
 * The simple commands of a bash script, word by word, as far as checks of single commands need it: what is in
 * comments is left out, quotes around a word are taken away, and what bash puts in at run time stands as written.
 */

/** A word. Offsets count in the script; quotes around the whole of it are not part of it. */
export interface ShellWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface ShellCommand {
  /** The program, without its folder; empty where only variables are set. */
  readonly name: string;
  /** What follows it, and the assignments before it. */
  readonly words: readonly ShellWord[];
}

/** Words behind which another command begins. */
const KEYWORDS: ReadonlySet<string> = new Set(
  "if then else elif do while until time ! { } fi done exec sudo command nohup env".split(" "),
);

/** Substitutions in quotes in substitutions. Nobody writes more, and recursion has to end. */
const DEPTH_MAX = 20;

/** How often a script may be gone through in search of what closes quotes; a hostile one never closes them. */
const PASSES_MAX = 20;

/** The commands of a script, in no certain order. Never throws; a script that bash would refuse gives some answer. */
export function commandsIn(script: string): readonly ShellCommand[] {
  const commands: ShellCommand[] = [];
  new Scanner(script, commands).scan(0, script.length, 0);
  return commands;
}

class Scanner {
  readonly #script: string;
  readonly #commands: ShellCommand[];
  #words: ShellWord[] = [];
  /** Characters that may still be looked at ahead of their turn. */
  #budget: number;

  constructor(script: string, commands: ShellCommand[]) {
    this.#script = script;
    this.#commands = commands;
    this.#budget = PASSES_MAX * script.length;
  }

  scan(from: number, end: number, depth: number): void {
    const outer = this.#words;
    this.#words = [];
    let wordStart: number | undefined;
    const endWord = (at: number): void => {
      if (wordStart !== undefined) this.#words.push(this.#word(wordStart, at));
      wordStart = undefined;
    };
    for (let at = from; at < end; ) {
      const char = this.#script.charAt(at);
      if (char === "#" && wordStart === undefined) {
        const line = this.#script.indexOf("\n", at);
        at = line === -1 ? end : line;
      } else if (char === " " || char === "\t" || char === "\r") {
        endWord(at);
        at += 1;
      } else if (/^\\\r?\n/.test(this.#script.slice(at, at + 3))) {
        // A line that goes on.
        endWord(at);
        at = this.#script.indexOf("\n", at) + 1;
      } else if (ENDS.has(char) || this.#script.startsWith("$(", at)) {
        endWord(at);
        this.#endCommand();
        at += char === "$" ? 2 : 1;
      } else {
        wordStart ??= at;
        at = Math.min(this.#partEnd(at, depth), end);
      }
    }
    endWord(end);
    this.#endCommand();
    this.#words = outer;
  }

  /** Where the quotes, the expansion or the character at `at` ends. */
  #partEnd(at: number, depth: number): number {
    const char = this.#script.charAt(at);
    if (char === "\\") return at + 2;
    if (char === "'") return this.#after("'", at + 1) ?? at + 1;
    if (char === '"') return this.#doubleQuoted(at, depth) ?? at + 1;
    if (this.#script.startsWith("${{", at)) return this.#after("}}", at) ?? at + 3;
    if (this.#script.startsWith("${", at)) return this.#after("}", at) ?? at + 2;
    return at + 1;
  }

  #after(text: string, from: number): number | undefined {
    if (this.#budget <= 0) return undefined;
    const found = this.#script.indexOf(text, from);
    this.#budget -= (found === -1 ? this.#script.length : found) - from;
    return found === -1 ? undefined : found + text.length;
  }

  /** Undefined when the quotes are never closed. */
  #doubleQuoted(quote: number, depth: number): number | undefined {
    const inner: [number, number][] = [];
    for (let at = quote + 1; at < this.#script.length && this.#budget-- > 0; at++) {
      const char = this.#script.charAt(at);
      if (char === '"') {
        if (depth < DEPTH_MAX) for (const [from, to] of inner) this.scan(from, to, depth + 1);
        return at + 1;
      }
      if (char === "\\") at += 1;
      else if (this.#script.startsWith("${{", at)) at = (this.#after("}}", at) ?? at + 3) - 1;
      else if (this.#script.startsWith("$(", at)) {
        const close = this.#closeOf(at + 2);
        if (close === undefined) return undefined;
        inner.push([at + 2, close]);
        at = close;
      }
    }
    return undefined;
  }

  /** The parenthesis that closes a substitution, quotes in it left aside. */
  #closeOf(from: number): number | undefined {
    let open = 1;
    for (let at = from; at < this.#script.length && this.#budget-- > 0; at++) {
      const char = this.#script.charAt(at);
      if (char === "\\") at += 1;
      else if (char === "(") open += 1;
      else if (char === ")" && --open === 0) return at;
    }
    return undefined;
  }

  #word(start: number, end: number): ShellWord {
    const text = this.#script.slice(start, end);
    const quote = text.charAt(0);
    const inner = text.slice(1, -1);
    const isQuoted =
      text.length > 1 && (quote === "'" || quote === '"') && text.endsWith(quote) && !inner.includes(quote);
    return isQuoted ? { text: inner, start: start + 1, end: end - 1 } : { text, start, end };
  }

  #endCommand(): void {
    const words = this.#words;
    this.#words = [];
    if (words.length === 0) return;
    const first = words.findIndex(({ text }) => !KEYWORDS.has(text) && !/^[A-Za-z_]\w*\+?=/.test(text));
    const name = words[first]?.text.split("/").at(-1) ?? "";
    this.#commands.push({ name, words: words.filter((_, index) => index !== first) });
  }
}

/** Characters that end a command. */
const ENDS: ReadonlySet<string> = new Set("\n;|&()`");
