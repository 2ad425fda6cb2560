import { type CommandState, ShellLexer } from "./shell-lexer.ts";
import { HOLE } from "./shell-reader.ts";
import { commandName } from "./shell-words.ts";
import { parseTemplate } from "./template.ts";

/*
 * Where a script shows the value of a variable: what `echo` and `printf` write goes to the log of the task, unless it
 * is piped, redirected or captured. Only what surely goes there is told.
 */

/** References that are looked at in one script. More are not written by hand, and each costs the length of its word. */
const REFERENCES_MAX = 500;

/** A reference to a variable in a script. Offsets count in the script. */
export interface PrintedVariable {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** `output`: it goes to the file of the task's outputs. */
  readonly to: "log" | "output";
  /** `echo` or `printf`. */
  readonly by: string;
}

/** The references to some variables that a script prints. Never throws. */
export function printedVariables(script: string, names: ReadonlySet<string>): readonly PrintedVariable[] {
  const references = referencesTo(script, names);
  if (references.size === 0) return [];
  const lexer = new PrintLexer(withHoles(script, references), [...references.keys()]);
  return lexer.printed().flatMap(({ at, to, by }) => {
    const reference = references.get(at);
    return reference === undefined ? [] : { ...reference, start: at, to, by };
  });
}

/** The script with a hole for each reference, and of the same length, so that offsets stay what they are. */
function withHoles(script: string, references: ReadonlyMap<number, { readonly end: number }>): string {
  const parts: string[] = [];
  let at = 0;
  const fill = (end: number, first: string): void => {
    parts.push(first, "x".repeat(end - at - first.length));
    at = end;
  };
  for (const part of parseTemplate(script).parts) {
    if (part.type === "expression") {
      parts.push(script.slice(at, part.start));
      at = Math.max(at, part.start);
      if (part.end > at) fill(part.end, "x");
    }
  }
  const plain = parts.join("") + script.slice(at);
  parts.length = 0;
  at = 0;
  for (const [start, { end }] of references) {
    parts.push(plain.slice(at, start));
    at = start;
    fill(end, HOLE);
  }
  return parts.join("") + plain.slice(at);
}

/** `$NAME`, `${NAME}` and `${NAME:-…}`, by their offset: forms that show the whole value. */
function referencesTo(script: string, names: ReadonlySet<string>): Map<number, { name: string; end: number }> {
  const found = new Map<number, { name: string; end: number }>();
  for (const match of script.matchAll(/\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?[-=?][^{}$`"']*)?\})/g)) {
    const name = match[1] ?? match[2] ?? "";
    if (found.size >= REFERENCES_MAX) break;
    if (names.has(name)) found.set(match.index, { name, end: match.index + match[0].length });
  }
  return found;
}

interface Printed {
  readonly at: number;
  readonly to: "log" | "output";
  readonly by: string;
}

/** What is printed between the words that begin and end a compound command. */
interface Block {
  readonly word: string;
  printed: Printed[];
}

const BLOCK_ENDS: Readonly<Record<string, string>> = { fi: "if", done: "do", "}": "{" };

/** Where the standard output of the script itself goes. */
const LOG = /^(?:[12]|\/dev\/(?:stdout|stderr|tty))$/;

class PrintLexer extends ShellLexer {
  #blocks: Block[] = [{ word: "", printed: [] }];
  /** Compound commands that have ended, by the command in which their last word stands: it may be redirected. */
  readonly #ended = new Map<CommandState, Printed[]>();
  /** Substitutions around what is read: they take what is printed. */
  #captured = 0;
  /** The script has sent its own output elsewhere. */
  #redirected = false;

  printed(): readonly Printed[] {
    this.run();
    return this.#blocks.flatMap(({ word, printed }) => (word === "" ? printed : []));
  }

  protected override commands(closed: boolean): void {
    if (closed) this.#captured += 1;
    super.commands(closed);
    if (closed) this.#captured -= 1;
  }

  protected override keyword(command: CommandState, word: string): void {
    if (this.#captured > 0) return;
    if (word === "if" || word === "do" || word === "{") this.#blocks.push({ word, printed: [] });
    const begun = BLOCK_ENDS[word];
    if (begun === undefined || this.#blocks.at(-1)?.word !== begun) return;
    const { printed } = this.#blocks.pop() as Block;
    // In braces may stand a function, and nobody knows where it is called.
    if (begun !== "{") this.#ended.set(command, printed);
  }

  protected override pipelineEnded(pipeline: readonly CommandState[]): void {
    const [command, ...others] = pipeline;
    if (command === undefined || others.length > 0 || this.#captured > 0 || command.grouped) return;
    const to = targetOf(command);
    const by = commandName(command.words);
    if (by === undefined && command.words[0] === "exec" && to !== "log") this.#redirected = true;
    if (to === undefined || this.#redirected) return;
    // `printf -v` fills a variable.
    const prints = by === "echo" || (by === "printf" && !command.words.includes("-v"));
    const own = prints ? command.holes.map((at) => ({ at, to, by })) : [];
    const inner = (this.#ended.get(command) ?? []).map((each) => (to === "output" ? { ...each, to } : each));
    this.#blocks.at(-1)?.printed.push(...inner, ...own);
  }
}

function targetOf({ outputs }: CommandState): "log" | "output" | undefined {
  const last = outputs.at(-1);
  if (last === undefined || LOG.test(last)) return "log";
  return last === "$ENGINE_OUTPUT" ? "output" : undefined;
}
