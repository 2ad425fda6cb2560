/*
 * The words of a simple command: which of them is its name, which are options, values of options, operands.
 */

/** How a program that runs another one takes its own options: which of them have a value, and how many operands come first. */
interface Wrapper {
  /** The letters of options that take their value in the next word. */
  readonly valued: string;
  readonly operands: number;
}

/** Words that may stand before the command's own name. */
const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map(
  (
    [
      ["builtin", "", 0],
      ["chroot", "", 1],
      ["chrt", "", 1],
      ["command", "", 0],
      ["doas", "uC", 0],
      ["env", "uC", 0],
      ["exec", "a", 0],
      ["flock", "wE", 1],
      ["ionice", "cnp", 0],
      ["nice", "n", 0],
      ["nohup", "", 0],
      ["setsid", "", 0],
      ["sshpass", "pfd", 0],
      ["stdbuf", "ioe", 0],
      ["strace", "oePpsuEaISbX", 0],
      ["sudo", "ugphCTrtUDR", 0],
      ["taskset", "", 1],
      ["time", "fo", 0],
      ["timeout", "sk", 1],
      ["xargs", "nPIdLsEa", 0],
    ] as const
  ).map(([name, valued, operands]) => [name, { valued, operands }]),
);

/** Where the command's own name stands, behind what only runs it: 3 in `sudo -u bob eval`. -1 when it has not come yet. */
export function nameIndex(words: readonly string[]): number {
  let at = 0;
  let wrapper: Wrapper = { valued: "", operands: 0 };
  let operands = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word.startsWith("-")) {
      if (takesValue(word, wrapper.valued)) at += 1;
    } else if (/^\w+=/.test(word)) {
    } else if (operands > 0) operands -= 1;
    else {
      const next = WRAPPERS.get(baseName(word));
      if (next === undefined) return baseName(word) === "find" ? executedIndex(words, at) : at;
      wrapper = next;
      operands = next.operands;
    }
  }
  return -1;
}

/** Where the command that `find` runs begins; `find` itself when it runs none. */
function executedIndex(words: readonly string[], find: number): number {
  const exec = words.findLastIndex((word) => /^-(exec|ok)(dir)?$/.test(word));
  if (exec === -1) return find;
  return exec + 1 < words.length ? exec + 1 : -1;
}

/** The name of the command, without its folder; undefined when it has not come yet. */
export function commandName(words: readonly string[]): string | undefined {
  const name = words[nameIndex(words)];
  return name === undefined ? undefined : baseName(name);
}

/** The words behind a position that are neither options nor values of options with these letters or long names. */
export function operandsAfter(
  words: readonly string[],
  at: number,
  valued: string,
  long: readonly string[] = [],
): readonly string[] {
  const operands: string[] = [];
  for (let index = at + 1; index < words.length; index++) {
    const word = words[index] ?? "";
    if (!/^[-+]./.test(word)) operands.push(word);
    else if (takesValue(word, valued) || long.includes(word)) index += 1;
  }
  return operands;
}

/** Whether the next word is the value of this option: `-n`, and `-tn` as well, but not `-n5`. */
export function takesValue(word: string | undefined, letters: string): boolean {
  return (
    word !== undefined &&
    letters !== "" &&
    new RegExp(`^[-+][a-zA-Z]*[${letters}]$`).test(word) &&
    !word.startsWith("--")
  );
}

export function baseName(word: string): string {
  return word.slice(word.lastIndexOf("/") + 1);
}
