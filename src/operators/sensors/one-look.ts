import type { JsonValue } from "../../lib/index.ts";
import type { AttemptHost } from "../operator.ts";
import type { Look, LookHost, SensorKind } from "./kind.ts";
import { inTurn } from "./turns.ts";

/** A look that takes longer is ended, in milliseconds: what is looked at hangs. */
export const LOOK_MAX_MS = 300_000;

const TOO_LONG: Look = { state: "not_yet", why: "the look took longer than five minutes and was ended" };

/** Looks once, when it is its turn. Undefined when the attempt was told to stop before it was known. */
export async function lookOnce(host: AttemptHost, kind: SensorKind, settings: JsonValue): Promise<Look | undefined> {
  const ended = Promise.withResolvers<Look | undefined>();
  const abort = new AbortController();
  const stop = (): void => {
    ended.resolve(undefined);
    abort.abort();
  };
  if (host.stopReason !== undefined) return undefined;
  host.signal.addEventListener("abort", stop);
  let timer: NodeJS.Timeout | undefined;
  const look = inTurn(async () => {
    // It was told to stop while it waited for its turn.
    if (abort.signal.aborted) return undefined;
    timer = setTimeout(() => {
      ended.resolve(TOO_LONG);
      abort.abort();
    }, LOOK_MAX_MS).unref();
    return kind.look(lookHost(host, abort.signal), settings);
  });
  // Of one that was given up nobody wants to know any more.
  look.catch(() => {});
  try {
    return await Promise.race([look, ended.promise]);
  } finally {
    clearTimeout(timer);
    host.signal.removeEventListener("abort", stop);
  }
}

function lookHost(host: AttemptHost, signal: AbortSignal): LookHost {
  return {
    work: host.work,
    runs: host.runs,
    signal,
    now: () => host.now(),
    // What an ended look still writes is of no look.
    log: (line) => {
      if (!signal.aborted) host.log(line);
    },
  };
}
