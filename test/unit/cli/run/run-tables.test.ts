import { expect, test } from "vitest";
import { renderRunDetails } from "../../../../src/cli/run/run-tables.ts";
import { NEW_YEAR, RunWriter } from "../../../support/run-writer.ts";

test("what somebody wrote about a run is shown line by line, with who did, and does nothing to the terminal", () => {
  const { row } = new RunWriter("r1");
  const note = { text: "the source was late\nask \u001b[31mann", by: "bob", at: NEW_YEAR };
  const lines = renderRunDetails({ run: { ...row, note }, task_runs: [], attempts: [] }, NEW_YEAR + 60_000, undefined);
  const text = lines.map((line) => line.map((span) => span.text).join(""));
  const at = text.findIndex((line) => line.startsWith("note "));
  expect(text.slice(at, at + 3)).toEqual([
    "note          the source was late",
    expect.stringMatching(/^ {14}ask .*ann$/),
    expect.stringMatching(/^ {14}by bob, .*1m ago/),
  ]);
  expect(text.join("")).not.toContain("\u001b");
});
