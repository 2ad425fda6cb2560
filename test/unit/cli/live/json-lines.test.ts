import { expect, test } from "vitest";
import { eventLine, noticeLine, resultLine } from "../../../../src/cli/live/json-lines.ts";
import { eventOf } from "./sources.ts";

test("an event's line holds the journal's record, with its run and its time", () => {
  const event = eventOf({ type: "attempt_started", key: "train", attempt: 2, seq: 7 });
  expect(JSON.parse(eventLine("r1", "training", event))).toEqual({
    schema_version: 1,
    kind: "event",
    run_id: "r1",
    pipeline: "training",
    time: "2026-01-31T02:00:00.000Z",
    event: { type: "attempt_started", key: "train", attempt: 2, seq: 7, at: "2026-01-31T02:00:00.000Z" },
  });
});

test("the result's line holds the summary and the exit code", () => {
  const summary = {
    run_id: "r1",
    pipeline: "training",
    state: "success",
    counts: { success: 1 },
    failures: [],
    outputs: {},
  } as const;
  expect(JSON.parse(resultLine(summary, 0))).toEqual({ schema_version: 1, kind: "result", ...summary, exit_code: 0 });
});

test("a notice's line is one line, whatever it says", () => {
  expect(noticeLine("a\nb")).toBe('{"schema_version":1,"kind":"notice","message":"a\\nb"}');
});
