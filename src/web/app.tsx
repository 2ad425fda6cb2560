import type { JSX } from "preact";
import { isSignedOut } from "./api/client.ts";
import { Shell } from "./components/shell.tsx";
import { place } from "./lib/router.ts";
import { ApprovalsPage } from "./pages/approvals.tsx";
import { BackfillsPage } from "./pages/backfills.tsx";
import { LoginPage } from "./pages/login.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { PipelinePage } from "./pages/pipeline.tsx";
import { PipelinesPage } from "./pages/pipelines.tsx";
import { RunPage } from "./pages/run.tsx";
import { RunsPage } from "./pages/runs.tsx";
import { SystemPage } from "./pages/system.tsx";
import { TaskRunPage } from "./pages/task-run.tsx";

/** The page: who is not known logs in, everybody else sees what the address names. */
export function App(): JSX.Element {
  if (isSignedOut.value) return <LoginPage />;
  return <Shell>{pageOf(place.value)}</Shell>;
}

function pageOf([kind, name, part, more]: readonly string[]): JSX.Element {
  switch (kind) {
    case undefined:
      return <PipelinesPage />;
    case "pipelines":
      return name === undefined ? <PipelinesPage /> : <PipelinePage key={name} name={name} tab={part ?? "graph"} />;
    case "runs":
      if (name === undefined) return <RunsPage />;
      if (part === "tasks" && more !== undefined) return <TaskRunPage run={name} task={more} />;
      return part === undefined ? <RunPage run={name} /> : <NotFoundPage />;
    case "approvals":
      return <ApprovalsPage />;
    case "backfills":
      return <BackfillsPage />;
    case "system":
      return <SystemPage />;
    default:
      return <NotFoundPage />;
  }
}
