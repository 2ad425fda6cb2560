import type { CommandEntry } from "./command.ts";
import { VALIDATE } from "./validate/entry.ts";

/** Every command, in the order in which `engine --help` lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: "init", summary: "Write a working starter into a folder", load: () => import("./commands/init.ts") },
  VALIDATE,
  { name: "fmt", summary: "Lay pipelines out in the usual way", load: () => import("./commands/fmt.ts") },
  { name: "run", summary: "Run a pipeline here and now", load: () => import("./commands/run.ts") },
  {
    name: "serve",
    summary: "Keep schedules and follow the folder, as a daemon",
    load: () => import("./commands/serve.ts"),
  },
  { name: "trigger", summary: "Have the daemon start a run", load: () => import("./commands/trigger.ts") },
  {
    name: "backfill",
    summary: "Run slots of the past; list, show and cancel that",
    load: () => import("./commands/backfill.ts"),
  },
  {
    name: "monitoring",
    summary: "Make dashboards and alerts that match the pipelines",
    load: () => import("./commands/monitoring.ts"),
  },
  { name: "pause", summary: "Pause a pipeline's schedule", load: () => import("./commands/pause.ts") },
  { name: "resume", summary: "Let a paused schedule go on", load: () => import("./commands/resume.ts") },
  {
    name: "sync",
    summary: "Have the daemon ask its repository now, or go back a commit",
    load: () => import("./commands/sync.ts"),
  },
  { name: "next", summary: "Show when a pipeline is due", load: () => import("./commands/next.ts") },
  { name: "runs", summary: "List, show, cancel, retry and mark runs", load: () => import("./commands/runs.ts") },
  { name: "approve", summary: "Answer a task that asks a person", load: () => import("./commands/approve.ts") },
  { name: "logs", summary: "Show what a task printed", load: () => import("./commands/logs.ts") },
  { name: "outputs", summary: "Show what the tasks of a run handed on", load: () => import("./commands/outputs.ts") },
  { name: "pipelines", summary: "List and show pipelines", load: () => import("./commands/pipelines.ts") },
  { name: "graph", summary: "Draw a pipeline's tasks and their order", load: () => import("./commands/graph.ts") },
  { name: "backup", summary: "Write the store into one file", load: () => import("./commands/backup.ts") },
  { name: "restore", summary: "Put a backup in the place of the store", load: () => import("./commands/restore.ts") },
  { name: "token", summary: "Make and take back tokens for the API", load: () => import("./commands/token.ts") },
  {
    name: "doctor",
    summary: "Look at what an engine rests on: data, disk, programs, clock",
    load: () => import("./commands/doctor.ts"),
  },
  { name: "explain", summary: "Explain the code of a finding", load: () => import("./commands/explain.ts") },
  { name: "lsp", summary: "Serve editors: the language server", load: () => import("./commands/lsp.ts") },
  { name: "schema", summary: "Print the JSON Schema for editors and CI", load: () => import("./commands/schema.ts") },
];
