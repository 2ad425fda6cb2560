import type { Route } from "./route.ts";
import { backfillRoutes } from "./routes/backfills.ts";
import { gitRoutes } from "./routes/git.ts";
import { historyRoutes } from "./routes/history.ts";
import { pipelineRoutes } from "./routes/pipelines.ts";
import { runRoutes } from "./routes/runs.ts";
import { systemRoutes } from "./routes/system.ts";
import { taskRunRoutes } from "./routes/task-runs.ts";

/** Every address of the API, and the role that it takes. */
export const ROUTES: readonly Route[] = [
  ...pipelineRoutes,
  ...historyRoutes,
  ...runRoutes,
  ...taskRunRoutes,
  ...backfillRoutes,
  ...gitRoutes,
  ...systemRoutes,
];
