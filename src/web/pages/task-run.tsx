import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../api/client.ts";
import { AnswerForm } from "../components/answer-form.tsx";
import { LogView } from "../components/log-view.tsx";
import { Ready } from "../components/problem.tsx";
import { StateBadge, StateMark } from "../components/state.tsx";
import { TaskActions } from "../components/task-actions.tsx";
import { Ago, Moment, Span } from "../components/time.tsx";
import { Values } from "../components/values.tsx";
import type { Attempt, JsonValue, Pipeline, Routes, TaskRun } from "../generated/api.ts";
import { now } from "../lib/clock.ts";
import { mayOperate } from "../lib/me.ts";
import { path, query, setQuery } from "../lib/router.ts";
import { isOpen } from "../lib/states.ts";
import { failureWords, whyNotRunning } from "../lib/task-words.ts";
import { useData } from "../lib/use-data.ts";

type RunAnswer = Routes["GET /runs/:run"]["answer"];

interface TaskRunPageProps {
  readonly run: string;
  readonly task: string;
}

/** One task run: its attempts, their logs, what it handed on, and why it does not run. */
export function TaskRunPage({ run, task }: TaskRunPageProps): JSX.Element {
  const loaded = useData(
    `task ${run} ${task}`,
    async (signal) => {
      const [whole, { attempts }, { uses }] = await Promise.all([
        ask("GET /runs/:run", { path: { run }, signal }),
        ask("GET /runs/:run/attempts", { path: { run }, query: { task }, signal }),
        ask("GET /pools", { signal }),
      ]);
      return { ...whole, attempts, uses };
    },
    (event) => event.type === "run" && event.run_id === run,
  );
  const version = loaded.data?.run.version;
  const compiled = useData(version && `version ${version}`, (signal) =>
    ask("GET /versions/:version/pipeline", { path: { version: version ?? "" }, signal }),
  );
  useEffect(() => {
    document.title = `${task} of ${run} · Engine`;
  }, [run, task]);
  return (
    <Ready of={loaded}>
      {(data) => {
        const row = data.task_runs.find(({ key }) => key === task);
        const pipeline = compiled.data?.pipeline;
        if (row === undefined) return <NotYet data={data} task={task} />;
        const why = whyNotRunning(row, { pipeline, task_runs: data.task_runs, uses: data.uses, now: now.value });
        return <TaskRunView data={data} row={row} attempts={data.attempts} pipeline={pipeline} why={why} />;
      }}
    </Ready>
  );
}

function NotYet({ data, task }: { readonly data: RunAnswer; readonly task: string }): JSX.Element {
  return (
    <>
      <Crumbs data={data} />
      <h1>{task}</h1>
      <p class="quiet-text">Nothing has come of this task yet.</p>
    </>
  );
}

function Crumbs({ data: { run } }: { readonly data: Pick<RunAnswer, "run"> }): JSX.Element {
  return (
    <nav class="crumbs" aria-label="Where this is">
      <a href={path("pipelines", run.pipeline)}>{run.pipeline}</a>
      <span>/</span>
      <a href={path("runs", run.run_id)}>{run.run_id}</a>
      <span>/</span>
    </nav>
  );
}

interface TaskRunViewProps {
  readonly data: RunAnswer;
  readonly row: TaskRun;
  readonly attempts: readonly Attempt[];
  readonly pipeline: Pipeline | undefined;
  readonly why: string | undefined;
}

function TaskRunView({ data, row, attempts, pipeline, why }: TaskRunViewProps): JSX.Element {
  const task = pipeline?.tasks.find(({ id }) => id === row.task);
  const asked = Number(query.value.get("attempt") ?? Number.NaN);
  const shown = attempts.find(({ attempt }) => attempt === asked) ?? attempts.at(-1);
  const failure = failureWords(row.failure);
  const items = data.task_runs.filter((each) => each.task === row.task && each.index !== undefined);
  const isWhole = row.index === undefined && items.length > 0;
  return (
    <>
      <Crumbs data={data} />
      <div class="head">
        <div>
          <h1>{row.key}</h1>
          <div class="facts">
            <StateBadge state={row.state} />
            {task !== undefined && <span>{task.operator}</span>}
            {row.started_at !== undefined && (
              <span>
                started <Ago at={row.started_at} />
              </span>
            )}
            {row.started_at !== undefined && (
              <span>
                {row.finished_at === undefined ? "running for" : "took"}{" "}
                <Span from={row.started_at} to={row.finished_at} />
              </span>
            )}
            {row.item !== undefined && (
              <span class="cut">
                item <code>{JSON.stringify(row.item)}</code>
              </span>
            )}
          </div>
        </div>
        <TaskActions run={data.run} row={row} pipeline={pipeline} />
      </div>
      {why !== undefined && <p class="why">{why}</p>}
      {row.why !== undefined && <p class="why">{row.why}</p>}
      {failure !== undefined && <p class="why bad">{failure}</p>}
      {row.state === "waiting" && task?.operator === "approval" && mayOperate.value && (
        <div class="card">
          <AnswerForm
            run={row.run_id}
            task={row.key}
            form={(task.config.form ?? {}) as Pipeline["params"][string]["schema"]}
          />
        </div>
      )}
      {isWhole && <Items rows={items} />}
      {attempts.length > 0 && <AttemptTabs attempts={attempts} shown={shown} />}
      {shown !== undefined && <AttemptFacts attempt={shown} isLast={shown === attempts.at(-1)} />}
      {shown !== undefined && !isWhole && (
        <LogView run={row.run_id} task={row.key} attempt={shown.attempt} isOpen={isOpen(shown.state)} />
      )}
      <div class="columns below">
        {row.outputs !== undefined && Object.keys(row.outputs).length > 0 && (
          <div class="card">
            <h2>Outputs</h2>
            <Values of={row.outputs} />
          </div>
        )}
        {shown?.metrics !== undefined && shown.metrics.length > 0 && (
          <div class="card">
            <h2>Metrics</h2>
            <Values of={Object.fromEntries(shown.metrics.map(({ name, value }) => [String(name), value ?? null]))} />
          </div>
        )}
        {task !== undefined && <Configuration row={row} task={task} attempt={isWhole ? undefined : shown?.attempt} />}
      </div>
    </>
  );
}

/** The task as it is compiled, with what is said in docs/language.md alone. */
type Written = Pipeline["tasks"][number] & {
  readonly env?: Readonly<Record<string, JsonValue>>;
  readonly cwd?: string;
};

interface ConfigurationProps {
  readonly row: TaskRun;
  readonly task: Pipeline["tasks"][number];
  /** Undefined before there is one. */
  readonly attempt: number | undefined;
}

/** What an attempt was given, and what the file says. */
function Configuration({ row: { run_id, key }, task, attempt }: ConfigurationProps): JSX.Element {
  const [isWritten, setWritten] = useState(false);
  const { data } = useData(attempt === undefined ? undefined : `config ${run_id} ${key} ${attempt}`, (signal) =>
    ask("GET /runs/:run/tasks/:task/attempts/:attempt/config", {
      path: { run: run_id, task: key, attempt: attempt ?? 0 },
      signal,
    }),
  );
  const given = isWritten ? undefined : data?.given;
  const { config, env = {}, cwd } = given ?? (task as Written);
  return (
    <div class="card">
      <div class="card-head">
        <h2>Configuration</h2>
        {data?.given !== undefined && (
          <div role="group" aria-label="Configuration">
            <button type="button" class="quiet" aria-pressed={!isWritten} onClick={() => setWritten(false)}>
              As given
            </button>
            <button type="button" class="quiet" aria-pressed={isWritten} onClick={() => setWritten(true)}>
              As written
            </button>
          </div>
        )}
      </div>
      {task.doc !== undefined && <p class="quiet-text">{task.doc}</p>}
      <Values
        of={{
          ...{ operator: task.operator, trigger_rule: task.trigger_rule, needs: task.needs },
          ...config,
          ...(Object.keys(env).length > 0 && { env }),
          ...(cwd !== undefined && { cwd }),
        }}
      />
    </div>
  );
}

/** The items of a mapped task. */
function Items({ rows }: { readonly rows: readonly TaskRun[] }): JSX.Element {
  return (
    <div class="card">
      <h2>Items</h2>
      <div class="chips">
        {rows.map(({ run_id, key, state, index, item }) => (
          <a key={key} href={path("runs", run_id, "tasks", key)} class="chip" title={JSON.stringify(item ?? null)}>
            <StateMark state={state} /> {index}
            <span class="unseen">{state}</span>
          </a>
        ))}
      </div>
    </div>
  );
}

function AttemptTabs({
  attempts,
  shown,
}: {
  readonly attempts: readonly Attempt[];
  readonly shown: Attempt | undefined;
}): JSX.Element {
  return (
    <div class="filters" role="group" aria-label="Attempts">
      {attempts.map(({ attempt, state, started_at, finished_at }) => (
        <button
          key={attempt}
          type="button"
          class={attempt === shown?.attempt ? "selected" : ""}
          aria-pressed={attempt === shown?.attempt}
          onClick={() => setQuery({ attempt: String(attempt) })}
        >
          <StateMark state={state} />
          Attempt {attempt}
          <span class="hint">
            <Span from={started_at} to={finished_at} />
          </span>
          <span class="unseen">{state}</span>
        </button>
      ))}
    </div>
  );
}

function AttemptFacts({ attempt, isLast }: { readonly attempt: Attempt; readonly isLast: boolean }): JSX.Element {
  const { started_at, finished_at, exit_code, failure, warnings = [] } = attempt;
  return (
    <div class="facts attempt">
      <span>
        <Moment at={started_at} />
      </span>
      {finished_at !== undefined && (
        <span>
          to <Moment at={finished_at} />
        </span>
      )}
      {exit_code !== undefined && (
        <span>
          exit code <b>{exit_code}</b>
        </span>
      )}
      {failure !== undefined && !isLast && <span>{failureWords(failure)}</span>}
      {warnings.map((warning) => (
        <span key={warning} class="pill warn">
          {warning}
        </span>
      ))}
    </div>
  );
}
