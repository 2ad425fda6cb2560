import type { RunState, TaskState } from "../../core/index.ts";
import type { Style } from "./text.ts";

/** How a state is drawn: a symbol, the same for terminals without Unicode, and a colour. */
export interface StateStyle {
  readonly symbol: string;
  readonly ascii: string;
  readonly style: Style;
}

/** The one table of states and colours. `running` is drawn with the spinner instead of its symbol. */
export const STATE_STYLES: Readonly<Record<TaskState, StateStyle>> = {
  none: { symbol: "·", ascii: ".", style: { dim: true } },
  scheduled: { symbol: "◦", ascii: "-", style: { color: [180, 3] } },
  queued: { symbol: "◌", ascii: "=", style: { color: [245, 8] } },
  running: { symbol: "▸", ascii: ">", style: { color: [120, 10] } },
  waiting: { symbol: "◷", ascii: "~", style: { color: [141, 5] } },
  up_for_retry: { symbol: "↻", ascii: "@", style: { color: [214, 3] } },
  success: { symbol: "✓", ascii: "+", style: { color: [34, 2] } },
  failed: { symbol: "✗", ascii: "x", style: { color: [196, 1], bold: true } },
  skipped: { symbol: "↷", ascii: "s", style: { color: [218, 13] } },
  // "Outline": the failure's colour around a hollow symbol.
  upstream_failed: { symbol: "⊗", ascii: "o", style: { color: [196, 1] } },
  cancelled: { symbol: "⊘", ascii: "c", style: { color: [245, 8] } },
};

/** A run's states are drawn as the task states of the same name. */
export function runStateStyle(state: RunState): StateStyle {
  return STATE_STYLES[state];
}

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const ASCII_SPINNER = ["|", "/", "-", "\\"];

/** Time that one spinner frame stays, in milliseconds: lively, and cheap to draw. */
export const SPINNER_FRAME_MS = 120;

/** The spinner's frame at a time. */
export function spinnerFrame(now: number, unicode: boolean): string {
  const frames = unicode ? SPINNER : ASCII_SPINNER;
  return frames[Math.floor(now / SPINNER_FRAME_MS) % frames.length] ?? "";
}
