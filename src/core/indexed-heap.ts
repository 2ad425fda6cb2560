/** A priority queue whose entries are known by key, so that any of them can be changed or taken out. O(log n) each. */
export class IndexedHeap<K, V> {
  readonly #compare: (a: V, b: V) => number;
  readonly #entries: { readonly key: K; readonly value: V }[] = [];
  readonly #positions = new Map<K, number>();

  /** `compare` is negative when the first comes first. Give it no ties where the order of equals matters. */
  constructor(compare: (a: V, b: V) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The entry that comes first. */
  peek(): { readonly key: K; readonly value: V } | undefined {
    return this.#entries[0];
  }

  get(key: K): V | undefined {
    const at = this.#positions.get(key);
    return at === undefined ? undefined : this.#entries[at]?.value;
  }

  /** Every key, in no particular order. */
  keys(): Iterable<K> {
    return this.#positions.keys();
  }

  /** Every entry, in no particular order. */
  entries(): readonly { readonly key: K; readonly value: V }[] {
    return this.#entries;
  }

  /** Puts an entry in, or in another place if its key is known. */
  set(key: K, value: V): void {
    const at = this.#positions.get(key) ?? this.#entries.length;
    this.#place(at, { key, value });
    this.#restore(at);
  }

  /** Takes an entry out. An unknown key is ignored. */
  delete(key: K): void {
    const at = this.#positions.get(key);
    if (at === undefined) return;
    this.#positions.delete(key);
    const last = this.#entries.pop();
    if (last === undefined || at === this.#entries.length) return;
    this.#place(at, last);
    this.#restore(at);
  }

  #place(at: number, entry: { readonly key: K; readonly value: V }): void {
    this.#entries[at] = entry;
    this.#positions.set(entry.key, at);
  }

  #restore(start: number): void {
    let at = start;
    for (let up = (at - 1) >> 1; at > 0 && this.#swapIfBefore(at, up); up = (at - 1) >> 1) at = up;
    for (let down = this.#firstChild(at); this.#swapIfBefore(down, at); down = this.#firstChild(at)) at = down;
  }

  /** The child of `at` that comes first; past the end when there is none. */
  #firstChild(at: number): number {
    const left = 2 * at + 1;
    return this.#isBefore(left + 1, left) ? left + 1 : left;
  }

  #isBefore(a: number, b: number): boolean {
    const first = this.#entries[a];
    const second = this.#entries[b];
    return first !== undefined && second !== undefined && this.#compare(first.value, second.value) < 0;
  }

  #swapIfBefore(a: number, b: number): boolean {
    if (!this.#isBefore(a, b)) return false;
    const first = this.#entries[a];
    const second = this.#entries[b];
    if (first === undefined || second === undefined) return false;
    this.#place(a, second);
    this.#place(b, first);
    return true;
  }
}
