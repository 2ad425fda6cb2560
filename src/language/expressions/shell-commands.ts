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
const SHELLS = new Set(["bash", "sh", "dash", "ksh", "zsh", "ash", "fish", "su"]);

/** Words that may stand before the command's own name. */
const WRAPPERS = new Set(["sudo", "command", "builtin", "exec", "env", "nohup", "time", "nice"]);

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
  const shell = shellBeforeScript(words);
  if (shell !== undefined) return refuseScript(shell);

  const name = commandName(words);
  if (name === undefined) return undefined;
  if (name === "ssh" && hasHost(words)) {
    return {
      kind: "code",
      why: "can't be part of a command for `ssh`, which the remote shell would run as code",
      hint: 'quote it for the remote shell: `value=${{ … }}`, then `ssh host "command ${value@Q}"`',
    };
  }
  if (RUNS_ARGUMENTS.has(name)) {
    return {
      kind: "code",
      why: `can't be an argument of \`${name}\`, which would run the value as code`,
      hint: VIA_VARIABLE,
      runsSubstitutions: true,
    };
  }
  const namesVariable =
    NAMES_VARIABLES.has(name) ||
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

/** True when the command evaluates the value of an assignment as arithmetic: `declare -i n=…`. */
export function assignsNumber(command: CommandSoFar): boolean {
  const name = commandName(command.words);
  return name !== undefined && DECLARES.has(name) && command.words.some((word) => /^-[a-zA-Z]*i/.test(word));
}

/** True when what the command reads from standard input is run: `bash <<EOF`. */
export function runsStandardInput(words: readonly string[]): boolean {
  const at = words.findIndex((word) => SHELLS.has(baseName(word)));
  if (at === -1) return false;
  const rest = words.slice(at + 1);
  return rest.includes("-s") || rest.every((word) => word.startsWith("-") && !isScriptFlag(word));
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
  return words.map(baseName).find((word) => SHELLS.has(word)) ?? "shell";
}

function shellBeforeScript(words: readonly string[]): string | undefined {
  const flag = words.findLastIndex(isScriptFlag);
  if (flag === -1 || words.slice(flag + 1).some((word) => !word.startsWith("-"))) return undefined;
  return words
    .slice(0, flag)
    .map(baseName)
    .find((word) => SHELLS.has(word));
}

/** True when the words already name the host: what follows is a command for it. */
function hasHost(words: readonly string[]): boolean {
  let skip = 0;
  for (const word of words.slice(words.findIndex((each) => baseName(each) === "ssh") + 1)) {
    if (skip > 0) skip -= 1;
    else if (!word.startsWith("-")) return true;
    else if (/^-[BbcDEeFIiJLlmOoPpQRSWw]$/.test(word)) skip = 1; // the options of ssh that take a value
  }
  return false;
}

function commandName(words: readonly string[]): string | undefined {
  const name = words.find((word) => !WRAPPERS.has(word) && !word.startsWith("-") && !/^\w+=/.test(word));
  return name === undefined ? undefined : baseName(name);
}

function isScriptFlag(word: string): boolean {
  return /^-[a-zA-Z]*c$/.test(word);
}

function baseName(word: string): string {
  return word.slice(word.lastIndexOf("/") + 1);
}
