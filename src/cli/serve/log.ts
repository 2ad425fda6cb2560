import type { CatalogState, GitSync } from "../../catalog/index.ts";
import type { Config } from "../../config/index.ts";
import type { Committed, Deleted } from "../../daemon/index.ts";
import type { BackfillRow, SchedulerEvent } from "../../engine/index.ts";
import { formatDuration } from "../../lib/index.ts";
import { count } from "../output/words.ts";
import type { Cli } from "../terminal.ts";

type Level = "info" | "warn" | "error";
type Fields = Readonly<Record<string, unknown>>;

/** What a daemon says of itself: a line an event. For a person on a terminal, else JSON with run and task ids. */
export interface DaemonLog {
  started(config: Config, state: CatalogState, url: string): void;
  /** engine.yaml was read again; these of its keys count from the next start on. */
  reloaded(waiting: readonly string[]): void;
  stopping(signal: string, how: string): void;
  stopped(): void;
  readonly trouble: (message: string, cause: unknown) => void;
  readonly event: (committed: Committed) => void;
  readonly slots: (event: SchedulerEvent) => void;
  readonly backfill: (row: BackfillRow) => void;
  readonly catalog: (state: CatalogState) => void;
  readonly deleted: (deleted: Deleted) => void;
  readonly sync: (done: GitSync) => void;
}

/** The events of a run that are told; the others are in its journal. */
export async function daemonLog(cli: Cli): Promise<DaemonLog> {
  const say = cli.out.isTerminal ? onTerminal(cli) : await inJson(cli);
  /** Files whose errors were told. */
  let broken: ReadonlyMap<string, string | undefined> = new Map();
  let live: ReadonlySet<string> = new Set();
  /** Of the repository: that it can't be asked, or the commit that was refused. */
  let told: string | undefined;
  return {
    started: ({ pipelines, data, git }, state, url) =>
      say("info", `engine serves ${count(state.pipelines.size, "pipeline")} of ${git?.url ?? pipelines} at ${url}`, {
        data,
        url,
      }),
    reloaded: (waiting) => {
      const left = waiting.length === 0 ? "" : `; for ${waiting.join(", ")} it has to be started again`;
      say(waiting.length === 0 ? "info" : "warn", `engine.yaml was read again${left}`, { event: "reloaded", waiting });
    },
    stopping: (signal, how) => say("info", `${signal}: stopping, and with what runs: ${how}`, { signal, how }),
    stopped: () => say("info", "stopped", {}),
    trouble: (message, cause) => {
      const error = cause instanceof Error ? cause.message : cause === undefined ? undefined : String(cause);
      say("error", error === undefined ? message : `${message}: ${error}`, {});
    },
    event: (committed) => {
      const told = runLine(committed);
      if (told === undefined) return;
      const { run, pipeline, event } = committed;
      say(told.level, told.text, { event: event.type, run: run.id, pipeline: pipeline.name, ...told.fields });
    },
    slots: (event) => {
      const { type, pipeline } = event;
      if (type === "slots_skipped") {
        const { reason, count: number, first, last } = event;
        const text = `${pipeline}: ${count(number, "slot")} skipped (${reason}), ${iso(first)}${number > 1 ? ` to ${iso(last)}` : ""}`;
        say("warn", text, { event: type, pipeline, reason, count: number, first, last });
      } else if (type !== "slot_run") {
        say("info", `${pipeline}: ${type} by ${event.by}`, { event: type, pipeline, by: event.by });
      }
    },
    backfill: ({ backfill_id, pipeline, state, slots, decided, by }) => {
      const about = `backfill ${backfill_id} of ${pipeline}`;
      const fields = { event: "backfill", backfill: backfill_id, pipeline, state };
      if (state === "running") say("info", `${about} begins: ${count(slots.length, "run")}, by ${by}`, fields);
      else say(state === "failed" ? "error" : "info", `${about} ${state}: ${decided} of ${slots.length} slots`, fields);
    },
    catalog: (state) => {
      for (const [file, name] of state.broken) {
        if (broken.has(file)) continue;
        const [first] = state.diagnostics.filter((each) => each.file === file && each.severity === "error");
        const kept = name === undefined ? "it is not live" : `the last good version of ${name} stays live`;
        const what = first === undefined ? "" : ` ${first.code} ${first.message};`;
        say("error", `${file}:${what} ${kept}`, { event: "file_broken", file, pipeline: name, code: first?.code });
      }
      const sound = new Set([...state.pipelines.values()].map(({ file }) => file));
      for (const file of broken.keys()) {
        if (!state.broken.has(file) && sound.has(file))
          say("info", `${file} is well again`, { event: "file_mended", file });
      }
      const now = new Set([...state.pipelines.values()].map(({ name, version }) => `${name} ${version}`));
      const names = new Set([...live].map((each) => each.split(" ")[0]));
      for (const each of now) {
        const [name = "", version] = each.split(" ");
        if (live.has(each)) continue;
        const word = names.has(name) ? "changed" : "live";
        say("info", `${name} is ${word}`, { event: `pipeline_${word}`, pipeline: name, version });
      }
      for (const name of names) {
        if (name === undefined || state.pipelines.has(name)) continue;
        say("info", `${name} is retired: its file is gone`, { event: "pipeline_retired", pipeline: name });
      }
      broken = state.broken;
      live = now;
    },
    sync: ({ result, state }) => {
      const { url, live, refused, failure } = state;
      const was = told;
      told = failure !== undefined ? "failed" : refused?.commit;
      // Each once. What has failed, trouble was told of.
      if (was === "failed" && failure === undefined) say("info", `${url} can be asked again`, { event: "git_reached" });
      if (result === "changed") {
        const commit = live?.commit;
        say("info", `commit ${commit} is live`, { event: "git_changed", commit });
      } else if (result === "refused" && refused !== undefined && was !== refused.commit) {
        const { commit, errors, findings } = refused;
        const [first] = findings;
        const where = first === undefined ? "" : `: ${first.file}:${first.line} ${first.code} ${first.message}`;
        const stays = live === undefined ? "no pipeline is live" : `${live.commit} stays live`;
        const text = `commit ${commit} is refused, ${stays}: ${count(errors, "error")}${where}`;
        say("error", text, { event: "git_refused", commit, errors });
      }
    },
    deleted: (deleted) => {
      const { runs, logs, versions, records } = deleted;
      const each = [
        count(runs, "run"),
        `the files of ${logs} more`,
        count(versions, "version"),
        count(records, "record"),
      ];
      say("info", `deleted what is old: ${each.join(", ")}`, { event: "deleted", ...deleted });
    },
  };
}

/** What is told of an event of a run; undefined for those that are in the journal alone. */
function runLine({
  event,
  run,
  pipeline,
}: Committed): { readonly level: Level; readonly text: string; readonly fields: Fields } | undefined {
  const about = `${pipeline.name} ${run.id}`;
  switch (event.type) {
    case "run_created":
      return { level: "info", text: `${about} created (${event.trigger}, by ${event.by})`, fields: {} };
    case "run_finished": {
      const took = run.started_at === undefined ? "" : ` after ${formatDuration(event.at - run.started_at)}`;
      const why = event.why === undefined ? "" : `: ${event.why}`;
      const level = event.state === "failed" ? "error" : "info";
      return { level, text: `${about} ${event.state}${took}${why}`, fields: { state: event.state } };
    }
    case "attempt_ended": {
      if (event.outcome.state !== "failed") return undefined;
      const { key, attempt, outcome } = event;
      const text = `${about} task ${key} attempt ${attempt} failed: ${outcome.failure.message}`;
      return { level: "warn", text, fields: { task: key, attempt, reason: outcome.failure.reason } };
    }
    default:
      return undefined;
  }
}

function onTerminal({ out, now }: Cli): (level: Level, text: string, fields: Fields) => void {
  const color = { info: undefined, warn: [214, 3], error: [196, 1] } as const;
  return (level, text) => {
    const style = color[level];
    const time = { text: `${iso(now()).slice(11, 19)} `, style: { dim: true } };
    out.line([time, style === undefined ? { text } : { text, style: { color: style } }]);
  };
}

async function inJson({ out }: Cli): Promise<(level: Level, text: string, fields: Fields) => void> {
  const { default: pino } = await import("pino");
  const logger = pino(
    { base: {}, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => out.write(line) },
  );
  return (level, text, fields) => logger[level](fields, text);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
