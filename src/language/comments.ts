import { Lexer } from "yaml";

/** The marks of the lexer: a document begins, a flow ends in an error, a scalar follows. They are not in the text. */
const DOCUMENT = "\x02";
const FLOW_ERROR = "\x18";
const SCALAR = "\x1f";

/** The comments of a text in YAML, in their order. A line of a block scalar that begins with `#` is none. */
export function commentsOf(text: string): readonly string[] {
  const comments: string[] = [];
  let scalar = false;
  for (const token of new Lexer().lex(text)) {
    if (!scalar && (token === DOCUMENT || token === FLOW_ERROR)) continue;
    if (!scalar && token === SCALAR) {
      scalar = true;
      continue;
    }
    if (!scalar && token.startsWith("#")) comments.push(token.trimEnd());
    scalar = false;
  }
  return comments;
}
