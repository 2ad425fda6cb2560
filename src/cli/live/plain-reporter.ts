import { plainLine } from "./plain-lines.ts";
import type { RunReporter } from "./reporter.ts";
import { renderSummary } from "./summary.ts";
import { toText } from "./text.ts";

/** One line per event worth knowing, then the summary: for files, pipes and CI logs. */
export function plainReporter(writeLine: (line: string) => void): RunReporter {
  return {
    resumed(run, task_runs) {
      if (run.finished_at !== undefined) return;
      const done = task_runs.filter((row) => row.index === undefined && row.finished_at !== undefined).length;
      const all = task_runs.filter((row) => row.index === undefined).length;
      writeLine(`${run.pipeline}: run ${run.run_id} is taken up again, ${done} of ${all} tasks are done`);
    },
    committed({ event, run, pipeline }) {
      const line = plainLine(event, { run_id: run.id, pipeline: pipeline.name, task_runs: run.task_runs });
      if (line !== undefined) writeLine(line);
    },
    notice: writeLine,
    ended(summary) {
      for (const line of renderSummary(summary, "none")) writeLine(toText(line));
    },
    close() {},
  };
}
