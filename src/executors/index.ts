export { followLog, readLog, readLogPart } from "./local/follow.ts";
export {
  type AttemptLogLine,
  type AttemptUsage,
  createLocalExecutor,
  type LocalExecutor,
  type LocalExecutorOptions,
} from "./local/local-executor.ts";
export type { LogLine, LogStream } from "./local/log-file.ts";
export { putRunFilesAside, removeFilesPutAside, runsWithFiles } from "./local/run-files.ts";
