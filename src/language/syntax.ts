import type { Document } from "yaml";
import type { SourceText } from "./text.ts";
import type { TextProblem } from "./text-problem.ts";

/** What the parser found wrong with a document, in this project's words. */
export function syntaxProblems(text: SourceText, document: Document.Parsed): readonly TextProblem[] {
  return document.errors.map((error) => {
    const start = Math.max(0, Math.min(error.pos[0], text.text.length));
    const end = Math.max(start, Math.min(error.pos[1], text.text.length));
    return { kind: "syntax", at: { start, end }, message: error.message };
  });
}
