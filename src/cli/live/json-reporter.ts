import { eventLine, noticeLine, resultLine } from "./json-lines.ts";
import type { RunReporter } from "./reporter.ts";

/** One line of JSON per committed event, and a last one with the result: for programs. */
export function jsonReporter(writeLine: (line: string) => void): RunReporter {
  return {
    resumed() {},
    committed({ event, run, pipeline }) {
      writeLine(eventLine(run.id, pipeline.name, event));
    },
    notice(message) {
      writeLine(noticeLine(message));
    },
    ended(summary, exit_code) {
      writeLine(resultLine(summary, exit_code));
    },
    close() {},
  };
}
