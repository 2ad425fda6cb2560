import { type RunState, STATE_LOOKS, type StateLook, TASK_STATES, type TaskState } from "../../core/index.ts";
import type { Style } from "./text.ts";

/** How a state is drawn: a symbol, the same for terminals without Unicode, and a colour. */
export interface StateStyle {
  readonly symbol: string;
  readonly ascii: string;
  readonly style: Style;
}

/** The table of states and colours as a terminal draws it. `running` is drawn with the spinner instead of its symbol. */
export const STATE_STYLES = Object.fromEntries(
  TASK_STATES.map((state) => [state, styleOf(STATE_LOOKS[state])]),
) as Readonly<Record<TaskState, StateStyle>>;

function styleOf({ symbol, ascii, terminal, bold = false }: StateLook): StateStyle {
  return { symbol, ascii, style: terminal === undefined ? { dim: true } : { color: terminal, ...(bold && { bold }) } };
}

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
