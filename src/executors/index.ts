export { followLog, readLog } from "./local/follow.ts";
export {
  type AttemptLogLine,
  createLocalExecutor,
  type LocalExecutor,
  type LocalExecutorOptions,
} from "./local/local-executor.ts";
export type { LogLine, LogStream } from "./local/log-file.ts";
