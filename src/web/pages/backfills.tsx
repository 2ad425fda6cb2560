import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ask } from "../api/client.ts";
import { Empty, Ready } from "../components/problem.tsx";
import { Scroll } from "../components/scroll.tsx";
import { StateBadge } from "../components/state.tsx";
import { Ago, Moment } from "../components/time.tsx";
import { attempt, tellGood } from "../components/toast.tsx";
import type { Backfill } from "../generated/api.ts";
import { mayOperate } from "../lib/me.ts";
import { path } from "../lib/router.ts";
import { useData } from "../lib/use-data.ts";
import { count } from "../lib/words.ts";

/** Backfills, the newest first. */
export function BackfillsPage(): JSX.Element {
  useEffect(() => {
    document.title = "Backfills · Engine";
  }, []);
  const loaded = useData(
    "backfills",
    (signal) => ask("GET /backfills", { signal }),
    (event) => event.type === "run" && ["run_created", "run_finished"].includes(event.event.type),
  );
  return (
    <>
      <div class="head">
        <h1>Backfills</h1>
      </div>
      <Ready of={loaded}>
        {({ backfills }) =>
          backfills.length === 0 ? (
            <Empty title="No backfills">
              <p>A backfill runs slots of the past: open a pipeline that has a schedule, and choose Backfill.</p>
            </Empty>
          ) : (
            <Scroll class="card" label="Backfills">
              <table>
                <thead>
                  <tr>
                    <th>State</th>
                    <th>Pipeline</th>
                    <th>Range</th>
                    <th>Slots</th>
                    <th>Started</th>
                    <th />
                  </tr>
                </thead>
                <tbody>
                  {backfills.map((backfill) => (
                    <Row key={backfill.backfill_id} backfill={backfill} onChange={loaded.reload} />
                  ))}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Ready>
    </>
  );
}

interface RowProps {
  readonly backfill: Backfill;
  readonly onChange: () => void;
}

function Row({
  backfill: { backfill_id, pipeline, state, by, created_at, from, to, slots, decided },
  onChange,
}: RowProps): JSX.Element {
  const cancel = async (): Promise<void> => {
    const isDone = await attempt(() => ask("POST /backfills/:backfill/cancel", { path: { backfill: backfill_id } }));
    if (isDone) tellGood(`${backfill_id} makes no further runs.`);
    onChange();
  };
  return (
    <tr>
      <td>
        <StateBadge state={state} />
      </td>
      <td>
        <a href={path("pipelines", pipeline, "runs")}>{pipeline}</a>
      </td>
      <td>
        <Moment at={from} /> to <Moment at={to} />
      </td>
      <td>
        <progress max={Math.max(1, slots.length)} value={decided} aria-label="Slots that are decided" /> {decided} of{" "}
        {count(slots.length, "slot")}
      </td>
      <td>
        <Ago at={created_at} /> by {by}
      </td>
      <td>
        {state === "running" && mayOperate.value && (
          <button type="button" class="danger" onClick={() => void cancel()}>
            Cancel
          </button>
        )}
      </td>
    </tr>
  );
}
