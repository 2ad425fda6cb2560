import type { OutputLine, OutputMark } from "../operator.ts";

type Stream = OutputLine["stream"];

/** A frame's head: the stream, three bytes of nothing, the length. */
const HEAD_BYTES = 8;
/** A line's bytes beyond this are not kept: a log cuts lines long before. */
const LINE_BYTES_MAX = 1024 * 1024;
/** Nanoseconds in a second. */
const NS_PER_S = 1_000_000_000n;
/**
 * Docker gets its log this much earlier than from the last line on, in seconds: the two streams may overtake each other, and
 * a long line comes in pieces.
 */
const EARLIER_S = 10;

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) /;

/**
 * Which lines of a container's log were taken already, over as many connections as it needs. The times of one stream
 * never go back, so of each stream the last time, and how many lines have it, tell what is new.
 */
export class LogTail {
  readonly #marks = new Map<Stream, OutputMark>();

  /** `markOf`: how far an earlier engine has got. */
  constructor(markOf: (stream: Stream) => OutputMark | undefined) {
    for (const stream of ["stdout", "stderr"] as const) {
      const mark = markOf(stream);
      if (mark !== undefined) this.#marks.set(stream, mark);
    }
  }

  /** For a new connection. What an earlier one had begun is forgotten: it comes again. */
  connect(): LogConnection {
    return new LogConnection(this.#marks);
  }
}

/** Takes the bytes of one connection apart. */
export class LogConnection {
  /** The time from which on Docker is to give the log, in seconds since 1970; 0: all of it. */
  readonly since: number;
  readonly #marks: Map<Stream, OutputMark>;
  readonly #lines: Readonly<Record<Stream, LineReader>>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(marks: Map<Stream, OutputMark>) {
    const times = [...marks.values()].map(({ at_ns }) => Number(at_ns / NS_PER_S));
    this.since = Math.max(0, ...times.map((time) => time - EARLIER_S));
    this.#marks = marks;
    this.#lines = { stdout: new LineReader(marks.get("stdout")), stderr: new LineReader(marks.get("stderr")) };
  }

  /** The lines that these bytes complete and that are new. */
  push(chunk: Buffer): OutputLine[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const found: OutputLine[] = [];
    let at = 0;
    while (this.#rest.length >= at + HEAD_BYTES) {
      const end = at + HEAD_BYTES + this.#rest.readUInt32BE(at + 4);
      if (this.#rest.length < end) break;
      const stream = this.#rest[at] === 2 ? "stderr" : "stdout";
      for (const line of this.#lines[stream].push(this.#rest.subarray(at + HEAD_BYTES, end))) {
        found.push({ stream, ...line });
      }
      at = end;
    }
    this.#rest = this.#rest.subarray(at);
    return this.#taken(found);
  }

  /** The container has ended: lines that it left without an end. */
  end(): OutputLine[] {
    const streams = ["stdout", "stderr"] as const;
    return this.#taken(streams.flatMap((stream) => this.#lines[stream].end().map((line) => ({ stream, ...line }))));
  }

  #taken(lines: OutputLine[]): OutputLine[] {
    for (const { stream, at_ns } of lines) {
      const mark = this.#marks.get(stream);
      this.#marks.set(stream, { at_ns, lines: mark?.at_ns === at_ns ? mark.lines + 1 : 1 });
    }
    return lines;
  }
}

type TimedLine = Omit<OutputLine, "stream">;

/** Puts the pieces of one stream together to lines, and leaves out those up to a mark. */
class LineReader {
  readonly #mark: OutputMark | undefined;
  /** How many lines had exactly the mark's time. */
  #same = 0;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #at_ns = 0n;

  constructor(mark: OutputMark | undefined) {
    this.#mark = mark;
  }

  /** Takes one frame: a time, and a line or, without its end, a piece of one. */
  push(frame: Buffer): TimedLine[] {
    const space = frame.indexOf(0x20) + 1;
    const time = TIME.exec(frame.toString("latin1", 0, space));
    let text = frame;
    if (time !== null) {
      this.#at_ns = nanoseconds(time);
      text = frame.subarray(space);
    }
    const lines: TimedLine[] = [];
    for (let end = text.indexOf(0x0a); end >= 0; end = text.indexOf(0x0a)) {
      this.#add(text.subarray(0, end));
      lines.push(...this.#take());
      text = text.subarray(end + 1);
    }
    this.#add(text);
    return lines;
  }

  end(): TimedLine[] {
    return this.#bytes === 0 ? [] : this.#take();
  }

  #add(bytes: Buffer): void {
    if (bytes.length === 0 || this.#bytes >= LINE_BYTES_MAX) return;
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
  }

  #take(): TimedLine[] {
    const text = Buffer.concat(this.#pieces).toString("utf8");
    const at_ns = this.#at_ns;
    this.#pieces = [];
    this.#bytes = 0;
    if (this.#mark !== undefined) {
      if (at_ns < this.#mark.at_ns) return [];
      if (at_ns === this.#mark.at_ns) {
        this.#same += 1;
        if (this.#same <= this.#mark.lines) return [];
      }
    }
    return [{ text, at_ns }];
  }
}

function nanoseconds([, second = "", fraction = "", zone = ""]: RegExpExecArray): bigint {
  return BigInt(Date.parse(second + zone)) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
