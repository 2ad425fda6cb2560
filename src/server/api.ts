import type { CatalogState, GitState, GitSync } from "../catalog/index.ts";
import type { EpochMs, Run, RunEvent, RunId, SlotUse, TaskKey } from "../core/index.ts";
import type {
  AttemptKey,
  BackfillRequest,
  BackfillRow,
  BackfillSlot,
  OpenTasks,
  PipelineVersionRow,
  RunAction,
  ScheduleRow,
  SchedulerEvent,
  Store,
} from "../engine/index.ts";
import type { Pipeline, TaskPreview } from "../language/index.ts";
import type { JsonObject } from "../lib/index.ts";

/*
 * What the server has of the daemon. It decides nothing: it asks, and shows what it is told.
 */

/** Who asks for a change, as it is recorded. */
export interface Who {
  readonly by: string;
  readonly role: Role;
}

/** What somebody may do: look; run, stop and answer; everything. Each may what those before it may. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface TriggerRequest {
  readonly pipeline: string;
  readonly trigger: "manual" | "api";
  readonly params: JsonObject;
  readonly logical_date?: EpochMs;
  readonly idempotency_key?: string;
}

/** What people may change. Each resolves once it is stored, with who did it, and rejects with an `EngineError`. */
export interface Actions {
  trigger(who: Who, request: TriggerRequest): Promise<RunId>;
  pause(who: Who, pipeline: string, why?: string): Promise<void>;
  resume(who: Who, pipeline: string): Promise<void>;
  act(who: Who, run_id: RunId, action: RunAction): Promise<void>;
  /** Writes what people are to know of a run; an empty text takes it away. */
  note(who: Who, run_id: RunId, text: string): Promise<void>;
  answer(who: Who, run_id: RunId, key: TaskKey, answer: AnswerGiven): Promise<void>;
  backfill(who: Who, request: BackfillRequest): Promise<BackfillRow>;
  /** What a backfill would do. Changes nothing. */
  previewBackfill(request: BackfillRequest): Promise<readonly BackfillSlot[]>;
  cancelBackfill(who: Who, backfill_id: string): Promise<void>;
  /** Asks the repository for a newer commit. */
  sync(who: Who): Promise<SyncAnswer>;
  /** Goes back to the commit that was live before. */
  rollback(who: Who): Promise<SyncAnswer>;
}

/** What came of it, and how things stand. */
export interface SyncAnswer {
  readonly result: GitSync["result"] | "rolled_back";
  readonly git: GitState;
}

export interface AnswerGiven {
  readonly approved: boolean;
  readonly values: JsonObject;
  readonly comment?: string;
}

/** A line of an attempt's log, and where in the log the next one begins. */
export interface LogEntry {
  readonly at: EpochMs;
  readonly stream: string;
  readonly text: string;
  /** In bytes from its beginning. */
  readonly next_offset: number;
}

/** What the daemon tells of as it happens. */
export type Happening =
  | { readonly type: "run"; readonly event: RunEvent; readonly run: Run; readonly pipeline: string }
  | { readonly type: "schedule"; readonly event: SchedulerEvent }
  | { readonly type: "catalog" };

/** What the daemon is. */
export interface About {
  readonly version: string;
  readonly started_at: EpochMs;
  /** Absolute. */
  readonly root: string;
  /** The folder, absolute; or the repository that is followed, and the folder in it. */
  readonly pipelines: string;
  readonly data: string;
  /** Where its dashboards are. */
  readonly grafana_url?: string;
}

export interface ServerApi {
  readonly about: About;
  readonly store: Store;
  readonly actions: Actions;
  now(): EpochMs;
  catalog(): CatalogState;
  /** How the daemon stands to its repository; undefined when it follows none. */
  git(): GitState | undefined;
  /** The pipeline's next slot, and what is known of its schedule. */
  schedule(pipeline: string): { readonly next?: EpochMs; readonly row?: ScheduleRow };
  /** The next `count` slots of a pipeline; fewer when its schedule ends. */
  slotsToCome(pipeline: string, count: number): readonly EpochMs[];
  /** The pipeline of a stored version; undefined when it does not compile any more. */
  compiled(version: PipelineVersionRow): Pipeline | undefined;
  /** Runs of the pipeline that have not ended, and those of them that have not started. */
  load(pipeline: string): { readonly unfinished: number; readonly queued: number };
  slotUse(): readonly SlotUse[];
  /** Task runs that have not ended, by state; and those that go on, by operator. */
  openTasks(): OpenTasks;
  subscribe(listener: (happening: Happening) => void): () => void;
  /** A part of an attempt's log, from a byte on. Ends when `max_bytes` are read, or at the end of what is there. */
  readLog(attempt: AttemptKey, from: number, max_bytes: number): { lines: readonly LogEntry[]; size: number };
  /** The log from a byte on, and each line that comes, until the attempt has ended or `signal` aborts. */
  followLog(attempt: AttemptKey, from: number, signal: AbortSignal): AsyncIterable<LogEntry>;
  /** What an attempt was given, with `***` for whatever takes a secret; undefined when that can't be known any more. */
  attemptConfig(attempt: AttemptKey): Promise<TaskPreview | undefined>;
  /** Bytes of the store's files. */
  storeBytes(): number;
  /** The configuration that counts. No value of a secret is in it. */
  settings(): JsonObject;
  /** What Prometheus reads. */
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  httpRequest(request: { method: string; route: string; code: number; seconds: number }): void;
  /** What keeps the daemon from its work; empty when it does it. */
  problems(): Promise<readonly string[]>;
}
