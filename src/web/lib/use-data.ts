import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client.ts";
import { type Live, onLive } from "../api/live.ts";
import { present } from "./clock.ts";

/** Between two loads of the same data lie at least so many milliseconds, and three times what the last one took. */
const PAUSE_MS = 400;
/** After the daemon could not be reached, or had too much to do, it is asked again, in milliseconds. */
const AGAIN_MS = 4_000;

export interface Loaded<T> {
  /** Absent until it is there for the first time. Stays while it is loaded anew. */
  readonly data: T | undefined;
  /** Why the last load failed. */
  readonly error: unknown;
  readonly reload: () => void;
}

/**
 * Data of the daemon that is kept fresh: loaded when `key` changes, when an event `concerns` it, and when events were
 * missed. Many events are one load. `key` undefined: nothing is loaded.
 */
export function useData<T>(
  key: string | undefined,
  load: (signal: AbortSignal) => Promise<T>,
  concerns: (event: Live) => boolean = () => false,
): Loaded<T> {
  const [state, setState] = useState<{ key?: string; data?: T; error?: unknown }>({});
  const latest = useRef({ load, concerns });
  latest.current = { load, concerns };
  const reload = useRef(() => {});
  useEffect(() => {
    if (key === undefined) return undefined;
    const gone = new AbortController();
    let [isLoading, isStale, timer]: [boolean, boolean, ReturnType<typeof setTimeout> | undefined] = [
      false,
      false,
      undefined,
    ];
    const fetchNow = async (): Promise<void> => {
      [isLoading, isStale, timer] = [true, false, undefined];
      const began = present();
      let pause = PAUSE_MS;
      try {
        const data = await latest.current.load(gone.signal);
        if (!gone.signal.aborted) setState({ key, data });
      } catch (error) {
        if (!gone.signal.aborted) setState((before) => ({ ...(before.key === key ? before : {}), key, error }));
        if (mayPass(error)) [isStale, pause] = [true, AGAIN_MS];
      }
      isLoading = false;
      if (isStale) later(Math.max(pause, 3 * (present() - began)));
    };
    const later = (delay: number): void => {
      isStale = true;
      if (!isLoading && !gone.signal.aborted) timer ??= setTimeout(() => void fetchNow(), delay);
    };
    reload.current = () => later(0);
    void fetchNow();
    const stop = onLive((events) => {
      if (events.some((event) => event.type === "reset" || latest.current.concerns(event))) later(PAUSE_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
      gone.abort();
    };
  }, [key]);
  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    reload: () => reload.current(),
  };
}

/** Whether it may go well the next time: the daemon was away, or had too much to do. */
function mayPass(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof ApiError && (error.status === 429 || error.status >= 500));
}
