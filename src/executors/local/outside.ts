import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import type { OutputLine, OutputMark, OutsideHost } from "../../operators/index.ts";
import type { AttemptLog } from "./attempt-log.ts";
import type { AttemptFiles } from "./files.ts";

export interface OutsideParts {
  readonly data: string;
  readonly files: AttemptFiles;
  /** Opens the log when there is something to write. */
  readonly log: () => AttemptLog;
}

/** What an attempt is given whose work goes on outside the engine, and how it is told to leave that alone. */
export class Outside implements OutsideHost {
  readonly #parts: OutsideParts;
  readonly #kill = new AbortController();
  readonly #detach = new AbortController();

  constructor(parts: OutsideParts) {
    this.#parts = parts;
  }

  get data(): string {
    return this.#parts.data;
  }

  get killSignal(): AbortSignal {
    return this.#kill.signal;
  }

  get detachSignal(): AbortSignal {
    return this.#detach.signal;
  }

  outputFile(): string {
    const { folder, output } = this.#parts.files;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeSync(openSync(output, "a"));
    // Whoever writes may be any user; the folder around it keeps everybody else on this machine out.
    chmodSync(output, 0o666);
    return output;
  }

  output(lines: readonly OutputLine[]): void {
    if (!this.#detach.signal.aborted) this.#parts.log().add(lines);
  }

  outputMark(stream: OutputLine["stream"]): OutputMark | undefined {
    return this.#parts.log().markOf(stream);
  }

  kill(): void {
    this.#kill.abort();
  }

  detach(): void {
    this.#detach.abort();
  }
}
