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

const MARKS = ["success", "failed", "skipped"] as const;

interface TaskActionsProps {
  readonly run: Run;
  readonly row: TaskRun;
  readonly pipeline: Pipeline | undefined;
}

/** What can be done with a task run by hand: run it and what follows again, or decide its state. */
export function TaskActions({ run, row, pipeline }: TaskActionsProps): JSX.Element | null {
  const [asks, setAsks] = useState<"retry" | (typeof MARKS)[number] | undefined>();
  if (!mayOperate.value) return null;
  const { run_id } = run;
  const cleared = downstreamOf(pipeline?.tasks ?? [], [row.task]);
  const close = (): void => setAsks(undefined);
  const retry = async (): Promise<void> => {
    const isDone = await attempt(() =>
      ask("POST /runs/:run/retry", { path: { run: run_id }, body: { from: [row.task] } }),
    );
    if (isDone) tellGood(`${run_id} runs again from ${row.task}.`);
  };
  const mark = async (state: string): Promise<void> => {
    const path = { run: run_id, task: row.key };
    const isDone = await attempt(() => ask("POST /runs/:run/tasks/:task/mark", { path, body: { state } }));
    if (isDone) tellGood(`${row.key} is marked ${state}.`);
  };
  return (
    <div class="actions">
      <button
        type="button"
        disabled={isOpen(run.state)}
        title={isOpen(run.state) ? "The run must have ended" : "Run this task and all behind it again"}
        onClick={() => setAsks("retry")}
      >
        Retry from here
      </button>
      {MARKS.filter((state) => state !== row.state).map((state) => (
        <button key={state} type="button" class="quiet" onClick={() => setAsks(state)}>
          Mark {state}
        </button>
      ))}
      {asks === "retry" && (
        <Confirm
          title={`Run ${row.task} again?`}
          does={`Run ${count(cleared.length, "task")} again`}
          onClose={close}
          onDo={() => void retry()}
        >
          <p>These are cleared and run again. All others keep their state and outputs.</p>
          <ul class="cleared">
            {cleared.map((id) => (
              <li key={id}>
                <code>{id}</code>
              </li>
            ))}
          </ul>
        </Confirm>
      )}
      {asks !== undefined && asks !== "retry" && (
        <Confirm
          title={`Mark ${row.key} as ${asks}?`}
          does={`Mark ${asks}`}
          onClose={close}
          onDo={() => void mark(asks)}
        >
          <p>A live attempt of it is stopped. What follows from its state is decided anew.</p>
        </Confirm>
      )}
    </div>
  );
}
