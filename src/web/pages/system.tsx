import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ask } from "../api/client.ts";
import { GitCard } from "../components/git-card.tsx";
import { Ready } from "../components/problem.tsx";
import { Scroll } from "../components/scroll.tsx";
import { Ago, Moment } from "../components/time.tsx";
import type { AuditEntry, Finding, Routes, SlotUse } from "../generated/api.ts";
import { now } from "../lib/clock.ts";
import { isAdmin } from "../lib/me.ts";
import { path } from "../lib/router.ts";
import { useData } from "../lib/use-data.ts";
import { bytes, count } from "../lib/words.ts";

type SystemAnswer = Routes["GET /system"]["answer"];

/** Holders and waiters of a pool that are listed. */
const LISTED = 20;

/** The daemon itself: what is wrong in the folder, who holds slots, who changed what. */
export function SystemPage(): JSX.Element {
  useEffect(() => {
    document.title = "System · Engine";
  }, []);
  const system = useData(
    "system",
    (signal) => ask("GET /system", { signal }),
    ({ type }) => type === "catalog",
  );
  const findings = useData(
    "findings",
    (signal) => ask("GET /findings", { signal }),
    ({ type }) => type === "catalog",
  );
  const pools = useData(
    "pools",
    async (signal) => {
      const [{ uses }, tasks] = await Promise.all([ask("GET /pools", { signal }), ask("GET /open-tasks", { signal })]);
      return { uses, tasks };
    },
    ({ type }) => type === "run",
  );
  const audit = useData(
    isAdmin.value ? "audit" : undefined,
    (signal) => ask("GET /audit", { signal }),
    ({ type }) => type === "run" || type === "schedule",
  );
  const settings = useData(
    isAdmin.value ? "settings" : undefined,
    (signal) => ask("GET /settings", { signal }),
    ({ type }) => type === "catalog",
  );
  return (
    <>
      <div class="head">
        <h1>System</h1>
      </div>
      <div class="columns">
        <Ready of={system}>{(answer) => <Daemon system={answer} />}</Ready>
        {system.data?.follows_repository === true && <GitCard />}
        <Ready of={pools}>{({ uses, tasks }) => <Pools uses={uses} tasks={tasks} />}</Ready>
      </div>
      <div class="card below">
        <h2>Findings</h2>
        <Ready of={findings}>{(answer) => <Findings findings={answer.findings} />}</Ready>
      </div>
      {isAdmin.value && (
        <>
          <div class="card below">
            <h2>Who changed what</h2>
            <Ready of={audit}>{({ entries }) => <Audit entries={entries} />}</Ready>
          </div>
          <div class="card">
            <h2>Configuration</h2>
            <Ready of={settings}>
              {(answer) => (
                <Scroll label="Configuration">
                  <pre class="settings">{JSON.stringify(answer.settings, null, 2)}</pre>
                </Scroll>
              )}
            </Ready>
          </div>
        </>
      )}
    </>
  );
}

function Daemon({ system }: { readonly system: SystemAnswer }): JSX.Element {
  const { version, started_at, root, pipelines_folder, data, store_bytes, retention } = system;
  const { grafana_url, pipelines, problems, you } = system;
  return (
    <div class="card">
      <h2>Daemon</h2>
      {problems.map((problem) => (
        <p key={problem} class="why bad">
          {problem}
        </p>
      ))}
      <dl class="pairs">
        <Fact name="Version">{version}</Fact>
        <Fact name="Up since">
          <Ago at={started_at} />
        </Fact>
        <Fact name="Pipelines">
          {pipelines} live, from <code>{pipelines_folder}</code>
        </Fact>
        <Fact name="Root">
          <code>{root}</code>
        </Fact>
        <Fact name="Data">
          <code>{data}</code>, the store has {bytes(store_bytes)}
        </Fact>
        <Fact name="Kept">{keptWords(retention)}</Fact>
        <Fact name="You">
          {you.by}, {you.role}
        </Fact>
        <Fact name="More">
          <a href="/metrics" target="_blank" rel="noreferrer">
            metrics
          </a>{" "}
          ·{" "}
          <a href="/api/v1/openapi.json" target="_blank" rel="noreferrer">
            OpenAPI
          </a>
          {grafana_url !== undefined && (
            <>
              {" "}
              ·{" "}
              <a href={`${grafana_url}/d/engine-overview`} target="_blank" rel="noreferrer">
                Grafana
              </a>
            </>
          )}
        </Fact>
      </dl>
    </div>
  );
}

/** How long things are kept. */
function keptWords({ runs, keep_runs, max_runs, logs, audit }: SystemAnswer["retention"]): string {
  return [
    `runs ${runs}, and the newest ${keep_runs} of each pipeline`,
    ...(max_runs === undefined ? [] : [`at most ${max_runs} of each`]),
    `logs ${logs}`,
    `who changed what ${audit}`,
  ].join("; ");
}

interface PoolsProps {
  readonly uses: readonly SlotUse[];
  readonly tasks: Routes["GET /open-tasks"]["answer"];
}

function Pools({ uses, tasks: { states, operators } }: PoolsProps): JSX.Element {
  return (
    <div class="card">
      <h2>Work and slots</h2>
      <p class="quiet-text">
        Tasks: {states.running} running, {states.waiting} waiting for something, {states.queued} queued,{" "}
        {states.up_for_retry} to be tried again
      </p>
      {operators.length > 0 && (
        <ul class="operators">
          {operators.map(({ operator, running, waiting }) => (
            <li key={operator}>
              <code>{operator}</code> {running} running{waiting > 0 && `, ${waiting} waiting`}
            </li>
          ))}
        </ul>
      )}
      {uses.map(({ pool, slots, used, holders, queued }) => (
        <div key={pool ?? ""} class="pool">
          <strong>{pool === undefined ? "All runs together" : `Pool ${pool}`}</strong>
          <span>
            <meter min={0} max={slots} value={used} aria-label={`Slots of ${pool ?? "all"} in use`} /> {used} of {slots}{" "}
            in use
            {queued.length > 0 && `, ${queued.length} waiting`}
          </span>
          <ul>
            {holders.slice(0, LISTED).map(({ run_id, key }) => (
              <li key={`${run_id}${key}`}>
                <a href={path("runs", run_id, "tasks", key)}>{key}</a> of {run_id} holds
              </li>
            ))}
            {queued.slice(0, LISTED).map(({ run_id, key, queued_at }) => (
              <li key={`${run_id}${key}`}>
                <a href={path("runs", run_id, "tasks", key)}>{key}</a> of {run_id} waits since{" "}
                <Ago at={Math.min(queued_at, now.value)} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

function Findings({ findings }: { readonly findings: readonly Finding[] }): JSX.Element {
  if (findings.length === 0) return <p class="quiet-text">None: every file is as it should be.</p>;
  return (
    <>
      <p class="quiet-text">
        {count(findings.filter(({ severity }) => severity === "error").length, "error")},{" "}
        {count(findings.filter(({ severity }) => severity !== "error").length, "warning")}, as{" "}
        <code>engine validate</code> has them
      </p>
      <Scroll label="Findings">
        <table class="stack">
          <tbody>
            {findings.map(({ code, severity, file, line, column, message, hint }) => (
              <tr key={`${file}${line}${column}${code}${message}`}>
                <td>
                  <span class={`pill ${severity === "error" ? "bad" : "warn"}`}>{severity}</span>
                </td>
                <td>
                  <code>
                    {file}:{line}
                  </code>
                </td>
                <td>
                  {message}
                  {hint !== undefined && <div class="hint">{hint}</div>}
                </td>
                <td>
                  <code title={`engine explain ${code}`}>{code}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

function Audit({ entries }: { readonly entries: readonly AuditEntry[] }): JSX.Element {
  if (entries.length === 0) return <p class="quiet-text">Nobody has changed anything yet.</p>;
  return (
    <Scroll label="Changes">
      <table class="stack">
        <tbody>
          {entries.slice(0, 100).map(({ at, by, role, action, target, detail }) => (
            <tr key={`${at}${action}${target}`}>
              <td>
                <Moment at={at} />
              </td>
              <td>
                {by}, {role}
              </td>
              <td>{action.replaceAll(/[._]/g, " ")}</td>
              <td class="mono">{target}</td>
              <td class="value mono">{detail === undefined ? "" : JSON.stringify(detail)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

interface FactProps {
  readonly name: string;
  readonly children: preact.ComponentChildren;
}

function Fact({ name, children }: FactProps): JSX.Element {
  return (
    <div class="pair">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
