import type { JSX } from "preact";
import { ask } from "../../api/client.ts";
import { Empty, Ready } from "../../components/problem.tsx";
import { Ago, Moment } from "../../components/time.tsx";
import { exact } from "../../lib/format.ts";
import type { PipelineAnswer } from "../../lib/pipeline-answer.ts";
import { type Schedule, scheduleWords } from "../../lib/schedule-words.ts";
import { useData } from "../../lib/use-data.ts";
import { count } from "../../lib/words.ts";

/** Slots that are shown. */
const NEXT = 20;

/** When it runs next, and which slots made no run. */
export function ScheduleTab({ data: { pipeline, summary } }: { readonly data: PipelineAnswer }): JSX.Element {
  const { name } = pipeline;
  const schedule = summary.schedule as Schedule | null;
  const loaded = useData(
    `slots ${name} ${pipeline.version}`,
    (signal) => ask("GET /pipelines/:pipeline/slots", { path: { pipeline: name }, query: { next: NEXT }, signal }),
    (event) => event.type === "schedule" && event.pipeline === name,
  );
  if (schedule === null) {
    return (
      <Empty title="It has no schedule">
        <p>It runs when somebody starts it. A schedule is one line of its file:</p>
        <pre>schedule: "0 6 * * *"</pre>
      </Empty>
    );
  }
  return (
    <Ready of={loaded}>
      {({ next, skipped }) => (
        <div class="columns">
          <div class="card">
            <h2>Next</h2>
            <p class="quiet-text">
              {scheduleWords(schedule)}, in {schedule.timezone}
              {summary.paused !== undefined && ". It is paused: none of these comes due until it is resumed"}
            </p>
            <table>
              <tbody>
                {next.map((slot) => (
                  <tr key={slot}>
                    <td>
                      <Ago at={slot} />
                    </td>
                    <td>
                      <Moment at={slot} />
                    </td>
                    <td class="quiet-text">{schedule.timezone !== "UTC" && exact(slot, schedule.timezone)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div class="card">
            <h2>Slots without a run</h2>
            {skipped.length === 0 && <p class="quiet-text">None was missed.</p>}
            <table>
              <tbody>
                {skipped.map(({ first, last, count: number, reason, decided_at }) => (
                  <tr key={`${first} ${decided_at}`}>
                    <td>
                      <Moment at={first} />
                      {number > 1 && (
                        <>
                          {" "}
                          to <Moment at={last} />
                        </>
                      )}
                    </td>
                    <td>{count(number, "slot")}</td>
                    <td>{reason.replaceAll("_", " ")}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </Ready>
  );
}
