import type { FastifyInstance } from "fastify";
import { onTestFinished } from "vitest";
import type { CatalogState, GitState } from "../../src/catalog/index.ts";
import type { RunId } from "../../src/core/index.ts";
import type { BackfillRow, RunWrite, Store } from "../../src/engine/index.ts";
import { compile, type Diagnostic, type Pipeline } from "../../src/language/index.ts";
import { operators } from "../../src/operators/index.ts";
import { EventFeed } from "../../src/server/event-feed.ts";
import type { Happening, LogEntry, ServerApi, Who } from "../../src/server/index.ts";
import { buildApp, type ServerOptions } from "../../src/server/server.ts";
import { newToken, type StoredToken, writeTokens } from "../../src/server/tokens.ts";
import { createMemoryStore } from "../../src/store/index.ts";
import { NEW_YEAR } from "./run-writer.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** One that has ended. */
export const A_BACKFILL: BackfillRow = {
  ...{ backfill_id: "b1", pipeline: "load", state: "success", by: "ann", created_at: 5, finished_at: 9 },
  ...{ from: 1, to: 3, reprocess: "none", max_active: 2, params: {}, slots: [1, 2, 3], decided: 3 },
};

/** One whose newest commit is refused. */
export const A_REPOSITORY: GitState = {
  ...{ url: "https://git.example.com/p.git", path: "pipelines", branch: "main", rolled_back: false, synced_at: 9 },
  ...{ live: { commit: "a1", at: 1 }, before: "a0", seen: { commit: "a2", at: 5 } },
  refused: {
    ...{ commit: "a2", at: 5, errors: 1 },
    findings: [
      {
        ...{ code: "ENG201", name: "unknown-key", severity: "error", file: "pipelines/a.yaml", line: 1, column: 2 },
        message: "no",
      },
    ],
  },
};

/** A server without a socket, on a daemon that is made of what a test gives it. */
export interface Served {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly feed: EventFeed;
  readonly data: string;
  /** What people asked for: the name of the action, who, and the rest. */
  readonly asked: (readonly unknown[])[];
  readonly troubles: string[];
  tell(happening: Happening): void;
  commit(...writes: readonly RunWrite[]): Promise<void>;
  /** A token of this role. */
  token(role: Who["role"], more?: Partial<StoredToken>): string;
}

export interface ServedOptions extends Partial<Pick<ServerOptions, "auth" | "page">> {
  readonly sources?: Readonly<Record<string, string>>;
  readonly log?: readonly LogEntry[];
  readonly problems?: readonly string[];
  readonly git?: GitState;
}

export async function serveFake(options: ServedOptions = {}): Promise<Served> {
  const [store, clock, feed, data] = [createMemoryStore(), new VirtualClock(), new EventFeed(), temporaryFolder()];
  const asked: (readonly unknown[])[] = [];
  const troubles: string[] = [];
  const listeners = new Set<(happening: Happening) => void>();
  const catalog = catalogOf(options.sources ?? {});
  const act =
    <T>(name: string, answer: T) =>
    async (...args: readonly unknown[]): Promise<T> => {
      asked.push([name, ...args]);
      return answer;
    };
  const api: ServerApi = {
    about: { version: "0.1.0", started_at: NEW_YEAR, root: "/repo", pipelines: "/repo/pipelines", data },
    store,
    actions: {
      trigger: act("trigger", "r-new" as Awaited<ReturnType<ServerApi["actions"]["trigger"]>>),
      pause: act("pause", undefined),
      resume: act("resume", undefined),
      act: act("act", undefined),
      note: act("note", undefined),
      answer: act("answer", undefined),
      backfill: act("backfill", A_BACKFILL),
      previewBackfill: act("previewBackfill", [
        { slot: 1, fate: "run" },
        { slot: 2, fate: "left_out", run_id: "r1" as RunId, state: "success" },
      ]),
      cancelBackfill: act("cancelBackfill", undefined),
      sync: act("sync", { result: "unchanged", git: A_REPOSITORY } as const),
      rollback: act("rollback", { result: "rolled_back", git: A_REPOSITORY } as const),
    },
    now: () => clock.now(),
    catalog: () => catalog,
    git: () => options.git,
    schedule: () => ({ next: NEW_YEAR + 60_000 }),
    slotsToCome: (_, count) => Array.from({ length: count }, (__, i) => NEW_YEAR + (i + 1) * 60_000),
    compiled: ({ file, source }) => compile({ path: file, text: source }, { operators }).pipeline,
    load: () => ({ unfinished: 3, queued: 1 }),
    slotUse: () => [{ slots: 16, used: 1, holders: [], queued: [] }],
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    readLog: (_, from, max) => ({ lines: max === 0 ? [] : linesFrom(options.log ?? [], from), size: 1000 }),
    async *followLog(_, from) {
      yield* linesFrom(options.log ?? [], from);
    },
    attemptConfig: async () => ({ config: { script: "echo 5" }, env: { KEY: "***" }, cwd: "." }),
    storeBytes: () => 12_345,
    settings: () => ({ concurrency: 16, retention: { runs: "90d", keep_runs: 10 } }),
    openTasks: () => ({
      states: { queued: 1, running: 2, waiting: 0, up_for_retry: 0 },
      operators: [{ operator: "bash", running: 2, waiting: 0 }],
    }),
    metrics: async () => ({ contentType: "text/plain", body: "engine_up 1\n" }),
    httpRequest: () => {},
    problems: async () => options.problems ?? [],
  };
  const app = await buildApp(
    api,
    {
      ...{ host: "127.0.0.1", port: 0, auth: options.auth ?? "none" },
      ...(options.page !== undefined && { page: options.page }),
      onTrouble: (message, cause) => troubles.push(`${message}: ${String(cause)}`),
    },
    feed,
  );
  onTestFinished(async () => {
    feed.close();
    await app.close();
  });
  const tokens: StoredToken[] = [];
  return {
    ...{ app, store, clock, feed, data, asked, troubles },
    tell(happening) {
      for (const listener of listeners) listener(happening);
    },
    async commit(...writes) {
      await store.commit("test", writes);
    },
    token(role, more = {}) {
      const { token, stored } = newToken({ name: `a ${role}`, role, created_at: NEW_YEAR, ...more });
      tokens.push(stored);
      writeTokens(data, tokens);
      return token;
    },
  };
}

function linesFrom(log: readonly LogEntry[], from: number): readonly LogEntry[] {
  return log.filter(({ next_offset }) => next_offset > from);
}

function catalogOf(sources: Readonly<Record<string, string>>): CatalogState {
  const pipelines = new Map<string, Pipeline>();
  const diagnostics: Diagnostic[] = [];
  const broken = new Map<string, string | undefined>();
  for (const [path, text] of Object.entries(sources)) {
    const checked = compile({ path, text }, { operators });
    diagnostics.push(...checked.diagnostics);
    if (checked.pipeline === undefined) broken.set(path, undefined);
    else pipelines.set(checked.pipeline.name, checked.pipeline);
  }
  return { pipelines, diagnostics, broken };
}
