import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ask } from "../api/client.ts";
import { AnswerForm } from "../components/answer-form.tsx";
import { Empty, Ready } from "../components/problem.tsx";
import { Span } from "../components/time.tsx";
import { mayOperate } from "../lib/me.ts";
import { path } from "../lib/router.ts";
import { useData } from "../lib/use-data.ts";

/** Task runs that wait for a person. */
export function ApprovalsPage(): JSX.Element {
  useEffect(() => {
    document.title = "Approvals · Engine";
  }, []);
  const loaded = useData(
    "approvals",
    (signal) => ask("GET /approvals", { signal }),
    (event) =>
      event.type === "run" &&
      ["attempt_waiting", "attempt_ended", "run_finished", "task_finished"].includes(event.event.type),
  );
  return (
    <>
      <div class="head">
        <h1>Approvals</h1>
      </div>
      <Ready of={loaded}>
        {({ approvals }) =>
          approvals.length === 0 ? (
            <Empty title="Nothing waits for you">
              <p>A task that asks before it goes on stands here until somebody has answered:</p>
              <pre>{`approve:
  needs: train
  approval: Deploy the model?`}</pre>
            </Empty>
          ) : (
            approvals.map(({ run_id, pipeline, key, since, message, form, approvers }) => (
              <section key={`${run_id} ${key}`} class="card" aria-label={`${key} of ${pipeline}`}>
                <h2>{message}</h2>
                <p class="facts">
                  <a href={path("runs", run_id, "tasks", key)}>
                    {key} of {pipeline}
                  </a>
                  {since !== undefined && (
                    <span>
                      has waited for <Span from={since} />
                    </span>
                  )}
                  {approvers.length > 0 && <span>may be answered by {approvers.join(", ")}</span>}
                </p>
                {mayOperate.value && <AnswerForm run={run_id} task={key} form={form} />}
              </section>
            ))
          )
        }
      </Ready>
    </>
  );
}
