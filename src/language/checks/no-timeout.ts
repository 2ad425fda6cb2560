import type { TaskSource } from "../model.ts";
import type { Check } from "./check.ts";

export const noTimeout: Check = {
  code: "ENG508",
  name: "no-timeout",
  severity: "warning",
  summary: "a run that a schedule starts may hang for ever, and hold up all that come after it",
  visit: {
    pipeline(pipeline, { report }) {
      const schedule = pipeline.root.entry("schedule");
      if (schedule === undefined || pipeline.root.entry("timeout") !== undefined) return;
      if (pipeline.defaults?.entry("timeout") !== undefined) return;
      const tasks = [...pipeline.tasks.values()].filter((task) => mayHang(task));
      const open = tasks.filter((task) => task.node.entry("timeout") === undefined);
      if (open.length === 0) return;
      const related = [{ at: schedule.keyNode, message: "the schedule" }];
      if (open.length === tasks.length) {
        const message = `nothing ends a run of \`${pipeline.name}\` that hangs, and the next ones wait for it`;
        const hint = "give the pipeline a `timeout` (`timeout: 6h`), or all tasks one under `defaults`";
        report({ at: schedule.keyNode, message, hint });
        return;
      }
      for (const task of open) {
        const message = `\`${task.id}\` has no \`timeout\`, and neither has the pipeline: should it hang, the next runs wait`;
        report({ at: task.key, message, hint: "add a `timeout`, here or to the pipeline", related });
      }
    },
  },
};

/** Whether it does something that takes time. One without an operator is reported already. */
function mayHang({ operator }: TaskSource): boolean {
  return operator !== undefined && operator.spec.instant !== true;
}
