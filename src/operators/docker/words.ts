import { parseTemplate } from "../../language/index.ts";

/** A text whose quotes are all closed: each alternative begins with a character of its own. */
export const WORDS_PATTERN = `^(?:[^'"\\\\]|\\\\[\\s\\S]|'[^']*'|"(?:[^"\\\\]|\\\\[\\s\\S])*")+$`;

/**
 * Splits a command as a shell splits it into words: at white space, with quotes and backslashes. Nothing else has
 * a meaning, and an expression is never split, whatever it gives: its text is part of one word.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (const part of parseTemplate(text).parts) {
    if (part.type === "expression") {
      word = (word ?? "") + text.slice(part.start, part.end);
      continue;
    }
    for (let at = 0; at < part.text.length; at++) {
      const char = part.text[at] ?? "";
      const next = part.text[at + 1];
      if (char === "\\" && quote !== "'" && next !== undefined && (quote === "" || '"\\$`'.includes(next))) {
        word = (word ?? "") + next;
        at += 1;
      } else if (quote === "" && /\s/.test(char)) {
        if (word !== undefined) words.push(word);
        word = undefined;
      } else if (quote === "" ? char === "'" || char === '"' : char === quote) {
        quote = quote === "" ? char : "";
        word ??= "";
      } else if (part.text.startsWith("${{", at)) {
        // It was escaped, and each word is a template again.
        word = `${word ?? ""}$\${{`;
        at += 2;
      } else {
        word = (word ?? "") + char;
      }
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
