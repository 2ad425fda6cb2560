import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ask } from "../api/client.ts";
import { AnsiLine } from "../components/ansi.tsx";
import { BoardLink } from "../components/board-link.tsx";
import { Graph } from "../components/graph.tsx";
import { Ready } from "../components/problem.tsx";
import { RunActions } from "../components/run-actions.tsx";
import { Note } from "../components/run-note.tsx";
import { Scroll } from "../components/scroll.tsx";
import { StateBadge } from "../components/state.tsx";
import { TaskTable } from "../components/task-table.tsx";
import { Ago, Moment, Span } from "../components/time.tsx";
import { Timeline } from "../components/timeline.tsx";
import { Values } from "../components/values.tsx";
import type { Pipeline, Routes, Run } from "../generated/api.ts";
import { graphTasks } from "../lib/graph-tasks.ts";
import { path, query } from "../lib/router.ts";
import { isOpen } from "../lib/states.ts";
import { failureWords, logTailOf } from "../lib/task-words.ts";
import { useData } from "../lib/use-data.ts";

type RunAnswer = Routes["GET /runs/:run"]["answer"];

const VIEWS = { tasks: "Tasks", graph: "Graph", timeline: "Timeline", details: "Details", events: "Events" } as const;

/** A run: how its tasks stand, live. */
export function RunPage({ run: run_id }: { readonly run: string }): JSX.Element {
  const loaded = useData(
    `run ${run_id}`,
    (signal) => ask("GET /runs/:run", { path: { run: run_id }, signal }),
    (event) => event.type === "run" && event.run_id === run_id,
  );
  const version = loaded.data?.run.version;
  const compiled = useData(version && `version ${version}`, (signal) =>
    ask("GET /versions/:version/pipeline", { path: { version: version ?? "" }, signal }),
  );
  useEffect(() => {
    const { run } = loaded.data ?? {};
    document.title = `${run === undefined ? run_id : `${run.pipeline}: ${run.state}`} · Engine`;
  }, [loaded.data, run_id]);
  return (
    <Ready of={loaded}>
      {(data) => (
        <>
          <Head data={data} pipeline={compiled.data?.pipeline} onChange={loaded.reload} />
          <Views data={data} pipeline={compiled.data?.pipeline} />
        </>
      )}
    </Ready>
  );
}

interface PartProps {
  readonly data: RunAnswer;
  readonly pipeline: Pipeline | undefined;
}

/** Who or what started a run, in words. */
function startedBy({ trigger, by }: Pick<Run, "trigger" | "by">): string {
  switch (trigger) {
    case "schedule":
      return "by its schedule";
    case "backfill":
      return `by a backfill of ${by}`;
    case "pipeline":
      return "by another pipeline";
    default:
      return `by ${by}${trigger === "api" ? " over the API" : ""}`;
  }
}

function Head({
  data: { run, task_runs },
  pipeline,
  onChange,
}: PartProps & { readonly onChange: () => void }): JSX.Element {
  // Of a mapped task its items tell what failed.
  const mapped = new Set(task_runs.filter(({ index }) => index !== undefined).map(({ task }) => task));
  const failed = task_runs.filter(
    ({ state, index, task }) => state === "failed" && (index !== undefined || !mapped.has(task)),
  );
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href={path("pipelines", run.pipeline)}>{run.pipeline}</a>
        <span>/</span>
      </nav>
      <div class="head">
        <div>
          <h1>{run.run_id}</h1>
          <div class="facts">
            <StateBadge state={run.state} />
            <span>
              {run.started_at === undefined ? "created" : "started"} <Ago at={run.started_at ?? run.created_at} />{" "}
              {startedBy(run)}
            </span>
            {run.started_at !== undefined && (
              <span>
                {run.finished_at === undefined || isOpen(run.state) ? "running for" : "took"}{" "}
                <Span from={run.started_at} to={isOpen(run.state) ? undefined : run.finished_at} />
              </span>
            )}
            <span>
              for <Moment at={run.logical_date} />
            </span>
            <BoardLink
              pipeline={run.pipeline}
              span={{
                from: run.started_at ?? run.created_at,
                ...(run.finished_at !== undefined && !isOpen(run.state) && { to: run.finished_at }),
              }}
            />
            {run.note === undefined && <Note run={run} onChange={onChange} />}
          </div>
        </div>
        <RunActions run={run} task_runs={task_runs} pipeline={pipeline} />
      </div>
      {run.note !== undefined && <Note run={run} onChange={onChange} />}
      {run.state === "queued" && (
        <p class="why">
          It waits for room: of {run.pipeline} at most {pipeline?.max_active_runs ?? "so many"} may run at once, or an
          earlier run must end first.
        </p>
      )}
      {run.why !== undefined && <p class={run.state === "failed" ? "why bad" : "why"}>{run.why}</p>}
      {failed.length > 0 && (
        <div class="card failures">
          <h2>What failed</h2>
          {failed.slice(0, 5).map((row) => (
            <Failure key={row.key} row={row} />
          ))}
          {failed.length > 5 && <p class="hint">and {failed.length - 5} more</p>}
        </div>
      )}
    </>
  );
}

function Failure({ row: { run_id, key, failure } }: { readonly row: RunAnswer["task_runs"][number] }): JSX.Element {
  const tail = logTailOf(failure);
  const href = path("runs", run_id, "tasks", key);
  return (
    <div class="failure">
      <p>
        <a href={href}>
          <strong>{key}</strong>
        </a>{" "}
        {failureWords(failure)} <a href={href}>Show its log</a>
      </p>
      {tail.length > 0 && (
        <div class="value mono tail">
          {tail.map((line, index) => (
            <div key={`${index}${line}`}>
              <AnsiLine text={line} wanted="" />
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

function Views({ data, pipeline }: PartProps): JSX.Element {
  const { run } = data;
  const view = query.value.get("view") ?? "tasks";
  return (
    <>
      <nav class="tabs" aria-label="Views of the run">
        {Object.entries(VIEWS).map(([name, label]) => (
          <a
            key={name}
            href={`${path("runs", run.run_id)}${name === "tasks" ? "" : `?view=${name}`}`}
            aria-current={name === view ? "page" : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      {view === "graph" ? (
        pipeline && <Graph tasks={graphTasks(pipeline.tasks, data.task_runs, run.run_id)} />
      ) : view === "timeline" ? (
        <RunTimeline data={data} pipeline={pipeline} />
      ) : view === "details" ? (
        <Details data={data} />
      ) : view === "events" ? (
        <Events run={run} />
      ) : (
        <TaskTable data={data} pipeline={pipeline} />
      )}
    </>
  );
}

/** The timeline of a run, with its attempts. */
export function RunTimeline({ data, pipeline }: PartProps): JSX.Element {
  const { run_id } = data.run;
  const attempts = useData(
    `attempts ${run_id}`,
    (signal) => ask("GET /runs/:run/attempts", { path: { run: run_id }, signal }),
    (event) => event.type === "run" && event.run_id === run_id,
  );
  return (
    <Ready of={attempts}>
      {(loaded) => <Timeline task_runs={data.task_runs} attempts={loaded.attempts} pipeline={pipeline} />}
    </Ready>
  );
}

function Details({ data: { run, children } }: { readonly data: RunAnswer }): JSX.Element {
  return (
    <div class="columns">
      <div class="card">
        <h2>Params</h2>
        {Object.keys(run.params).length === 0 ? <p class="hint">None.</p> : <Values of={run.params} />}
      </div>
      <div class="card">
        <h2>Run</h2>
        <dl class="pairs">
          <Pair name="Created">
            <Moment at={run.created_at} />
          </Pair>
          <Pair name="Started by">{startedBy(run)}</Pair>
          <Pair name="Data interval">
            <Moment at={run.data_interval_start} /> to <Moment at={run.data_interval_end} />
          </Pair>
          <Pair name="Version">
            <a href={`${path("pipelines", run.pipeline, "source")}?version=${run.version}`}>
              <code>{run.version.slice(0, 12)}</code>
            </a>
            {run.revision !== undefined && <code> at commit {run.revision.slice(0, 12)}</code>}
          </Pair>
          {run.backfill_id !== undefined && (
            <Pair name="Backfill">
              <a href="/backfills">{run.backfill_id}</a>
            </Pair>
          )}
          {run.parent_run_id !== undefined && (
            <Pair name="Parent">
              <a href={path("runs", run.parent_run_id)}>{run.parent_run_id}</a>
            </Pair>
          )}
        </dl>
      </div>
      {children.length > 0 && (
        <div class="card">
          <h2>Runs that it started</h2>
          {children.map((child) => (
            <p key={child.run_id}>
              <StateBadge state={child.state} /> <a href={path("runs", child.run_id)}>{child.run_id}</a> of{" "}
              {child.pipeline}
            </p>
          ))}
        </div>
      )}
    </div>
  );
}

interface PairProps {
  readonly name: string;
  readonly children: preact.ComponentChildren;
}

function Pair({ name, children }: PairProps): JSX.Element {
  return (
    <div class="pair">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What of a journal's event is shown in other columns. */
const KNOWN = ["type", "seq", "at", "key"];

function Events({ run: { run_id } }: { readonly run: Run }): JSX.Element {
  const loaded = useData(
    `events ${run_id}`,
    (signal) => ask("GET /runs/:run/events", { path: { run: run_id }, signal }),
    (event) => event.type === "run" && event.run_id === run_id,
  );
  return (
    <Ready of={loaded}>
      {({ events }) => (
        <Scroll class="card" label="Events">
          <table>
            <thead>
              <tr>
                <th>Time</th>
                <th>Event</th>
                <th>Task</th>
                <th>More</th>
              </tr>
            </thead>
            <tbody>
              {events.slice(-500).map((event) => (
                <tr key={Number(event.seq)}>
                  <td>
                    <Moment at={Number(event.at)} />
                  </td>
                  <td>{String(event.type).replaceAll("_", " ")}</td>
                  <td>{String(event.key ?? "")}</td>
                  <td class="value mono">
                    {Object.entries(event)
                      .filter(([name]) => !KNOWN.includes(name))
                      .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
                      .join(" ")}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Ready>
  );
}
