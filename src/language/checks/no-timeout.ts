import type { TaskSource } from "../model.ts";
import { stringOf } from "../source.ts";
import type { Check } from "./check.ts";
import { mayWaitForever } from "./endless-wait.ts";

/** Places that a finding points to besides its own; more would hide what it says. */
const RELATED_MAX = 4;

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
      // The next run ends one that hangs.
      if (stringOf(pipeline.root.get("overlap")) === "cancel_running") return;
      const tasks = [...pipeline.tasks.values()].filter((task) => mayHang(task));
      const open = tasks.filter((task) => task.node.entry("timeout") === undefined);
      const [first, ...others] = open;
      if (first === undefined) return;
      if (open.length === tasks.length) {
        const message = `nothing ends a run of \`${pipeline.name}\` that hangs, and the next ones wait for it`;
        const hint = "give the pipeline a `timeout` (`timeout: 6h`), or all tasks one under `defaults`";
        report({ at: schedule.keyNode, message, hint });
        return;
      }
      const names = others.length === 0 ? `\`${first.id}\` has` : `\`${first.id}\` and ${others.length} more have`;
      const message = `${names} no \`timeout\`, and neither has the pipeline: should one hang, the next runs wait`;
      const places = others.slice(0, RELATED_MAX).map((task) => ({ at: task.key, message: "nor has this one" }));
      const related = [...places, { at: schedule.keyNode, message: "the schedule" }];
      report({ at: first.key, message, hint: "add a `timeout` to each, to the pipeline or under `defaults`", related });
    },
  },
};

/** Whether it does something that takes time; one that waits is reported on its own. One without an operator is reported already. */
function mayHang(task: TaskSource): boolean {
  const { operator } = task;
  return operator !== undefined && operator.spec.instant !== true && !mayWaitForever(task);
}
