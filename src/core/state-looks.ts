import type { TaskState } from "./model.ts";

/** How a state looks, wherever people see it: on a terminal, on the page, on a dashboard. */
export interface StateLook {
  /** In words, for people. */
  readonly label: string;
  readonly symbol: string;
  /** The same for terminals without Unicode. */
  readonly ascii: string;
  /** The colour, for screens: `#rrggbb`. */
  readonly color: string;
  /** The nearest of a terminal's 256 colours, and of its 16. Absent: its text colour, dimmed. */
  readonly terminal?: readonly [number, number];
  readonly bold?: boolean;
  /** Its colour is drawn around it, and does not fill it. */
  readonly outline?: boolean;
}

/** The one table of states and colours. A run's states look as the task states of the same name. */
export const STATE_LOOKS: Readonly<Record<TaskState, StateLook>> = {
  none: { label: "not yet", symbol: "·", ascii: ".", color: "#c4cad1" },
  scheduled: { label: "scheduled", symbol: "◦", ascii: "-", color: "#d2b48c", terminal: [180, 3] },
  queued: { label: "queued", symbol: "◌", ascii: "=", color: "#9aa4af", terminal: [245, 8] },
  running: { label: "running", symbol: "▸", ascii: ">", color: "#7ddb92", terminal: [120, 10] },
  waiting: { label: "waiting", symbol: "◷", ascii: "~", color: "#b794f6", terminal: [141, 5] },
  up_for_retry: { label: "up for retry", symbol: "↻", ascii: "@", color: "#f0883e", terminal: [214, 3] },
  success: { label: "success", symbol: "✓", ascii: "+", color: "#2da44e", terminal: [34, 2] },
  failed: { label: "failed", symbol: "✗", ascii: "x", color: "#d1242f", terminal: [196, 1], bold: true },
  skipped: { label: "skipped", symbol: "↷", ascii: "s", color: "#f2a7c8", terminal: [218, 13] },
  upstream_failed: {
    ...{ label: "upstream failed", symbol: "⊗", ascii: "o", color: "#d1242f", terminal: [196, 1] },
    outline: true,
  },
  cancelled: { label: "cancelled", symbol: "⊘", ascii: "c", color: "#6e7781", terminal: [245, 8] },
};
