import { useEffect, useState } from "preact/hooks";

/** What came of asking. While it is asked anew, what was answered before stays. */
export interface Answer<T> {
  readonly value?: T;
  readonly error?: string;
}

/** Asks whenever the key changes. */
export function useAnswer<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({});
  useEffect(() => {
    const abort = new AbortController();
    ask(abort.signal).then(
      (value) => !abort.signal.aborted && setAnswer({ value }),
      (error: unknown) =>
        !abort.signal.aborted && setAnswer({ error: error instanceof Error ? error.message : String(error) }),
    );
    return () => abort.abort();
  }, [key]);
  return answer;
}
