export {
  type BackfillRequest,
  type BackfillRun,
  type BackfillSlot,
  Backfills,
  type BackfillsHost,
  type SlotFate,
} from "./backfills.ts";
export { Engine } from "./engine.ts";
export { EngineError, ERRORS, type ErrorCode } from "./errors.ts";
export * from "./history.ts";
export type { OpenTasks } from "./open-tasks.ts";
export { isPastDone } from "./past-tasks.ts";
export * from "./ports.ts";
export type { LoadProgram, NotificationResolution, Program, ResolvedTask } from "./program.ts";
export type { RunAction } from "./run-action.ts";
export { Scheduler, type SchedulerEvent, type SchedulerHost, type SlotRun } from "./scheduler.ts";
export * from "./store-error.ts";
export type { CommittedEvent, EngineOptions, NewRun, World } from "./world.ts";
