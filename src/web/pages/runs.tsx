import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../api/client.ts";
import { Empty, Ready } from "../components/problem.tsx";
import { RunTable } from "../components/run-table.tsx";
import type { Run } from "../generated/api.ts";
import { query, setQuery } from "../lib/router.ts";
import { labelOf } from "../lib/states.ts";
import { useData } from "../lib/use-data.ts";

const STATES = ["queued", "running", "success", "failed", "cancelled"] as const;
/** Runs that are loaded at a time. */
const PAGE = 100;

/** The newest runs of all pipelines, or of one. */
export function RunsPage(): JSX.Element {
  useEffect(() => {
    document.title = "Runs · Engine";
  }, []);
  const state = query.value.get("state") ?? "";
  const pipeline = query.value.get("pipeline") ?? "";
  return (
    <>
      <div class="head">
        <h1>Runs</h1>
      </div>
      <search class="filters">
        <input
          type="search"
          id="filter"
          placeholder="Pipeline"
          aria-label="Runs of this pipeline"
          value={pipeline}
          onChange={({ currentTarget }) => setQuery({ pipeline: currentTarget.value })}
        />
        <select
          aria-label="State"
          value={state}
          onChange={({ currentTarget }) => setQuery({ state: currentTarget.value })}
        >
          <option value="">Any state</option>
          {STATES.map((each) => (
            <option key={each} value={each}>
              {labelOf(each)}
            </option>
          ))}
        </select>
      </search>
      <RunList key={`${state} ${pipeline}`} {...(state !== "" && { state })} {...(pipeline !== "" && { pipeline })} />
    </>
  );
}

interface RunListProps {
  readonly state?: string;
  readonly pipeline?: string;
}

/** Runs, the newest first, more on demand. */
export function RunList({ state, pipeline }: RunListProps): JSX.Element {
  const [older, setOlder] = useState<
    { readonly runs: readonly Run[]; readonly next: string | undefined } | undefined
  >();
  const filter = {
    ...(state !== undefined && { state: [state] }),
    ...(pipeline !== undefined && { pipeline: [pipeline] }),
  };
  const newest = useData(
    `runs ${JSON.stringify(filter)}`,
    (signal) => ask("GET /runs", { query: { ...filter, limit: PAGE }, signal }),
    (event) =>
      event.type === "run" &&
      ["run_created", "run_started", "run_finished", "tasks_cleared"].includes(event.event.type) &&
      (pipeline ?? event.pipeline) === event.pipeline,
  );
  const next = older === undefined ? newest.data?.next : older.next;
  const more = async (): Promise<void> => {
    const page = await ask("GET /runs", { query: { ...filter, limit: PAGE, after: next } });
    setOlder({ runs: [...(older?.runs ?? []), ...page.runs], next: page.next });
  };
  return (
    <Ready of={newest}>
      {({ runs }) => {
        const known = new Set(runs.map(({ run_id }) => run_id));
        const all = [...runs, ...(older?.runs ?? []).filter(({ run_id }) => !known.has(run_id))];
        if (all.length === 0) {
          return (
            <Empty title="No runs">
              <p>
                A run begins when a pipeline's slot is due, or when somebody starts it: with the button Run, or with{" "}
                <code>engine trigger</code>.
              </p>
            </Empty>
          );
        }
        return (
          <>
            <RunTable runs={all} hasPipeline={pipeline === undefined} />
            {next !== undefined && (
              <button type="button" class="more" onClick={() => void more()}>
                Older runs
              </button>
            )}
          </>
        );
      }}
    </Ready>
  );
}
