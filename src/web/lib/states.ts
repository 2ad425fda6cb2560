import type { Run, TaskRun } from "../generated/api.ts";
import { STATE_LABELS } from "../generated/states.ts";

export type TaskState = TaskRun["state"];
export type RunState = Run["state"];

/** A state in words. */
export function labelOf(state: string): string {
  return STATE_LABELS[state as TaskState] ?? state.replaceAll("_", " ");
}

/** Whether a run or a task run in this state may still change by itself. */
export function isOpen(state: string): boolean {
  return !["success", "failed", "skipped", "upstream_failed", "cancelled", "lost"].includes(state);
}

export const TASK_STATES = Object.keys(STATE_LABELS) as TaskState[];
