import type { RunEvent } from "../../src/core/index.ts";

/** A line of `engine run --json`. */
export interface JsonLine {
  readonly kind: "event" | "notice" | "result";
  readonly run_id: string;
  readonly event: RunEvent;
  readonly [key: string]: unknown;
}

/** The whole lines that a process has printed so far. */
export function jsonLines(text: string): readonly JsonLine[] {
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JsonLine);
}

/** The events among them. */
export function eventsIn(text: string): readonly RunEvent[] {
  return jsonLines(text).flatMap((line) => (line.kind === "event" ? [line.event] : []));
}
