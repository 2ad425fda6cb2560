import { signal } from "@preact/signals";
import { ask, urlOf } from "../api/client.ts";
import type { LogLine } from "../generated/api.ts";
import { eventsOf } from "./event-stream.ts";

/*
 * A part of a log, as much as is looked at. A log may have 100 MB: what is seen is loaded, what is far away is let go.
 */

/** Which log. */
export interface LogName {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
}

export interface PlacedLine extends LogLine {
  /** The byte at which it begins. */
  readonly offset: number;
}

export interface LogPart {
  readonly lines: readonly PlacedLine[];
  /** The bytes that the lines are, from and to, and how large the whole log is. */
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

/** Bytes that are loaded at a time. */
const PART_BYTES = 256 * 1024;
/** Lines that are kept: what is farthest from where something was added goes. */
const LINES_MAX = 40_000;
/** How often lines that are followed are shown, in milliseconds. */
const SHOW_MS = 80;

const LOG = "GET /runs/:run/tasks/:task/attempts/:attempt/log";
const PATH = "/runs/:run/tasks/:task/attempts/:attempt/log";

export class LogWindow {
  readonly name: LogName;
  readonly part = signal<LogPart | undefined>(undefined);
  readonly error = signal<unknown>(undefined);
  readonly #closed = new AbortController();
  #loading: Promise<void> | undefined;

  constructor(name: LogName) {
    this.name = name;
  }

  get path(): { readonly run: string; readonly task: string; readonly attempt: number } {
    const { run, task, attempt } = this.name;
    return { run, task, attempt };
  }

  /** The end of the log. */
  async showEnd(): Promise<void> {
    await this.#once(async () => {
      const { lines, size } = await this.#ask({ end: PART_BYTES, bytes: 2 * PART_BYTES });
      // The first line may be cut; where it ends the next one begins for certain.
      const from = size <= PART_BYTES ? 0 : (lines[0]?.next_offset ?? 0);
      this.part.value = partOf(size <= PART_BYTES ? lines : lines.slice(1), from, size);
    });
  }

  /** The log around a byte. */
  async showAt(offset: number): Promise<void> {
    const { part } = this;
    if (part.value !== undefined && offset >= part.value.from && offset < part.value.to) return;
    await this.#once(async () => {
      const begin = Math.max(0, offset - PART_BYTES / 4);
      const { lines, size } = await this.#ask({ from: begin, bytes: PART_BYTES });
      const from = begin === 0 ? 0 : (lines[0]?.next_offset ?? 0);
      part.value = partOf(begin === 0 ? lines : lines.slice(1), from, size);
    });
  }

  /** What stands before what is there. */
  async loadBefore(): Promise<void> {
    const part = this.part.value;
    if (part === undefined || part.from === 0 || this.#loading !== undefined) return;
    await this.#once(async () => {
      const begin = Math.max(0, part.from - PART_BYTES);
      const { lines, size } = await this.#ask({ from: begin, bytes: part.from - begin });
      const whole = begin === 0 ? lines : lines.slice(1);
      const from = begin === 0 ? 0 : (lines[0]?.next_offset ?? part.from);
      const fresh = partOf(whole, from, size).lines;
      const all = [...fresh, ...part.lines].slice(0, LINES_MAX);
      this.part.value = { lines: all, from, to: all.at(-1)?.next_offset ?? from, size };
    });
  }

  /** What stands behind what is there. */
  async loadAfter(): Promise<void> {
    const part = this.part.value;
    if (part === undefined || part.to >= part.size || this.#loading !== undefined) return;
    await this.#once(async () => {
      const { lines, size } = await this.#ask({ from: part.to, bytes: PART_BYTES });
      this.#append(lines, size);
    });
  }

  /** What has come behind the end of the log, for whoever looks at its end. */
  async loadRest(): Promise<void> {
    const part = this.part.value;
    if (part === undefined || part.to < part.size) return;
    await this.#once(async () => {
      const { lines, size } = await this.#ask({ from: part.to, bytes: PART_BYTES });
      this.#append(lines, size);
    });
  }

  /** Adds lines as they are written, until the attempt has ended. */
  async follow(): Promise<void> {
    const { part } = this;
    const url = urlOf(`${PATH}/follow`, { path: this.path, query: { from: part.value?.to ?? 0 } });
    const response = await fetch(url, { signal: this.#closed.signal });
    if (!response.ok || response.body === null) return;
    let fresh: LogLine[] = [];
    const show = (): void => {
      const [lines, before] = [fresh, part.value];
      fresh = [];
      // Who looks at another part of the log is not taken away from it.
      if (before === undefined || before.to >= before.size) this.#append(lines, lines.at(-1)?.next_offset ?? 0);
      else part.value = { ...before, size: Math.max(before.size, lines.at(-1)?.next_offset ?? 0) };
    };
    for await (const { type, data } of eventsOf(response.body)) {
      if (type !== "line") break;
      fresh.push(JSON.parse(data) as LogLine);
      if (fresh.length === 1) setTimeout(show, SHOW_MS);
    }
  }

  close(): void {
    this.#closed.abort();
  }

  #append(lines: readonly LogLine[], size: number): void {
    const part = this.part.value ?? { lines: [], from: 0, to: 0, size: 0 };
    const fresh = partOf(
      lines.filter(({ next_offset }) => next_offset > part.to),
      part.to,
      size,
    );
    const all = [...part.lines, ...fresh.lines];
    const kept = all.slice(-LINES_MAX);
    this.part.value = {
      lines: kept,
      from: kept[0]?.offset ?? part.from,
      to: fresh.to,
      size: Math.max(size, part.size),
    };
  }

  #ask(query: { readonly from?: number; readonly end?: number; readonly bytes?: number }) {
    return ask(LOG, { path: this.path, query, signal: this.#closed.signal });
  }

  /** One load at a time. What a reader asks for waits for its turn; what scrolling asks for it asks for again. */
  async #once(load: () => Promise<void>): Promise<void> {
    while (this.#loading !== undefined) await this.#loading;
    const loading = this.#carryOut(load);
    this.#loading = loading;
    await loading;
  }

  async #carryOut(load: () => Promise<void>): Promise<void> {
    try {
      await load();
      this.error.value = undefined;
    } catch (error) {
      if (!this.#closed.signal.aborted) this.error.value = error;
    } finally {
      this.#loading = undefined;
    }
  }
}

function partOf(lines: readonly LogLine[], from: number, size: number): LogPart {
  let offset = from;
  const placed = lines.map((line) => {
    const one = { ...line, offset };
    offset = line.next_offset;
    return one;
  });
  return { lines: placed, from, to: offset, size };
}
