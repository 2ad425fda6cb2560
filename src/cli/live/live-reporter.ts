import type { EpochMs } from "../../core/index.ts";
import type { Clock } from "../../engine/index.ts";
import { Painter, type Screen } from "./painter.ts";
import { renderRun } from "./render.ts";
import type { RunReporter } from "./reporter.ts";
import { SPINNER_FRAME_MS } from "./state-style.ts";
import { renderSummary } from "./summary.ts";
import { type ColorDepth, plainText, toAnsi } from "./text.ts";
import { applyEvent, newRunView, type RunningAttempt, type RunView, setLastLine, syncRun } from "./view.ts";

/** The terminal that a live view is drawn on. */
export interface LiveTerminal extends Screen {
  readonly columns: number;
  readonly rows: number;
  readonly unicode: boolean;
  readonly colorDepth: ColorDepth;
  /** Calls back after each change of size, until the returned function is called. */
  onResize(changed: () => void): () => void;
  /** Calls back before the process is stopped by Ctrl-Z, and when it goes on, until the returned function is called. */
  onPause(pausing: () => void, goingOn: () => void): () => void;
  /** Calls back when the process ends by whatever way a program can notice, until the returned function is called. */
  onExit(ending: () => void): () => void;
}

/** Follows the log of a running attempt: calls back with its newest line. Returns how to stop. */
export type FollowLastLine = (
  run_id: string,
  key: string,
  attempt: number,
  onLine: (line: string) => void,
) => () => void;

/** Events that come together are drawn together: 25 frames a second are more than an eye needs. */
const FRAME_MS = 40;
/** Logs followed at once. More running tasks than this don't fit on a screen. */
const FOLLOWED_MAX = 64;

/** Draws the run as a tree that stays in place; the summary below it at the end. */
export class LiveReporter implements RunReporter {
  readonly #terminal: LiveTerminal;
  readonly #clock: Clock;
  readonly #follow: FollowLastLine;
  readonly #painter: Painter;
  readonly #followed = new Map<string, { readonly attempt: number; readonly stop: () => void }>();
  readonly #undo: (() => void)[] = [];
  #view: RunView | undefined;
  #next: { readonly at: EpochMs; readonly cancel: () => void } | undefined;
  #closed = false;

  constructor(terminal: LiveTerminal, clock: Clock, follow: FollowLastLine) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#follow = follow;
    this.#painter = new Painter(terminal, terminal.colorDepth);
    this.#undo.push(
      terminal.onResize(() => {
        this.#painter.resized();
        this.#drawSoon();
      }),
      terminal.onPause(
        () => this.#painter.release(),
        () => this.#drawSoon(),
      ),
      terminal.onExit(() => this.#painter.release()),
    );
  }

  resumed(...[run, task_runs, pipeline]: Parameters<RunReporter["resumed"]>): void {
    this.#view = newRunView(run.run_id, pipeline);
    syncRun(this.#view, run, task_runs);
    this.#drawSoon();
  }

  committed({ event, run, pipeline }: Parameters<RunReporter["committed"]>[0]): void {
    this.#view ??= newRunView(run.id, pipeline);
    applyEvent(this.#view, event, run);
    this.#drawSoon();
  }

  notice(message: string): void {
    if (this.#view === undefined) {
      this.#terminal.write(`${message}\r\n`);
      return;
    }
    this.#view.notice = message;
    // A key that was pressed (^C) may have left its echo on the frame.
    this.#painter.redraw();
    this.#drawSoon();
  }

  ended(...[summary]: Parameters<RunReporter["ended"]>): void {
    if (this.#view !== undefined) {
      this.#view.notice = undefined;
      this.#draw();
    }
    this.close();
    for (const line of renderSummary(summary, this.#terminal.unicode ? "unicode" : "ascii")) {
      this.#terminal.write(`${toAnsi(line, this.#terminal.colorDepth)}\r\n`);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#next?.cancel();
    for (const { stop } of this.#followed.values()) stop();
    this.#followed.clear();
    for (const undo of this.#undo) undo();
    this.#painter.release();
  }

  #drawSoon(): void {
    this.#drawAt(this.#clock.now() + FRAME_MS);
  }

  #drawAt(at: EpochMs): void {
    if (this.#closed || (this.#next !== undefined && this.#next.at <= at)) return;
    this.#next?.cancel();
    const cancel = this.#clock.wakeAt(at, () => {
      this.#next = undefined;
      this.#draw();
    });
    this.#next = { at, cancel };
  }

  #draw(): void {
    const view = this.#view;
    if (view === undefined || this.#closed) return;
    this.#followRunning(view);
    const now = this.#clock.now();
    // The terminal's last row stays free, so that nothing scrolls while the frame is drawn.
    const viewport = {
      width: this.#terminal.columns,
      height: Math.max(this.#terminal.rows - 1, 1),
      unicode: this.#terminal.unicode,
    };
    this.#painter.paint(renderRun(view, viewport, now));
    if (view.finished_at === undefined) this.#drawAt(now + SPINNER_FRAME_MS);
  }

  #followRunning(view: RunView): void {
    for (const [key, followed] of this.#followed) {
      if (view.running.get(key)?.attempt === followed.attempt) continue;
      followed.stop();
      this.#followed.delete(key);
    }
    for (const [key, running] of view.running) {
      if (this.#followed.size >= FOLLOWED_MAX) return;
      if (!this.#followed.has(key)) this.#followed.set(key, this.#followOne(view, key, running));
    }
  }

  #followOne(view: RunView, key: string, running: RunningAttempt): { attempt: number; stop: () => void } {
    const stop = this.#follow(view.run_id, key, running.attempt, (line) => {
      setLastLine(view, running, plainText(line));
      this.#drawSoon();
    });
    return { attempt: running.attempt, stop };
  }
}
