import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ask } from "../api/client.ts";
import { openBackfill } from "../components/backfill-dialog.tsx";
import { BoardLink } from "../components/board-link.tsx";
import { togglePause } from "../components/pipeline-row.tsx";
import { Ready } from "../components/problem.tsx";
import { RunBars } from "../components/run-bars.tsx";
import { Ago } from "../components/time.tsx";
import { openTrigger } from "../components/trigger-dialog.tsx";
import { now } from "../lib/clock.ts";
import { freshnessOf } from "../lib/freshness.ts";
import { mayOperate } from "../lib/me.ts";
import type { PipelineAnswer } from "../lib/pipeline-answer.ts";
import { path } from "../lib/router.ts";
import { type Schedule, scheduleWords } from "../lib/schedule-words.ts";
import { useData } from "../lib/use-data.ts";
import { duration } from "../lib/words.ts";
import { NotFoundPage } from "./not-found.tsx";
import { CalendarTab } from "./pipeline/calendar.tsx";
import { DetailsTab } from "./pipeline/details.tsx";
import { DurationsTab } from "./pipeline/durations.tsx";
import { GridTab } from "./pipeline/grid.tsx";
import { GraphTab, TimelineTab } from "./pipeline/latest-run.tsx";
import { ScheduleTab } from "./pipeline/schedule.tsx";
import { SourceTab } from "./pipeline/source.tsx";
import { RunList } from "./runs.tsx";

const TABS = {
  graph: { label: "Graph", show: (data: PipelineAnswer) => <GraphTab data={data} /> },
  grid: { label: "Grid", show: (data: PipelineAnswer) => <GridTab data={data} /> },
  timeline: { label: "Timeline", show: (data: PipelineAnswer) => <TimelineTab data={data} /> },
  runs: {
    label: "Runs",
    show: ({ summary }: PipelineAnswer) => <RunList key={summary.name} pipeline={summary.name} />,
  },
  calendar: { label: "Calendar", show: (data: PipelineAnswer) => <CalendarTab data={data} /> },
  durations: { label: "Durations", show: (data: PipelineAnswer) => <DurationsTab data={data} /> },
  source: { label: "Source", show: (data: PipelineAnswer) => <SourceTab data={data} /> },
  schedule: { label: "Schedule", show: (data: PipelineAnswer) => <ScheduleTab data={data} /> },
  details: { label: "Details", show: (data: PipelineAnswer) => <DetailsTab data={data} /> },
} as const;

interface PipelinePageProps {
  readonly name: string;
  readonly tab: string;
}

/** A pipeline: its graph, what its runs did, and what it is made of. */
export function PipelinePage({ name, tab }: PipelinePageProps): JSX.Element {
  const loaded = useData(
    `pipeline ${name}`,
    (signal) => ask("GET /pipelines/:pipeline", { path: { pipeline: name }, signal }),
    (event) =>
      event.type === "catalog" ||
      (event.type === "schedule" && event.pipeline === name) ||
      (event.type === "run" &&
        event.pipeline === name &&
        ["run_created", "run_started", "run_finished", "tasks_cleared"].includes(event.event.type)),
  );
  useEffect(() => {
    document.title = `${name} · Engine`;
  }, [name]);
  const shown = TABS[tab as keyof typeof TABS];
  if (shown === undefined) return <NotFoundPage />;
  return (
    <Ready of={loaded}>
      {(data) => (
        <>
          <Head data={data} />
          <nav class="tabs" aria-label="Views of the pipeline">
            {Object.entries(TABS).map(([key, { label }]) => (
              <a
                key={key}
                href={key === "graph" ? path("pipelines", name) : path("pipelines", name, key)}
                aria-current={key === tab ? "page" : undefined}
              >
                {label}
              </a>
            ))}
          </nav>
          {shown.show(data)}
        </>
      )}
    </Ready>
  );
}

function Head({ data: { summary } }: { readonly data: PipelineAnswer }): JSX.Element {
  const {
    name,
    description,
    owner,
    tags,
    schedule,
    next_slot,
    paused,
    broken,
    recent_runs,
    success_rate: rate,
  } = summary;
  return (
    <>
      <div class="head">
        <div class="grow">
          <h1>
            {name} {paused !== undefined && <span class="pill warn">paused</span>}
          </h1>
          {description !== undefined && <p>{description}</p>}
          <div class="facts">
            <span title={schedule === null ? "" : (schedule as unknown as Schedule).timezone}>
              {scheduleWords(schedule as Schedule | null)}
            </span>
            {next_slot !== undefined && paused === undefined && (
              <span>
                next <Ago at={next_slot} />
              </span>
            )}
            {owner !== undefined && <span>owner {owner}</span>}
            {rate !== undefined && <span>{Math.round(rate * 100)}% of the last runs succeeded</span>}
            <Freshness summary={summary} />
            <BoardLink pipeline={name} />
            {tags.map((tag) => (
              <a key={tag} class="tag" href={`/?tag=${encodeURIComponent(tag)}`}>
                {tag}
              </a>
            ))}
          </div>
        </div>
        <RunBars runs={recent_runs} />
        {mayOperate.value && (
          <div class="actions">
            <button type="button" class="primary" onClick={() => openTrigger(name)}>
              Run
            </button>
            {schedule !== null && (
              <>
                <button type="button" onClick={() => openBackfill(name)}>
                  Backfill
                </button>
                <button type="button" onClick={() => void togglePause(summary)}>
                  {paused === undefined ? "Pause" : "Resume"}
                </button>
              </>
            )}
          </div>
        )}
      </div>
      {paused !== undefined && (
        <p class="why">
          Paused <Ago at={paused.at} /> by {paused.by}
          {paused.why !== undefined && `: ${paused.why}`}. No slot comes due until it is resumed.
        </p>
      )}
      {broken !== undefined && (
        <p class="why bad">
          Its file has errors, and its last good version is live: {broken}.{" "}
          <a href={path("pipelines", name, "source")}>Show the source</a>
        </p>
      )}
    </>
  );
}

/** Whether the last success is as fresh as the pipeline promises. */
function Freshness({ summary }: { readonly summary: PipelineAnswer["summary"] }): JSX.Element | null {
  const fresh = freshnessOf(summary, now.value);
  if (fresh === undefined) return null;
  const promise = `a success every ${duration(summary.freshness?.target_ms ?? 0)} is promised`;
  if (fresh.state === "fresh") return <span>fresh: {promise}</span>;
  return (
    <span class="pill bad">
      {fresh.state === "never" ? "no success yet" : `${duration(fresh.by_ms)} late`}: {promise}
    </span>
  );
}
