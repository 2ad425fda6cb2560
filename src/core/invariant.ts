/** A broken invariant: a bug of ours or a journal that this code did not write. Never an expected failure. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InvariantError";
  }
}

/** Throws an `InvariantError` unless the condition holds. The message says what was found broken, and where. */
export function invariant(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new InvariantError(message());
}
