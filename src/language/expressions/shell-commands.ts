import { baseName, commandName, nameIndex, operandsAfter, takesValue } from "./shell-words.ts";

/*
 * What a simple command of bash does with its arguments, as far as it matters here: some of them are
 * run as code, evaluated as arithmetic or taken for a variable's name, quoted or not.
 */

/** Why a value must not stand at a place, and what to write instead. */
export interface Refusal {
  /** `quoting`: bash leaves the place as it is. `code`: bash would run the value, or part of it. */
  readonly kind: "quoting" | "code";
  /** Completes "an expression … ": a clause without a full stop. */
  readonly why: string;
  readonly hint: string;
  /** True when what a substitution prints at this place is run as well: `eval "$(…)"`. */
  readonly runsSubstitutions?: boolean;
  /** True between two single quotes, which can end before the place and begin again behind it. */
  readonly quoted?: boolean;
}

/** The words of a simple command so far, quotes removed. */
export interface CommandSoFar {
  readonly words: readonly string[];
  /** The part of the current word before the place in question. */
  readonly word: string;
  /** The redirection operator when the current word is its target. */
  readonly redirect?: string | undefined;
}

/** Programs that take a script after `-c` and from standard input. */
const SHELLS = new Set(["bash", "sh", "dash", "ksh", "zsh", "ash", "fish", "su", "$SHELL", "$BASH"]);

/** Letters of a shell's options whose value is the next word: `-o pipefail`. */
const SHELL_VALUED = "oO";

/** Programs that are no shells and give a text after `-c` to one. Of their other words at most one stands before it. */
const HAND_TO_SHELL: ReadonlyMap<string, string> = new Map([
  ["su", "sgG"],
  ["runuser", "sgGu"],
  ["flock", "wE"],
  ["script", "EITOBmo"],
]);

/** Options of `watch` with a value. Its other words, joined, are a command line for `sh`. */
const WATCH_VALUED = "nq";

/** Options of GNU parallel without a value; behind any other a word may be its value. */
const PARALLEL_FLAGS =
  /^(-[kuvtX0]+|-k|--(keep-order|bar|eta|progress|line-buffer|lb|ungroup|tag|dry-run|will-cite|null|pipe|verbose|group|xargs))$/;

/** Options of `read` and `mapfile` whose value is data. */
const READ_VALUED: ReadonlyMap<string, string> = new Map([
  ["read", "dinNptu"],
  ["mapfile", "dnOsuc"],
  ["readarray", "dnOsuc"],
]);

/** Builtins that run their arguments, or part of them, as code. */
const RUNS_ARGUMENTS = new Set(["eval", "let", "trap", "alias"]);

/** Builtins whose arguments are names of variables; a subscript in a name is evaluated as code. */
const NAMES_VARIABLES = new Set(["unset", "read", "mapfile", "readarray", "getopts"]);

/** Builtins whose arguments are `name` or `name=value`. */
const DECLARES = new Set(["declare", "typeset", "local", "export", "readonly"]);

/** Commands with a `-v NAME` option. */
const TAKES_NAME_AFTER_V = new Set(["test", "[", "printf"]);

const VIA_VARIABLE = "put it in a variable of its own first: `value=${{ … }}`, then use `$value` where it is data";

/** Why a value must not stand in this command at this place; undefined when it is safe there. */
export function refusalIn(command: CommandSoFar): Refusal | undefined {
  const { words, word, redirect } = command;
  if (redirect !== undefined) {
    return redirect === "<<<" && runsStandardInput(words) ? refuseScript(shellName(words)) : undefined;
  }
  const shell = shellBeforeScript(command);
  if (shell !== undefined) return refuseScript(shell);

  const name = commandName(words);
  if (name === undefined) return undefined;
  if (name === "watch" || name === "parallel" || name === "sbatch" || name === "gcloud") {
    return runsJoined(name, command) ? refuseScript(name === "gcloud" ? "shell" : "sh") : undefined;
  }
  if (name === "ssh" && remoteCommand(words) !== undefined) {
    return {
      kind: "code",
      why: "can't be part of a command for `ssh`, which the remote shell would run as code",
      hint: 'quote it for the remote shell: `value=${{ … }}`, then `ssh host "command ${value@Q}"`',
    };
  }
  // What stands behind the script of a trap are signals.
  if (name === "trap" && operandsAfter(words, nameIndex(words), "").length > 0) return undefined;
  if (RUNS_ARGUMENTS.has(name)) {
    return {
      kind: "code",
      why: `can't be an argument of \`${name}\`, which would run the value as code`,
      hint: VIA_VARIABLE,
      runsSubstitutions: true,
    };
  }
  const namesVariable =
    (NAMES_VARIABLES.has(name) && !isDataOf(name, command)) ||
    (DECLARES.has(name) && !word.includes("=")) ||
    (TAKES_NAME_AFTER_V.has(name) && words.at(-1) === "-v");
  if (namesVariable) {
    return {
      kind: "code",
      why: `can't be a variable's name in \`${name}\`, which would evaluate a subscript in it as code`,
      hint: "write the name out",
    };
  }
  return undefined;
}

/** True where a builtin that names variables takes something else: a prompt, a number, the letters of options. */
function isDataOf(name: string, { words, word }: CommandSoFar): boolean {
  const at = nameIndex(words);
  if (name === "getopts") return at === words.length - 1;
  const valued = READ_VALUED.get(name) ?? "";
  if (at !== words.length - 1 && takesValue(words.at(-1), valued)) return true;
  // The value may stand in the option's own word: `-p"…"`.
  return valued !== "" && new RegExp(`^-[a-zA-Z]*[${valued}]`).test(word);
}

/** True when a shell runs the current word: some programs join their words to a command line. */
function runsJoined(name: string, { words, word }: CommandSoFar): boolean {
  const at = nameIndex(words);
  const last = words.at(-1);
  const own = words.slice(at + 1);
  if (name === "sbatch") return last === "--wrap" || word.startsWith("--wrap=");
  if (name === "gcloud") return own.includes("ssh") && (last === "--command" || word.startsWith("--command="));
  if (name === "watch") {
    const isOption =
      word.startsWith("-") || (own.length > 0 && (takesValue(last, WATCH_VALUED) || last === "--interval"));
    const begun = operandsAfter(words, at, WATCH_VALUED, ["--interval"]).length > 0;
    return (begun || !isOption) && !own.some((each) => /^(-[a-z]*x|--exec)$/.test(each));
  }
  // What parallel puts into the command it puts in quotes.
  if (own.some((each) => /^(:::|::::)\+?$/.test(each) || each === "-q" || each === "--quote")) return false;
  const begun = own.some((each, index) => !each.startsWith("-") && !isParallelValue(own[index - 1]));
  return begun || !(word.startsWith("-") || isParallelValue(last === words[at] ? undefined : last));
}

function isParallelValue(before: string | undefined): boolean {
  return before?.startsWith("-") === true && !before.includes("=") && !PARALLEL_FLAGS.test(before);
}

/** True when the command evaluates the value of an assignment as arithmetic: `declare -i n=…`. */
export function assignsNumber(command: CommandSoFar): boolean {
  const name = commandName(command.words);
  return name !== undefined && DECLARES.has(name) && command.words.some((word) => /^-[a-zA-Z]*i/.test(word));
}

/** True when what the command reads from standard input is run: `bash <<EOF`, `ssh host <<EOF`. */
export function runsStandardInput(words: readonly string[]): boolean {
  if (commandName(words) === "ssh") {
    const remote = remoteCommand(words);
    return remote !== undefined && (remote.length === 0 || runsStandardInput(remote.join(" ").trim().split(/\s+/)));
  }
  const at = words.findIndex(isShell);
  if (at === -1) return false;
  const rest = words.slice(at + 1);
  const operands = operandsAfter(words, at, SHELL_VALUED);
  if (rest.some((word) => isScriptFlag(word) || word === "-c")) return rest.includes("-s");
  return operands.length === 0 || rest.includes("-s") || operands.join() === "/dev/stdin" || operands.join() === "-";
}

/** The shell that runs a file which stands as an argument here: `source <(…)`; undefined for any other command. */
export function runsFile(words: readonly string[]): string | undefined {
  const name = commandName(words);
  if (name === "source" || name === ".") return "bash";
  return name !== undefined && SHELLS.has(name) ? name : undefined;
}

/** True for the commands that print their arguments. */
export function printsArguments(words: readonly string[]): boolean {
  const name = commandName(words);
  return name === "echo" || name === "printf";
}

/** The refusal for a place in a script that another shell is given as text. */
export function refuseScript(shell: string): Refusal {
  return {
    kind: "code",
    why: `can't be part of a script for another \`${shell}\`, which would run the value as code`,
    hint: "hand it over as an argument: `bash -c 'echo \"$1\"' _ ${{ … }}`",
    runsSubstitutions: true,
  };
}

/** The name of the shell among the words. */
export function shellName(words: readonly string[]): string {
  const shell = words.find(isShell);
  return shell === undefined ? "shell" : baseName(shell);
}

/** The shell for which the current word is a script: `bash -c`, `su bob -c`, `flock file -c`. */
function shellBeforeScript({ words, word }: CommandSoFar): string | undefined {
  if (printsArguments(words)) return undefined;
  const inWord = /^--(command|session-command)=/.test(word);
  const flag = inWord ? words.length : words.findLastIndex((each) => isScriptFlag(each) || each === "--command");
  if (flag === -1 || words.slice(flag + 1).some((each) => !/^[-+]/.test(each))) return undefined;
  const before = words.slice(0, flag);
  for (const [at, each] of before.entries()) {
    const valued = HAND_TO_SHELL.get(baseName(each));
    const operands = operandsAfter(before, at, valued ?? SHELL_VALUED);
    if (valued !== undefined && nameIndex(before.slice(0, at)) === -1) {
      if (operands.filter((operand) => operand !== "-").length <= 1) return "sh";
    } else if (!inWord && isShell(each) && operands.length === 0) {
      // What stands between a shell and its options is the file that it runs, and they are that one's.
      return baseName(each);
    }
  }
  return undefined;
}

/** Options of ssh that take a value. */
const SSH_VALUED = "BbcDEeFIiJLlmOoPpQRSWw";

/** The words of the command for the host; undefined when the host has not come yet. */
function remoteCommand(words: readonly string[]): readonly string[] | undefined {
  for (let at = nameIndex(words) + 1; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) return words.slice(at + 1);
    if (takesValue(word, SSH_VALUED)) at += 1;
  }
  return undefined;
}

function isShell(word: string): boolean {
  return SHELLS.has(baseName(word));
}

function isScriptFlag(word: string): boolean {
  return /^-[a-zA-Z]*c$/.test(word);
}
