import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { refuse } from "./failure.ts";
import type { Dialect } from "./settings.ts";

/** One statement, with its placeholders numbered from 1. */
export interface Statement {
  /** As it is sent. */
  readonly text: string;
  /** Of `$1`, `$2` …, in their order. */
  readonly values: readonly JsonValue[];
  /** Its first word, in capitals; empty when it has none. */
  readonly verb: string;
  /** Where a place of `text` stands in the whole source. */
  offsetOf(place: number): number;
}

/** First words of statements that begin or end a transaction, but for ROLLBACK, which with TO goes back inside of one. */
const TRANSACTIONS = new Set(["BEGIN", "START", "COMMIT", "END", "ABORT"]);

/** Whether a statement begins or ends a transaction. */
export function rulesTransaction({ text, verb }: Statement): boolean {
  if (verb === "ROLLBACK") return !/^\s*ROLLBACK\s+(?:(?:TRANSACTION|WORK)\s+)?TO\b/i.test(text);
  return TRANSACTIONS.has(verb);
}

/**
 * Takes a text apart into statements and gives each the values of its placeholders. Texts, names and comments are passed
 * over as the database does; the body of a trigger, or of a function in SQL, stays in its statement.
 * @throws SqlFailure when a placeholder has no value, or a value no placeholder
 */
export function statementsOf(
  source: string,
  dialect: Dialect,
  params: readonly JsonValue[] | JsonObject | undefined,
): readonly Statement[] {
  return new Splitter(source, dialect, params).run();
}

const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /\d[\w.]*/y;
const NAMED = /:([A-Za-z_]\w*)/y;
const DOLLAR_NUMBER = /\$(\d+)/y;
const QUESTION = /\?(\d*)/y;
/** SQLite takes these too, and binds NULL to one that it isn't told of. */
const OTHER_NAMED = /[@$][A-Za-z_]\w*/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;

class Splitter {
  readonly #source: string;
  readonly #dialect: Dialect;
  readonly #params: readonly JsonValue[] | JsonObject | undefined;
  readonly #statements: Statement[] = [];
  readonly #used = new Set<string>();
  #at = 0;
  /** SQLite's bare `?` take the values one after the other. */
  #bare = 0;

  // Of the statement that is being read.
  #start = 0;
  /** There is more than blanks and comments. */
  #hasContent = false;
  #words: string[] = [];
  #text = "";
  #copied = 0;
  /** How many characters were added up to a place of `text`. */
  #shifts: { readonly at: number; readonly by: number }[] = [];
  #values = new Map<string, JsonValue>();
  /** Open blocks of a body, in which `;` ends nothing. */
  #depth = 0;

  constructor(source: string, dialect: Dialect, params: readonly JsonValue[] | JsonObject | undefined) {
    this.#source = source;
    this.#dialect = dialect;
    this.#params = params;
  }

  run(): readonly Statement[] {
    while (this.#at < this.#source.length) this.#next();
    this.#end(this.#source.length);
    const params = this.#params ?? [];
    const given = Array.isArray(params) ? params.map((_, index) => String(index + 1)) : Object.keys(params);
    const unused = given.filter((name) => !this.#used.has(name));
    if (unused.length > 0) refuse(`\`params\` has ${unused.map(quoted).join(", ")}, and no statement uses it`);
    return this.#statements;
  }

  #next(): void {
    const source = this.#source;
    const at = this.#at;
    const char = source[at];
    const two = source.slice(at, at + 2);
    if (two !== "--" && two !== "/*" && char !== ";" && /\S/.test(char ?? "")) this.#hasContent = true;
    if (two === "--") this.#at = this.#after("\n", at);
    else if (two === "/*") this.#comment();
    else if (char === "'") this.#quoted("'", /^e$/i.test(this.#words.at(-1) ?? "") && /e/i.test(source[at - 1] ?? ""));
    else if (char === '"' || (char === "`" && this.#isSqlite)) this.#quoted(char, false);
    else if (char === "[" && this.#isSqlite) this.#at = this.#after("]", at);
    else if (char === ";") {
      if (this.#depth === 0) this.#end(at);
      this.#at = at + 1;
    } else if (!(this.#placeholder() || this.#dollarQuote() || this.#word())) {
      this.#at = at + (two === "::" ? 2 : (this.#match(NUMBER)?.[0].length ?? 1));
    }
  }

  get #isSqlite(): boolean {
    return this.#dialect === "sqlite";
  }

  #match(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.#at;
    return form.exec(this.#source);
  }

  #after(end: string, from: number): number {
    const found = this.#source.indexOf(end, from);
    return found < 0 ? this.#source.length : found + end.length;
  }

  /** PostgreSQL's nest. */
  #comment(): void {
    let depth = 0;
    const marks = /\/\*|\*\//g;
    marks.lastIndex = this.#at;
    for (let mark = marks.exec(this.#source); mark !== null; mark = marks.exec(this.#source)) {
      if (mark[0] === "/*") depth += this.#isSqlite ? 0 : 1;
      else depth--;
      this.#at = marks.lastIndex;
      if (depth <= 0 && mark[0] === "*/") return;
    }
    this.#at = this.#source.length;
  }

  #quoted(quote: string, escapes: boolean): void {
    for (let at = this.#at + 1; at < this.#source.length; at++) {
      if (escapes && this.#source[at] === "\\") at++;
      else if (this.#source[at] === quote) {
        if (this.#source[at + 1] !== quote) {
          this.#at = at + 1;
          return;
        }
        at++;
      }
    }
    this.#at = this.#source.length;
  }

  #dollarQuote(): boolean {
    if (this.#isSqlite) return false;
    const mark = this.#match(DOLLAR_QUOTE)?.[0];
    if (mark === undefined) return false;
    this.#at = this.#after(mark, this.#at + mark.length);
    return true;
  }

  #word(): boolean {
    const written = this.#match(WORD)?.[0];
    if (written === undefined) return false;
    this.#at += written.length;
    const word = written.toUpperCase();
    const before = this.#words.at(-1);
    this.#words.push(word);
    if (this.#depth > 0) {
      if (word === "CASE" || (word === "BEGIN" && before !== "ATOMIC")) this.#depth++;
      if (word === "END") this.#depth--;
    } else if (this.#words[0] === "CREATE") {
      const inTrigger = this.#isSqlite && this.#words.slice(1, 3).includes("TRIGGER") && word === "BEGIN";
      if (inTrigger || (before === "BEGIN" && word === "ATOMIC")) this.#depth = 1;
    }
    return true;
  }

  #placeholder(): boolean {
    const byName = this.#params !== undefined && !Array.isArray(this.#params);
    if (this.#source.startsWith("::", this.#at)) return false;
    const named = byName || this.#isSqlite ? this.#match(NAMED) : null;
    if (named !== null) {
      this.#bind(named[0], named[1] ?? "", byName ? (this.#params as JsonObject) : {});
      return true;
    }
    const numbered = this.#match(DOLLAR_NUMBER) ?? (this.#isSqlite ? this.#match(QUESTION) : null);
    if (numbered === null) {
      const other = this.#isSqlite ? this.#match(OTHER_NAMED)?.[0] : undefined;
      if (other !== undefined) refuse(`write \`:${other.slice(1)}\` for \`${other}\`, with a mapping under \`params\``);
      return false;
    }
    const number = numbered[1] === "" ? String(++this.#bare) : (numbered[1] ?? "");
    const list = Array.isArray(this.#params) ? this.#params : [];
    this.#bind(numbered[0], number, Object.fromEntries(list.map((value, index) => [String(index + 1), value])));
    return true;
  }

  #bind(written: string, name: string, given: JsonObject): void {
    if (!Object.hasOwn(given, name)) {
      const how = /\d|\?/.test(written) ? "a list with a value for it" : `\`${name}: …\``;
      refuse(`\`${written}\` has no value: give \`params\` ${how}`);
    }
    this.#used.add(name);
    this.#values.set(name, given[name] as JsonValue);
    const number = [...this.#values.keys()].indexOf(name) + 1;
    this.#text += this.#source.slice(this.#copied, this.#at) + (this.#isSqlite ? "?" : "$") + number;
    this.#at += written.length;
    this.#copied = this.#at;
    this.#shifts.push({ at: this.#text.length, by: this.#at - this.#start - this.#text.length });
  }

  #end(at: number): void {
    const start = this.#start;
    const text = this.#text + this.#source.slice(this.#copied, at);
    if (this.#hasContent) {
      const shifts = this.#shifts;
      this.#statements.push({
        text,
        values: [...this.#values.values()],
        verb: this.#words[0] ?? "",
        offsetOf: (place) => start + place + (shifts.findLast((shift) => shift.at <= place)?.by ?? 0),
      });
    }
    this.#start = this.#copied = at + 1;
    this.#hasContent = false;
    this.#words = [];
    this.#text = "";
    this.#shifts = [];
    this.#values = new Map();
    this.#depth = 0;
  }
}

function quoted(name: string): string {
  return `\`${name}\``;
}
