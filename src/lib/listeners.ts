/** Who wants to be told. One that throws keeps no other from it. */
export class Listeners<T> {
  readonly #all = new Set<(what: T) => void>();
  readonly #onTrouble: (message: string, cause: unknown) => void;

  constructor(onTrouble: (message: string, cause: unknown) => void) {
    this.#onTrouble = onTrouble;
  }

  /** Returns how to stop. */
  add(listener: (what: T) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  tell(what: T): void {
    for (const listener of this.#all) {
      try {
        listener(what);
      } catch (error) {
        this.#onTrouble("a listener failed", error);
      }
    }
  }
}
