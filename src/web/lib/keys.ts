import { signal } from "@preact/signals";
import { useLayoutEffect, useState } from "preact/hooks";

/** What a key does, for the list of them. */
export interface Shortcut {
  readonly keys: string;
  readonly what: string;
  readonly run: () => void;
}

/** The shortcuts that hold now, those of the page last. */
export const shortcuts = signal<readonly Shortcut[]>([]);

/** `g r` is g and then r within this time, in milliseconds. */
const SEQUENCE_MS = 900;

/** Listens for shortcuts, wherever the reader is but in a field or a dialog. */
export function startKeys(): void {
  let before: { key: string; at: number } | undefined;
  document.addEventListener("keydown", (event) => {
    const isPalette = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
    if (!isPalette && (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))) return;
    const pair = before !== undefined && event.timeStamp - before.at < SEQUENCE_MS ? `${before.key} ${event.key}` : "";
    const wanted = isPalette ? ["Ctrl K"] : [pair, event.key];
    const found = shortcuts.value.findLast(({ keys }) => wanted.includes(keys));
    before = { key: event.key, at: event.timeStamp };
    if (found === undefined) return;
    event.preventDefault();
    found.run();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, dialog[open], [contenteditable]") !== null
  );
}

/** Shortcuts for as long as the component is there. */
export function useShortcuts(mine: readonly Shortcut[]): void {
  // At once, not after the next picture: people type faster.
  useLayoutEffect(() => {
    shortcuts.value = [...shortcuts.peek(), ...mine];
    return () => {
      shortcuts.value = shortcuts.peek().filter((each) => !mine.includes(each));
    };
  });
}

/** j and k move through a list, Enter opens. The row that is chosen; undefined when none is. */
export function useListKeys(length: number, open: (index: number) => void): number | undefined {
  const [at, setAt] = useState<number | undefined>();
  const current = at === undefined || length === 0 ? undefined : Math.min(at, length - 1);
  useShortcuts([
    { keys: "j", what: "Next row", run: () => setAt((before = -1) => Math.min(before + 1, length - 1)) },
    { keys: "k", what: "Row before", run: () => setAt((before = 0) => Math.max(Math.min(before, length) - 1, 0)) },
    ...(current === undefined ? [] : [{ keys: "Enter", what: "Open the row", run: () => open(current) }]),
    { keys: "/", what: "Filter", run: () => document.getElementById("filter")?.focus() },
  ]);
  return current;
}
