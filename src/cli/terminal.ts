import type { Readable, Writable } from "node:stream";
import type { ConfigFlags } from "../config/index.ts";
import type { EpochMs } from "../core/index.ts";
import { type ColorDepth, type Line, toAnsi } from "./live/text.ts";

/** What a command has of the world outside. */
export interface Cli {
  readonly out: Output;
  readonly err: Output;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths begin. Absolute. */
  readonly cwd: string;
  /** The flags that every command takes, as they were given. Set before a command is called. */
  flags: ConfigFlags;
  now(): EpochMs;
}

/** When to write in colour. `auto`: on a terminal, unless NO_COLOR or FORCE_COLOR says otherwise. */
export const COLOR_CHOICES = ["auto", "always", "never"] as const;
export type ColorChoice = (typeof COLOR_CHOICES)[number];

/** The width of a line where nobody says, in columns. */
const COLUMNS_DEFAULT = 80;
/** The height of a terminal that does not say, in lines. */
const ROWS_DEFAULT = 24;

type Stream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  getColorDepth?(env?: object): number;
};

/** Standard output or error. A reader that has gone away (`engine runs list | head`) is not an error: what is written then is dropped. */
export class Output {
  readonly isTerminal: boolean;
  /** False where only ASCII can be shown. */
  readonly unicode: boolean;
  readonly #stream: Stream;
  readonly #env: Cli["env"];
  readonly #closed = new AbortController();
  #choice: ColorChoice = "auto";
  #failure: Error | undefined;

  constructor(stream: Stream, env: Cli["env"]) {
    this.#stream = stream;
    this.#env = env;
    this.isTerminal = stream.isTTY === true;
    this.unicode = showsUnicode(env);
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") this.#failure ??= error;
      this.#closed.abort();
    });
  }

  /** Aborted when the reader has gone away: time for a command that streams to end. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** The terminal's width; 80 where it is not known. */
  get columns(): number {
    return this.#stream.columns ?? (Number(this.#env.COLUMNS) || COLUMNS_DEFAULT);
  }

  /** The terminal's height; 24 where it is not known. */
  get rows(): number {
    return this.#stream.rows ?? (Number(this.#env.LINES) || ROWS_DEFAULT);
  }

  /** How many colours to write with. */
  get depth(): ColorDepth {
    return colorDepth(this.#choice, this.#env, this.isTerminal, () => this.#stream.getColorDepth?.(this.#env) ?? 1);
  }

  /** What `--color` says. */
  setColor(choice: ColorChoice): void {
    this.#choice = choice;
  }

  /** Writes text as it is. */
  write(text: string): void {
    if (!this.#closed.signal.aborted) this.#stream.write(text);
  }

  /** Writes a line, in colour where there is colour. */
  line(line: Line | string): void {
    this.write(`${typeof line === "string" ? line : toAnsi(line, this.depth)}\n`);
  }

  /** Resolves when all is written, or the reader has gone. Rejects when it could not be written: a full disk, for example. */
  async flushed(): Promise<void> {
    if (!this.#closed.signal.aborted) await new Promise<void>((resolve) => this.#stream.write("", () => resolve()));
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when what was written is on its way, or the reader has gone: for streams of any length. */
  async drained(): Promise<void> {
    if (!this.#stream.writableNeedDrain || this.#closed.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#stream.off("drain", done);
        this.#closed.signal.removeEventListener("abort", done);
        resolve();
      };
      this.#stream.once("drain", done);
      this.#closed.signal.addEventListener("abort", done);
    });
  }
}

/**
 * How many colours to write with. A flag outweighs the environment; there FORCE_COLOR outweighs NO_COLOR
 * (https://no-color.org: set and not empty), as in Node itself.
 */
export function colorDepth(
  choice: ColorChoice,
  env: Cli["env"],
  isTerminal: boolean,
  ofStream: () => number,
): ColorDepth {
  if (choice === "never") return 1;
  const force = env.FORCE_COLOR;
  const off = force === "0" || force === "false" || (force === undefined && (env.NO_COLOR ?? "") !== "");
  const on = choice === "always" || (force !== undefined && !off);
  if (off && choice !== "always") return 1;
  if (!on && !isTerminal) return 1;
  // Node's own guess looks at TERM and COLORTERM, but also at the two variables that are settled here.
  const { NO_COLOR: _, FORCE_COLOR: __, ...rest } = env;
  const guess = isTerminal ? ofStream() : fromTerm(rest);
  return on ? (guess >= 8 ? 8 : 4) : guess >= 8 ? 8 : guess >= 4 ? 4 : 1;
}

function fromTerm(env: Cli["env"]): number {
  return /256|truecolor|24bit/.test(`${env.TERM} ${env.COLORTERM}`) ? 8 : 4;
}

/** A locale that names another encoding, and terminals without the characters, get ASCII. No locale says nothing. */
function showsUnicode(env: Cli["env"]): boolean {
  if (env.TERM === "linux" || env.TERM === "dumb") return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return locale === undefined || locale === "" || /utf-?8/i.test(locale);
}

/** The process's own streams, environment, folder and clock. */
export function processCli(): Cli {
  return {
    out: new Output(process.stdout, process.env),
    err: new Output(process.stderr, process.env),
    // Node makes it when it is asked for, and few commands do.
    get stdin() {
      return process.stdin;
    },
    env: process.env,
    cwd: process.cwd(),
    flags: {},
    now: () => Date.now(),
  };
}
