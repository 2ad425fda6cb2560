import { hash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CompileOptions, FileFindings } from "../language/index.ts";
import { isOwnFolder, makeOwnFolder } from "../lib/index.ts";
import { type Answer, optionsKey, stillHolds } from "./options-key.ts";

/*
 * Findings of files, by what they depend on. One cache is one file: it is read whole, and replaced whole by whoever
 * has something new, so that any number of processes may use it at once; what one of two forgets is found again. It is
 * never trusted: a file that is not exactly what was written, or that others may write to, is no cache.
 */

/** The findings in one file, and what they rest on beside its bytes. */
export interface KnownFindings {
  readonly findings: FileFindings;
  readonly answers: readonly Answer[];
}

export interface CacheOptions {
  /** Absolute; it is made when it is needed, with the folder that it stands in. */
  readonly folder: string;
  /** Tells one build of the engine from another: whatever changes a finding has to change it. */
  readonly engine: string;
  /** What is checked, an absolute path: projects don't crowd each other out. */
  readonly project: string;
}

/** Raised when the form of a cache changes. */
const FORMAT = 2;
/** An entry that is larger is not kept: a file of many findings is to be mended, not cached. */
const ENTRY_CHARS_MAX = 64 * 1024;
/** One cache: 40,000 ordinary files. */
const CACHE_CHARS_MAX = 16 * 1024 * 1024;
/** Entries that this time nobody asked for: enough for the files of another branch. */
const UNUSED_MIN = 5_000;
/** All caches together; of more, the oldest go. */
const FOLDER_BYTES_MAX = 64 * 1024 * 1024;
/** What is being written is not older: a day, in milliseconds. Older leftovers are of processes that were killed. */
const LEFTOVER_MS = 24 * 60 * 60 * 1000;

const NAME = /^findings-[0-9a-f]{32}(\.[0-9a-f]+\.new)?$/;

export class FindingsCache {
  readonly #folder: string;
  readonly #path: string;
  readonly #options: CompileOptions;
  /** JSON by key, the most recently added last; nothing is parsed before it is asked for. */
  readonly #entries: Map<string, string>;
  readonly #used = new Set<string>();
  #changed = false;

  constructor({ folder, engine, project }: CacheOptions, options: CompileOptions) {
    const about = [FORMAT, engine, process.versions, project, optionsKey(options)];
    this.#folder = folder;
    this.#path = join(folder, `findings-${hash("sha256", JSON.stringify(about)).slice(0, 32)}`);
    this.#options = options;
    this.#entries = isOwnFolder(folder) ? readEntries(this.#path) : new Map();
  }

  /** Whether it knows anything at all. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** What is known of a file; undefined when nothing is, or when its surroundings have changed. */
  find(key: string): KnownFindings | undefined {
    const text = this.#entries.get(key);
    if (text === undefined) return undefined;
    const { findings, answers } = JSON.parse(text) as KnownFindings;
    if (!stillHolds(answers, this.#options)) return undefined;
    this.#used.add(key);
    return { findings, answers };
  }

  add(key: string, known: KnownFindings): void {
    const text = JSON.stringify(known);
    if (text.length > ENTRY_CHARS_MAX) return;
    this.#entries.delete(key);
    this.#entries.set(key, text);
    this.#used.add(key);
    this.#changed = true;
  }

  /** Writes what is new. A folder that can't be written to is no reason to fail: the next time is as slow as this one. */
  save(): void {
    if (!this.#changed) return;
    const written = `${this.#path}.${randomBytes(6).toString("hex")}.new`;
    try {
      makeOwnFolder(this.#folder);
      if (!isOwnFolder(this.#folder)) return;
      writeFileSync(written, this.#text(), { mode: 0o600, flag: "wx" });
      renameSync(written, this.#path);
      tidy(this.#folder, this.#path);
    } catch {
      remove(written);
    }
  }

  #text(): string {
    const kept: string[] = [];
    let chars = 0;
    let unused = Math.max(this.#used.size, UNUSED_MIN);
    for (const [key, text] of [...this.#entries].reverse()) {
      if (!this.#used.has(key) && unused-- <= 0) continue;
      chars += key.length + text.length + 2;
      if (chars > CACHE_CHARS_MAX) break;
      kept.push(`${key} ${text}\n`);
    }
    const body = kept.reverse().join("");
    return `${hash("sha256", body)}\n${body}`;
  }
}

function readEntries(path: string): Map<string, string> {
  const entries = new Map<string, string>();
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return entries;
  }
  const start = text.indexOf("\n") + 1;
  const body = text.slice(start);
  if (start === 0 || hash("sha256", body) !== text.slice(0, start - 1)) return entries;
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf("\n", at);
    const space = body.indexOf(" ", at);
    if (end === -1 || space === -1 || space > end) return new Map();
    entries.set(body.slice(at, space), body.slice(space + 1, end));
    at = end + 1;
  }
  return entries;
}

/** Somebody else may have been quicker. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It stays: the next to write tries again.
  }
}

/** Keeps the folder small: leftovers and the oldest caches go. */
function tidy(folder: string, current: string): void {
  const now = statSync(current).mtimeMs;
  const caches: { readonly path: string; readonly size: number; readonly age: number }[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = NAME.test(name) ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (found?.isFile()) caches.push({ path, size: found.size, age: path === current ? -1 : now - found.mtimeMs });
  }
  let total = 0;
  for (const { path, size, age } of caches.sort((a, b) => a.age - b.age)) {
    const leftover = path.endsWith(".new");
    if (!leftover) total += size;
    if (leftover ? age > LEFTOVER_MS : total > FOLDER_BYTES_MAX) remove(path);
  }
}
