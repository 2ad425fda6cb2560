import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { JsonObject, JsonValue } from "../../lib/index.ts";

/** Where rows are written to as they come: beside its place, until all is known to be well. */
export interface RowTarget {
  /** An absolute path; its ending tells the format: `.csv` or `.jsonl`. */
  readonly path: string;
  /** Another path, beside it. */
  readonly part: string;
}

/** Text is gathered up to this many characters before it is written. */
const CHUNK_LENGTH = 256 * 1024;

/** A file of rows. Everything about it may throw an error of the file system. */
export class RowFile {
  readonly #target: RowTarget;
  readonly #fd: number;
  readonly #columns: readonly string[];
  #text = "";

  constructor(target: RowTarget, columns: readonly string[]) {
    this.#target = target;
    this.#columns = columns;
    mkdirSync(dirname(target.path), { recursive: true });
    this.#fd = openSync(target.part, "w");
    if (target.path.endsWith(".csv")) this.#text = `${columns.map(csvField).join(",")}\r\n`;
  }

  add(row: JsonObject): void {
    const isCsv = this.#target.path.endsWith(".csv");
    this.#text += isCsv
      ? `${this.#columns.map((name) => csvField(row[name] ?? null)).join(",")}\r\n`
      : `${JSON.stringify(row)}\n`;
    if (this.#text.length > CHUNK_LENGTH) this.#flush();
  }

  /** Writes what is left. */
  end(): void {
    this.#flush();
  }

  close(): void {
    closeSync(this.#fd);
  }

  #flush(): void {
    // One call may write less than all.
    for (let rest = Buffer.from(this.#text); rest.length > 0; ) rest = rest.subarray(writeSync(this.#fd, rest));
    this.#text = "";
  }
}

/** Puts the rows in their place, in one move. */
export function keepRows({ path, part }: RowTarget): void {
  renameSync(part, path);
}

/** Of rows that were put in their place nothing is dropped. */
export function dropRows({ part }: RowTarget): void {
  rmSync(part, { force: true });
}

/** As RFC 4180 has it; null is an empty field, and an empty text a quoted one. */
function csvField(value: JsonValue): string {
  if (value === null) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
