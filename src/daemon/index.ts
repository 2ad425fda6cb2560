export type { Committed, EngineHandle, RunAction, RunRequest } from "./handle.ts";
