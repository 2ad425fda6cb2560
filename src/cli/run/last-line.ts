import type { RunId, TaskKey } from "../../core/index.ts";
import { followLog } from "../../executors/index.ts";
import type { FollowLastLine } from "../live/live-reporter.ts";

/** Follows logs in the data folder for the live view. A log that can't be read shows nothing. */
export function followLastLine(data: string): FollowLastLine {
  return (run_id, key, attempt, onLine) => {
    const stop = new AbortController();
    const follow = async (): Promise<void> => {
      const lines = followLog(data, { run_id: run_id as RunId, key: key as TaskKey, attempt }, { signal: stop.signal });
      for await (const { text } of lines) if (text.trim() !== "") onLine(text);
    };
    follow().catch(() => {});
    return () => stop.abort();
  };
}
