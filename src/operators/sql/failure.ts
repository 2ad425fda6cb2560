import type { Failure } from "../../core/index.ts";

/** Ends the work on a database; it carries what the attempt fails with. Nothing of the transaction is kept. */
export class SqlFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The connection broke when the transaction was to be kept: nobody knows whether it was. */
export class CommitUnknown extends Error {}

/** Ends work that would end the same way another time. */
export function refuse(message: string, reason: Failure["reason"] = "operator_failed"): never {
  throw new SqlFailure({ reason, message, final: true });
}

/** A line of a statement is shown up to this length. */
const LINE_MAX = 160;

/** Where in a text an offset lies, as a line with a caret under it. */
export function shownPlace(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  const end = text.indexOf("\n", offset);
  const line = text.slice(start, end < 0 ? undefined : end).replaceAll("\t", " ");
  const column = offset - start;
  // Of a long line the part around the place.
  const from = Math.max(0, column - LINE_MAX / 2);
  const shown = line.slice(from, from + LINE_MAX).trimEnd();
  const head = `${before.split("\n").length} | `;
  return `\n${head}${shown}\n${" ".repeat(head.length + column - from)}^`;
}
