import type { RunEvent } from "../../core/index.ts";
import { withIsoTimes } from "../output/json.ts";
import type { RunSummary } from "./summary.ts";

/** Raised when a field changes its meaning or goes; new fields don't raise it. */
export const JSON_SCHEMA_VERSION = 1;

/**
 * One committed event as a line of JSON:
 *
 *     {"schema_version":1,"kind":"event","run_id":"…","pipeline":"…","time":"2026-01-31T02:00:00.000Z","event":{"type":"…","seq":1,"at":"…"}}
 *
 * `event` is the journal's record: `type` names it, `seq` counts from 1 in its run, `at` is its time,
 * `key` the task run that it is about.
 */
export function eventLine(run_id: string, pipeline: string, event: RunEvent): string {
  return JSON.stringify({
    schema_version: JSON_SCHEMA_VERSION,
    kind: "event",
    run_id,
    pipeline,
    time: new Date(event.at).toISOString(),
    event: withIsoTimes(event),
  });
}

/** Something the person should know that is no event, as a line of JSON: `{"schema_version":1,"kind":"notice","message":"…"}`. */
export function noticeLine(message: string): string {
  return JSON.stringify({ schema_version: JSON_SCHEMA_VERSION, kind: "notice", message });
}

/**
 * The last line: `{"schema_version":1,"kind":"result","run_id":"…","pipeline":"…","state":"success","duration_ms":…,
 * "counts":{…},"failures":[…],"outputs":{…},"exit_code":0}`.
 */
export function resultLine(summary: RunSummary, exit_code: number): string {
  return JSON.stringify({ schema_version: JSON_SCHEMA_VERSION, kind: "result", ...summary, exit_code });
}
