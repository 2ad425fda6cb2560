export type { RunAction } from "../engine/index.ts";
export { askHolder, type ControlRequest } from "./control.ts";
export { filesOfCommit, gitFolder, newestCommit } from "./git.ts";
export type { Committed, EngineHandle, RunRequest } from "./handle.ts";
export { type OpenOptions, openEngine } from "./open.ts";
export type { Deleted } from "./retention.ts";
export { type Daemon, ON_STOP, type OnStop, startDaemon } from "./serve.ts";
export { systemClock } from "./system-clock.ts";
