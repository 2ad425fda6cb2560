import type { GitCatalog } from "../catalog/index.ts";
import type { EpochMs } from "../core/index.ts";
import { type Backfills, EngineError, type Scheduler } from "../engine/index.ts";
import type { Pipeline } from "../language/index.ts";
import type { JsonObject } from "../lib/index.ts";
import type { Actions, Who } from "../server/index.ts";
import type { EngineHandle } from "./handle.ts";

export interface ActionParts {
  readonly handle: EngineHandle;
  /** Undefined until the daemon is up. */
  readonly scheduler: () => Scheduler | undefined;
  readonly backfills: () => Backfills | undefined;
  /** Undefined while the daemon follows no repository. */
  readonly repository: () => GitCatalog | undefined;
  readonly pipelineOf: (name: string) => Pipeline | undefined;
  readonly now: () => EpochMs;
  readonly onTrouble: (message: string, cause: unknown) => void;
}

/** What people may have the daemon do, over the API and from a terminal. Each change is recorded with who made it. */
export function createActions(parts: ActionParts): Actions {
  const { handle, pipelineOf, now, onTrouble } = parts;
  const schedules = () => up(parts.scheduler());
  const backfills = () => up(parts.backfills());
  const repository = (): GitCatalog => {
    const followed = parts.repository();
    if (followed === undefined) throw new EngineError("GIT_NOT_FOLLOWED");
    return followed;
  };
  const record = async ({ by, role }: Who, action: string, target: string, detail?: JsonObject): Promise<void> => {
    try {
      await handle.store.addAudit({ at: now(), by, role, action, target, ...(detail !== undefined && { detail }) });
    } catch (error) {
      // It is done, and whoever asked is told so.
      onTrouble(`${action} of ${target} by ${by} could not be recorded`, error);
    }
  };
  return {
    async trigger(who, { pipeline: name, ...request }) {
      schedules();
      const pipeline = pipelineOf(name);
      if (pipeline === undefined) throw new EngineError("PIPELINE_UNKNOWN", { pipeline: name });
      const run_id = await handle.createRun({ pipeline, by: who.by, ...request });
      await record(who, "pipeline.trigger", name, { run_id });
      return run_id;
    },
    async pause(who, pipeline, why) {
      await schedules().pause(pipeline, who.by, why);
      await record(who, "pipeline.pause", pipeline, why === undefined ? undefined : { why });
    },
    async resume(who, pipeline) {
      await schedules().resume(pipeline, who.by);
      await record(who, "pipeline.resume", pipeline);
    },
    async act(who, run_id, action) {
      await handle.act(run_id, action);
      const { type, ...what } = action;
      // An outcome is the engine's answer to what was asked, and no part of it.
      const { outcome: _, by: __, ...detail } = what as JsonObject;
      await record(who, `run.${type.replace(/_(requested|given)$/, "")}`, run_id, detail);
    },
    async note(who, run_id, text) {
      const note = text === "" ? undefined : { text, by: who.by, at: now() };
      const isThere = await handle.store.setRunNote(run_id, note);
      if (!isThere) throw new EngineError("RUN_NOT_FOUND", { run: run_id });
      await record(who, "run.note", run_id, { text });
    },
    async answer(who, run_id, key, answer) {
      await handle.answer(run_id, key, { ...answer, by: who.by });
      await record(who, "task.answer", `${run_id}/${key}`, { approved: answer.approved });
    },
    async backfill(who, request) {
      const row = await backfills().start(request, who.by);
      const { pipeline, backfill_id, from, to, reprocess } = row;
      await record(who, "pipeline.backfill", pipeline, { backfill_id, from, to, reprocess });
      return row;
    },
    previewBackfill: (request) => backfills().preview(request),
    async cancelBackfill(who, backfill_id) {
      await backfills().cancel(backfill_id, who.by);
      await record(who, "backfill.cancel", backfill_id);
    },
    async sync(who) {
      const { result, state: git } = await repository().sync();
      await record(who, "git.sync", git.url, { result, ...(git.seen !== undefined && { commit: git.seen.commit }) });
      return { result, git };
    },
    async rollback(who) {
      const followed = repository();
      const from = followed.state().live?.commit;
      if (!(await followed.rollback())) throw new EngineError("GIT_NOTHING_BEFORE");
      const git = followed.state();
      await record(who, "git.rollback", git.url, { ...(from !== undefined && { from }), to: git.live?.commit ?? null });
      return { result: "rolled_back", git };
    },
  };
}

function up<T>(part: T | undefined): T {
  if (part === undefined) throw new EngineError("ENGINE_CLOSED");
  return part;
}
