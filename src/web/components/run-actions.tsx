import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api/client.ts";
import type { Pipeline, Run, TaskRun } from "../generated/api.ts";
import { mayOperate } from "../lib/me.ts";
import { isOpen } from "../lib/states.ts";
import { downstreamOf } from "../lib/task-words.ts";
import { count } from "../lib/words.ts";
import { Confirm } from "./dialog.tsx";
import { attempt, tellGood } from "./toast.tsx";

interface RunActionsProps {
  readonly run: Run;
  readonly task_runs: readonly TaskRun[];
  readonly pipeline: Pipeline | undefined;
}

/** What can be done with a run by hand. */
export function RunActions({ run, task_runs, pipeline }: RunActionsProps): JSX.Element | null {
  const [asks, setAsks] = useState<"cancel" | "retry" | undefined>();
  if (!mayOperate.value) return null;
  const { run_id } = run;
  const bad = new Set(
    task_runs.filter(({ state }) => ["failed", "upstream_failed", "cancelled"].includes(state)).map(({ task }) => task),
  );
  const cleared = downstreamOf(pipeline?.tasks ?? [], [...bad]);
  const close = (): void => setAsks(undefined);
  const cancel = async (): Promise<void> => {
    const isDone = await attempt(() => ask("POST /runs/:run/cancel", { path: { run: run_id } }));
    if (isDone) tellGood(`${run_id} is being cancelled.`);
  };
  const retry = async (): Promise<void> => {
    const isDone = await attempt(() => ask("POST /runs/:run/retry", { path: { run: run_id } }));
    if (isDone) tellGood(`${run_id} runs again.`);
  };
  return (
    <div class="actions">
      {isOpen(run.state) ? (
        <button type="button" class="danger" onClick={() => setAsks("cancel")}>
          Cancel
        </button>
      ) : (
        bad.size > 0 && (
          <button type="button" class="primary" onClick={() => setAsks("retry")}>
            Retry what failed
          </button>
        )
      )}
      {asks === "cancel" && (
        <Confirm title={`Cancel ${run_id}?`} does="Cancel the run" isDanger onClose={close} onDo={() => void cancel()}>
          <p>What runs is stopped. What has not begun never will; the run can be retried later.</p>
        </Confirm>
      )}
      {asks === "retry" && (
        <Confirm
          title="Run again what failed?"
          does={`Run ${count(cleared.length, "task")} again`}
          onClose={close}
          onDo={() => void retry()}
        >
          <p>What failed and all behind it is cleared and run again. All others keep their state and outputs.</p>
          <ul class="cleared">
            {cleared.map((id) => (
              <li key={id}>
                <code>{id}</code>
              </li>
            ))}
          </ul>
        </Confirm>
      )}
    </div>
  );
}
