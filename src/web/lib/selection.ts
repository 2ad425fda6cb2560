import { signal } from "@preact/signals";

/*
 * The pipelines that are chosen in the list, by name. What a filter hides stays chosen, and nothing is done with it.
 */

export const selected = signal<ReadonlySet<string>>(new Set());

/** The row that was chosen last, from which a range is counted. */
let anchor: string | undefined;

/** Chooses a row or lets go of it. With `isRange`, all rows from the one before to this one as well. */
export function choose(names: readonly string[], index: number, isOn: boolean, isRange: boolean): void {
  const name = names[index];
  if (name === undefined) return;
  const from = isRange && anchor !== undefined ? names.indexOf(anchor) : -1;
  const [low, high] = from < 0 ? [index, index] : [Math.min(from, index), Math.max(from, index)];
  chooseAll(names.slice(low, high + 1), isOn);
  anchor = name;
}

/** Chooses all of these, or lets go of them. */
export function chooseAll(names: Iterable<string>, isOn: boolean): void {
  const next = new Set(selected.peek());
  for (const name of names) {
    if (isOn) next.add(name);
    else next.delete(name);
  }
  selected.value = next;
}
