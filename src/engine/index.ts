export { type CommittedEvent, Engine, type EngineOptions, type NewRun, type World } from "./engine.ts";
export { EngineError, ERRORS, type ErrorCode } from "./errors.ts";
export * from "./ports.ts";
export type { LoadProgram, Program, ResolvedTask } from "./program.ts";
export type { RunAction } from "./run-action.ts";
