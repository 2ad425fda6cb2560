import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, statSync, truncateSync } from "node:fs";
import type { Clock } from "../../engine/index.ts";
import type { Masker } from "../../lib/index.ts";
import type { OutputLine, OutputMark } from "../../operators/index.ts";
import type { AttemptFiles } from "./files.ts";
import { watchPath } from "./folder-watch.ts";
import { cleanLine, LineSplitter } from "./line-splitter.ts";
import { formatLine, type LogLine, readLines, readText, type StoredLine } from "./log-file.ts";

/** A log of this size takes no more lines; what follows is left out, but for its end. */
const HEAD_BYTES_MAX = 15 * 1024 * 1024;
/** Of each stream that was left out, this much of its end is kept. */
const TAIL_BYTES = 512 * 1024;
/**
 * A spool file may grow to this size. A log whose stream gives more takes no more lines either, and the
 * file is emptied each time it gets there, so that a script can't fill the disk while an engine looks on.
 */
const SPOOL_BYTES_MAX = 64 * 1024 * 1024;
const FULL_NOTE = "the output is too much for a log: what follows is left out, but for its end";
/** Bytes that are read at a time: a flood of output must leave the engine time for other things. */
const READ_BYTES = 256 * 1024;
/** After a change of a spool file, more changes are waited for this long. */
const GATHER_MS = 30;
/** Lines that a failure shows. */
const LAST_LINES = 20;
/** Of each of them. */
const LAST_LINE_LENGTH_MAX = 500;

/** Nanoseconds in a millisecond. */
const NS_PER_MS = 1_000_000n;

/** One of the two files that a script writes to. */
interface Spool {
  readonly stream: "stdout" | "stderr";
  readonly path: string;
  splitter: LineSplitter;
  /** The end of what was left out before the file was emptied. */
  kept: Buffer;
  /** Bytes that were left out before the file was emptied. */
  emptied_bytes: number;
  /** The log says already that the script emptied this file. */
  emptied_by_script: boolean;
}

export interface AttemptLogParts {
  readonly files: AttemptFiles;
  readonly clock: Clock;
  readonly masker: Masker;
  /** Sees every line that is added. */
  readonly onLine: (line: LogLine) => void;
}

/**
 * Carries a script's output from its spool files into the attempt's log, while it runs or in one go
 * when it has ended. Nothing is lost and nothing repeated when another process goes on with it. Never
 * throws: an attempt doesn't fail because its log can't be written.
 */
export class AttemptLog {
  readonly #parts: AttemptLogParts;
  #bothSpools: readonly Spool[] | undefined;
  #bytes = 0;
  #full = false;
  #broken = false;
  #last: string[] = [];
  #lastError = "";
  readonly #marks = new Map<OutputLine["stream"], OutputMark>();
  /** Of lines from elsewhere that were left out: the last ones, and how many went before them. */
  #leftOut: { readonly tail: StoredLine[]; tail_length: number; before: number } | undefined;
  #unwatch: (() => void)[] = [];
  #cancelDrain: (() => void) | undefined;

  constructor(parts: AttemptLogParts) {
    this.#parts = parts;
  }

  /** Made when they are asked for: thousands that wait write lines of their own, and have no script. */
  get #spools(): readonly Spool[] {
    if (this.#bothSpools !== undefined) return this.#bothSpools;
    const { files, masker } = this.#parts;
    const spool = (stream: Spool["stream"], path: string): Spool => ({
      stream,
      path,
      splitter: new LineSplitter(masker, 0, false),
      kept: Buffer.alloc(0),
      emptied_bytes: 0,
      emptied_by_script: false,
    });
    this.#bothSpools = [spool("stdout", files.stdout), spool("stderr", files.stderr)];
    return this.#bothSpools;
  }

  /** False when lines could not be written: the spool files are all there is. */
  get intact(): boolean {
    return !this.#broken;
  }

  /** The last lines, bounded, for a failure. */
  get lastLines(): readonly string[] {
    return this.#last;
  }

  /** The last line of standard error; empty when there is none. */
  get lastError(): string {
    return this.#lastError;
  }

  /** Takes up where an earlier process left off. */
  resume(): void {
    try {
      const text = readText(this.#parts.files.log);
      // A line that its writer's death cut short was never there.
      const complete = text.lastIndexOf("\n") + 1;
      this.#bytes = Buffer.byteLength(text.slice(0, complete));
      if (complete < text.length) truncateSync(this.#parts.files.log, this.#bytes);
      const lines = readLines(this.#parts.files.log);
      this.#full = lines.some(({ stream, text: shown }) => stream === "engine" && shown === FULL_NOTE);
      for (const spool of this.#spools) {
        const offset = lines.findLast(({ stream }) => stream === spool.stream)?.offset ?? 0;
        // A shorter file was emptied since, with all of it in the log or left out for good.
        const resumeAt = offset > sizeOf(spool.path) ? 0 : offset;
        const midLine = resumeAt > 0 && !endsLine(spool.path, resumeAt);
        spool.splitter = new LineSplitter(this.#parts.masker, resumeAt, midLine);
      }
      for (const line of lines.slice(-LAST_LINES)) this.#remember(line);
      for (const line of lines) this.#moveMark(line);
    } catch {
      this.#broken = true;
    }
  }

  /** Adds a line of the engine's own. */
  note(text: string): void {
    const { clock, masker } = this.#parts;
    const lines = text.split(/\r?\n/).map((line) => ({ text: cleanLine(line, masker), end: 0 }));
    this.#append(lines.map((line) => ({ at: clock.now(), stream: "engine", offset: 0, text: line.text })));
  }

  /** Adds lines that come from elsewhere, with their own times. */
  add(lines: readonly OutputLine[]): void {
    const stored = lines.map(({ stream, text, at_ns }): StoredLine => {
      const splitter = new LineSplitter(this.#parts.masker, 0, false);
      const [clean] = splitter.push(Buffer.from(`${text.replaceAll("\n", " ")}\n`));
      return { at: Number(at_ns / NS_PER_MS), stream, offset: Number(at_ns % NS_PER_MS), text: clean?.text ?? "" };
    });
    if (this.#full) for (const line of stored) this.#keepForEnd(line);
    else this.#append(stored);
  }

  /** How far the log that was resumed has the lines of a stream that came from elsewhere. */
  markOf(stream: OutputLine["stream"]): OutputMark | undefined {
    return this.#marks.get(stream);
  }

  /** There are no more lines from elsewhere: adds the last of those that were left out. */
  endOutput(): void {
    const left = this.#leftOut;
    if (left === undefined) return;
    this.#leftOut = undefined;
    if (left.before > 0) this.note(`… ${left.before} lines are left out here …`);
    this.#append(left.tail);
  }

  /** Follows the spool files from now on. */
  watch(): void {
    if (this.#unwatch.length > 0) return;
    for (const { path } of this.#spools) this.#unwatch.push(watchPath(path, () => this.#drainSoon(GATHER_MS)));
    this.#drainSoon(0);
  }

  /** Stops following. Output that is not in the log yet stays in the spool files. */
  unwatch(): void {
    for (const stop of this.#unwatch.splice(0)) stop();
    this.#cancelDrain?.();
    this.#cancelDrain = undefined;
  }

  /** The script has ended: brings what is left into the log and empties the spool files. */
  async finish(): Promise<void> {
    this.unwatch();
    try {
      // Most scripts write little or nothing: no turn of the event loop for them.
      while (this.#drain()) await new Promise<void>((resolve) => setImmediate(resolve));
      for (const spool of this.#spools) {
        if (this.#full) this.#appendTail(spool);
        else this.#append(this.#stored(spool, spool.splitter.flush()));
      }
      if (this.#broken) return;
      // Emptied, not deleted: on some file systems a deleted file slows the making of new ones for minutes.
      for (const { path } of this.#spools) if (sizeOf(path) > 0) truncateSync(path);
    } catch {
      this.#broken = true;
    }
  }

  #drainSoon(delay_ms: number): void {
    const { clock } = this.#parts;
    this.#cancelDrain ??= clock.wakeIn(delay_ms, () => {
      this.#cancelDrain = undefined;
      try {
        if (this.#drain() && this.#unwatch.length > 0) this.#drainSoon(0);
      } catch {
        this.#broken = true;
      }
    });
  }

  /** Reads a piece of each spool file. True when there may be more. */
  #drain(): boolean {
    let more = false;
    for (const spool of this.#spools) {
      const size = sizeOf(spool.path);
      if (size < spool.splitter.offset) this.#startAnew(spool);
      if (this.#full) this.#leaveOut(spool, size);
      else if (size > spool.splitter.offset) {
        const { offset } = spool.splitter;
        const bytes = readBytes(spool.path, offset, Math.min(READ_BYTES, size - offset));
        this.#append(this.#stored(spool, spool.splitter.push(bytes)));
        if (spool.splitter.offset >= SPOOL_BYTES_MAX) this.#fill();
        more ||= bytes.length > 0 && spool.splitter.offset < size;
      }
    }
    return more && !this.#broken;
  }

  /** The script opened its own output by name (`> /dev/stderr`), which empties a file. */
  #startAnew(spool: Spool): void {
    const { masker } = this.#parts;
    const left = spool.splitter.flush().map(({ text }) => ({ text, end: 0 }));
    spool.splitter = new LineSplitter(masker, 0, false);
    this.#append(this.#stored(spool, left));
    if (spool.emptied_by_script) return;
    spool.emptied_by_script = true;
    this.note(`the script opened its own ${spool.stream} by name, which empties it: lines before this may be missing`);
  }

  /** Past the bound nothing is read, and a large spool file is emptied but for its end. */
  #leaveOut(spool: Spool, size: number): void {
    if (size < SPOOL_BYTES_MAX) return;
    spool.kept = readBytes(spool.path, size - TAIL_BYTES, TAIL_BYTES);
    spool.emptied_bytes += size - spool.splitter.offset;
    spool.splitter = new LineSplitter(this.#parts.masker, 0, false);
    truncateSync(spool.path);
  }

  /** Of a stream that was left out: how much, and its end. */
  #appendTail(spool: Spool): void {
    const size = sizeOf(spool.path);
    const { offset } = spool.splitter;
    const rest = readBytes(spool.path, Math.max(offset, size - TAIL_BYTES), TAIL_BYTES);
    const tail = Buffer.concat([spool.kept, rest]).subarray(-TAIL_BYTES);
    const left_out = spool.emptied_bytes + size - offset - tail.length;
    if (spool.emptied_bytes + size === offset) return;
    if (left_out > 0) this.note(`… ${left_out} bytes of ${spool.stream} are left out here …`);
    const splitter = new LineSplitter(this.#parts.masker, size - tail.length, left_out > 0);
    this.#append([...splitter.push(tail), ...splitter.flush()].map((line) => this.#storedLine(spool, line)));
  }

  #stored(spool: Spool, lines: readonly { text: string; end: number }[]): StoredLine[] {
    return lines.map((line) => this.#storedLine(spool, line));
  }

  #storedLine(spool: Spool, { text, end }: { text: string; end: number }): StoredLine {
    return { at: this.#parts.clock.now(), stream: spool.stream, offset: Math.max(end, 0), text };
  }

  #append(lines: readonly StoredLine[]): void {
    if (lines.length === 0) return;
    for (const line of lines) {
      this.#remember(line);
      this.#parts.onLine({ at: line.at, stream: line.stream, text: line.text });
    }
    if (this.#broken) return;
    const text = Buffer.from(lines.map(formatLine).join(""));
    try {
      this.#write(text);
    } catch {
      // No space, no permission: the attempt goes on, and its output stays in the spool files.
      this.#broken = true;
      return;
    }
    this.#bytes += text.length;
    if (this.#bytes >= HEAD_BYTES_MAX) this.#fill();
  }

  #write(text: Buffer): void {
    const { folder, log } = this.#parts.files;
    try {
      appendFileSync(log, text, { mode: 0o600 });
    } catch (error) {
      // The first file of a run whose tasks start no processes.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      appendFileSync(log, text, { mode: 0o600 });
    }
  }

  #keepForEnd(line: StoredLine): void {
    this.#leftOut ??= { tail: [], tail_length: 0, before: 0 };
    const left = this.#leftOut;
    left.tail.push(line);
    left.tail_length += line.text.length;
    // In one go, now and then: to take the first of many lines off costs as much as to take half of them off.
    if (left.tail_length <= 2 * TAIL_BYTES) return;
    let drop = 0;
    for (; left.tail_length > TAIL_BYTES; drop++) left.tail_length -= left.tail[drop]?.text.length ?? 0;
    left.tail.splice(0, drop);
    left.before += drop;
  }

  #moveMark({ stream, at, offset }: StoredLine): void {
    if (stream === "engine") return;
    const at_ns = BigInt(at) * NS_PER_MS + BigInt(offset);
    const before = this.#marks.get(stream);
    this.#marks.set(stream, { at_ns, lines: before?.at_ns === at_ns ? before.lines + 1 : 1 });
  }

  #fill(): void {
    if (this.#full) return;
    this.#full = true;
    this.note(FULL_NOTE);
  }

  #remember({ stream, text }: LogLine): void {
    if (stream === "stderr") this.#lastError = text;
    this.#last.push(text.length > LAST_LINE_LENGTH_MAX ? `${text.slice(0, LAST_LINE_LENGTH_MAX)} …` : text);
    if (this.#last.length > LAST_LINES) this.#last.shift();
  }
}

/** The size of a file in bytes; 0 when there is none. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Whether the byte before `offset` ends a line. */
function endsLine(path: string, offset: number): boolean {
  return readBytes(path, offset - 1, 1).toString("latin1") === "\n";
}

/** Up to `length` bytes from `offset` on. */
function readBytes(path: string, offset: number, length: number): Buffer {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(Math.max(Math.min(length, fstatSync(fd).size - offset), 0));
    return bytes.subarray(0, bytes.length === 0 ? 0 : readSync(fd, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(fd);
  }
}
