import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { wordsOf } from "../api/client.ts";

interface Toast {
  readonly id: number;
  readonly kind: "good" | "bad";
  readonly text: ComponentChildren;
}

const toasts = signal<readonly Toast[]>([]);
let count = 0;

/** How long a message stays, in milliseconds; bad news stays until it is put away. */
const STAYS_MS = 6_000;

/** Tells the reader that something was done. */
export function tellGood(text: ComponentChildren): void {
  const id = add("good", text);
  setTimeout(() => remove(id), STAYS_MS);
}

/** Tells the reader that something went wrong, wholly or in part. */
export function tellBad(text: ComponentChildren): void {
  add("bad", text);
}

/** Does something that the reader asked for, and tells when it did not work. Whether it did. */
export async function attempt(what: () => Promise<unknown>): Promise<boolean> {
  try {
    await what();
    return true;
  } catch (error) {
    tellBad(wordsOf(error));
    return false;
  }
}

function add(kind: Toast["kind"], text: ComponentChildren): number {
  count += 1;
  toasts.value = [...toasts.value, { id: count, kind, text }];
  return count;
}

function remove(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="log" aria-live="polite" aria-label="Messages">
      {toasts.value.map(({ id, kind, text }) => (
        <div key={id} class={`toast ${kind}`}>
          <span>{text}</span>
          <button type="button" class="quiet" aria-label="Close" onClick={() => remove(id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
