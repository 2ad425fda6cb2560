import { effect, signal } from "@preact/signals";
import type { JsonValue, Run } from "../generated/api.ts";
import { eventsOf } from "../lib/event-stream.ts";
import { API, errorOf, isSignedOut } from "./client.ts";

/** An event of a run's journal, as far as the page looks into it. */
export interface JournalEvent {
  readonly type: string;
  readonly seq: number;
  readonly at: number;
  readonly key?: string;
  readonly attempt?: number;
  readonly [more: string]: JsonValue | undefined;
}

/** What the daemon tells of as it happens. `reset`: events were missed, and all is to be loaded anew. */
export type Live =
  | {
      readonly type: "run";
      readonly run_id: string;
      readonly pipeline: string;
      readonly run_state: Run["state"];
      readonly event: JournalEvent;
    }
  | { readonly type: "schedule"; readonly pipeline: string }
  | { readonly type: "catalog" }
  | { readonly type: "reset" };

type Listener = (events: readonly Live[]) => void;

/** Whether the daemon's events come in. */
export const connection = signal<"connecting" | "live" | "gone">("connecting");

/** Events are handed on together that often, in milliseconds: a thousand a second are no more work than a few. */
const GATHER_MS = 60;
/** After a lost connection the next one is tried so soon, in milliseconds, and each time later, up to the second number. */
const RETRY_MS = [500, 8_000] as const;
/** A connection that is silent for so long, in milliseconds, is dead: the daemon sends something every 15 seconds. */
const SILENT_MS = 40_000;

const listeners = new Set<Listener>();
let gathered: Live[] = [];

/** Calls the listener with what happens, some events at a time. Returns how to stop. */
export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows the daemon's events for as long as the page is open. */
export function followDaemon(): void {
  let last: string | undefined;
  let stop = new AbortController();
  let wake = Promise.withResolvers<void>();
  let delay: number = RETRY_MS[0];
  window.addEventListener("online", () => wake.resolve());
  effect(() => {
    if (!isSignedOut.value) wake.resolve();
    else stop.abort();
  });
  const once = async (): Promise<void> => {
    stop = new AbortController();
    const headers = { accept: "text/event-stream", ...(last !== undefined && { "last-event-id": last }) };
    const response = await fetch(`${API}/events`, { headers, signal: stop.signal });
    if (!response.ok || response.body === null) throw await errorOf(response);
    const isBack = connection.value === "gone";
    connection.value = "live";
    delay = RETRY_MS[0];
    if (isBack && last === undefined) tell({ type: "reset" });
    for await (const { id, type, data } of eventsOf(watched(response.body, stop))) {
      last = id ?? last;
      if (type !== "hello") tell({ ...(JSON.parse(data) as object), type } as Live);
    }
  };
  const forEver = async (): Promise<never> => {
    for (;;) {
      await once().catch(() => {});
      if (!isSignedOut.value) connection.value = "gone";
      wake = Promise.withResolvers();
      if (!isSignedOut.value) setTimeout(wake.resolve, delay);
      await wake.promise;
      delay = Math.min(delay * 2, RETRY_MS[1]);
    }
  };
  void forEver();
}

/** The same body; its connection is given up when nothing comes for too long. */
function watched(body: ReadableStream<Uint8Array>, stop: AbortController): ReadableStream<Uint8Array> {
  let silence = setTimeout(() => stop.abort(), SILENT_MS);
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        clearTimeout(silence);
        silence = setTimeout(() => stop.abort(), SILENT_MS);
        controller.enqueue(chunk);
      },
      flush: () => clearTimeout(silence),
    }),
  );
}

function tell(event: Live): void {
  gathered.push(event);
  // The first of them says when they are handed on.
  if (gathered.length > 1) return;
  setTimeout(() => {
    const events = gathered;
    gathered = [];
    for (const listener of listeners) listener(events);
  }, GATHER_MS);
}
