import { isScript } from "../expressions/place.ts";
import { hasTemplate } from "../expressions/template.ts";
import type { TextSource } from "../model.ts";
import type { Span } from "../text.ts";
import type { Check } from "./check.ts";
import { type FoundCredential, knownCredentials } from "./credential-shapes.ts";
import { credentialKind, looksReal } from "./credential-values.ts";
import { commandsIn, type ShellCommand, type ShellWord } from "./shell-words.ts";

export const hardCodedCredential: Check = {
  code: "ENG701",
  name: "hard-coded-credential",
  severity: "error",
  summary: "a password, a token or a key stands in the file",
  suppressible: true,
  visit: {
    pipeline(pipeline, { text, report }) {
      const found: FoundCredential[] = [
        // Everywhere, also in comments: who can read the file has it.
        ...knownCredentials(text.text),
        ...inAddresses(text.text),
        ...pipeline.texts.flatMap((each) => byName(each)),
      ];
      // Where all texts are those of connections, there is no `env`.
      const isPipeline = pipeline.texts[0]?.place !== "connection";
      const shown: Span[] = [];
      for (const { what, ...at } of found) {
        // A token of a known kind in a variable called so is one finding.
        if (shown.some((other) => at.start < other.end && other.start < at.end)) continue;
        shown.push(at);
        report({
          at,
          message: `${what} stands here, for everybody who can read the repository`,
          hint: `revoke it; hand the new one over as a secret: \`\${{ secrets.NAME }}\`${isPipeline ? " under `env`" : ""}`,
        });
      }
    },
  },
};

/** `postgres://user:password@host`. */
function inAddresses(text: string): readonly FoundCredential[] {
  if (!text.includes("://")) return [];
  return [
    ...text.matchAll(/\b[a-z][a-z\d+.-]{1,30}:\/\/([^\s:@/"'`<>${}]{0,100}):([^\s@/"'`<>${}]{1,200})@/gi),
  ].flatMap((match) => {
    const [whole, user = "", password = ""] = match;
    if (password === user || !looksReal("password", password)) return [];
    const start = match.index + whole.length - 1 - password.length;
    return [{ what: "a password", start, end: start + password.length }];
  });
}

/** A script without any of these has no name of a credential, and no command that takes one: it needn't be read. */
const TELLING = /pass|pwd|token|secret|key|credential|authorization|curl|\bhttp\b/i;

/** What is called a credential. */
function byName(text: TextSource): readonly FoundCredential[] {
  const { node } = text;
  if (isScript(text) && !TELLING.test(node.text)) return [];
  const found = isScript(text) ? commandsIn(node.text).flatMap((command) => inCommand(command)) : inValue(text);
  return found.map(({ what, start, end }) => ({ what, ...node.span(start, end) }));
}

function inValue({ node, path, credential: isCredential }: TextSource): readonly FoundCredential[] {
  const whole = { text: node.text, start: 0, end: node.text.length };
  if (isCredential) return hasTemplate(node.text) ? [] : [credential("password", whole)];
  const name = path.findLast((key) => !/^\d+$/.test(key)) ?? "";
  // The default of a param is called as the param.
  const isDefault = name === "default" && path[0] === "params";
  return judged(isDefault ? (path[1] ?? "") : name, whole);
}

/** Variables that are set, options and headers. */
function inCommand({ name, words }: ShellCommand): readonly FoundCredential[] {
  return words.flatMap((word, index) => {
    const before = words[index - 1]?.text ?? "";
    const assigned = /^([A-Za-z_]\w*)\+?=/.exec(word.text) ?? /^--?([A-Za-z][\w-]*)=/.exec(word.text);
    if (assigned !== null) return judged(assigned[1] ?? "", rest(word, assigned[0].length));
    if ((before === "-u" || before === "--user") && (name === "curl" || name === "http")) {
      const login = /^[^:]+:/.exec(word.text)?.[0];
      return login === undefined ? [] : judged("password", rest(word, login.length));
    }
    const header = /^([A-Za-z-]+):[ \t]*/.exec(word.text);
    if (header !== null) return judged(header[1] ?? "", rest(word, header[0].length));
    if (/^--[a-z]/.test(before)) return judged(before.slice("--".length), word);
    return before === "-p" && name === "sshpass" ? judged("password", word) : [];
  });
}

/** What follows in a word, without quotes of its own. */
function rest(word: ShellWord, from: number): ShellWord {
  const text = word.text.slice(from);
  const quoted = /^(["'])(.*)\1$/s.exec(text)?.[2];
  const start = word.start + from;
  if (quoted === undefined) return { text, start, end: start + text.length };
  return { text: quoted, start: start + 1, end: start + 1 + quoted.length };
}

/** A value by its name. An authorization names its kind first. */
function judged(name: string, value: ShellWord): readonly FoundCredential[] {
  if (value.text.includes("${{")) return [];
  if (/^(?:proxy-)?authorization$/i.test(name)) {
    const scheme = /^\s*(?:bearer|basic|token|apikey)\s+/i.exec(value.text)?.[0] ?? "";
    return looksReal("token", value.text.slice(scheme.length)) ? [credential("token", rest(value, scheme.length))] : [];
  }
  const kind = credentialKind(name);
  return kind !== undefined && looksReal(kind, value.text) ? [credential(kind, value)] : [];
}

function credential(kind: "password" | "token", { start, end }: Span): FoundCredential {
  return { what: kind === "password" ? "a password" : "a credential", start, end };
}
