import type { TaskSource } from "../model.ts";
import type { Check } from "./check.ts";
import { pipelineTime, taskTime } from "./timing.ts";

export const endlessWait: Check = {
  code: "ENG511",
  name: "endless-wait",
  severity: "warning",
  summary: "a task waits for something that may never come, and nothing ends the waiting",
  visit: {
    task(task, pipeline, { report }) {
      if (!mayWaitForever(task) || taskTime(task, pipeline, "timeout") !== undefined) return;
      if (pipelineTime(pipeline, "timeout") !== undefined || hasTimeout(task)) return;
      report({
        at: task.key,
        message: `\`${task.id}\` waits for ever if what it waits for never comes`,
        hint: "give it a `timeout`; with `soft_fail: true` it is then skipped instead of failed",
      });
    },
  },
};

/** Whether only something outside can end what the task does. */
export function mayWaitForever({ operator }: TaskSource): boolean {
  return operator?.spec.waits_forever?.(operator.config ?? {}) === true;
}

/** Also one that can't be read, which is reported as such. */
function hasTimeout({ node }: TaskSource): boolean {
  return node.entry("timeout") !== undefined;
}
