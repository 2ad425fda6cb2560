import type { Worker } from "node:worker_threads";
import {
  type CompileOptions,
  type FileFindings,
  type Found,
  findTogether,
  sortDiagnostics,
} from "../language/index.ts";
import {
  type CheckedFile,
  checkListed,
  checkShare,
  fileKey,
  type Keyed,
  keyed,
  type Share,
  shareOf,
  type Whole,
} from "./check-share.ts";
import type { CacheOptions, FindingsCache } from "./findings-cache.ts";
import { type ListedFile, listFiles, readListed, type Source } from "./list.ts";
import { heldStill } from "./options-key.ts";
import { unreadable } from "./unreadable.ts";

/** Files that were checked, and nothing compiled. */
export interface CheckedCatalog {
  /** Every file that was looked at, as diagnostics name it; sorted. */
  readonly files: readonly string[];
  /** All that was found, before levels and suppressions. A file that can't be read has a finding as well. */
  readonly found: Found;
  /** Files and folders that could not be read, as diagnostics name them. */
  readonly unreadable: readonly string[];
  /** The text of a file, for code frames; undefined when it is no longer the one that was checked. */
  readonly sourceOf: (file: string) => string | undefined;
}

export interface CheckOptions extends CompileOptions {
  /** Files are named relative to this folder. Absolute. */
  readonly cwd: string;
  /** Absent: nothing is cached. */
  readonly cache?: CacheOptions | undefined;
  /**
   * Starts a thread that answers with `checkShare` of the same options, as its one message. Absent: this thread
   * checks all files.
   */
  readonly startThread?: ((share: Share) => Worker | Promise<Worker>) | undefined;
}

/** From this many files on, what is known of them is looked up, and what was read is forgotten: fewer are checked in the time that takes. */
const MANY_FILES_MIN = 20;

/** From this many files on, a second thread is worth its start, which takes about as long as checking a hundred. */
const THREAD_FILES_MIN = 150;

/** Texts of files that are kept for code frames: findings come sorted by file. */
const TEXTS_MAX = 8;

/** Reads and checks files and folders, each file once. What can't be read has a finding. */
export async function checkCatalog(sources: readonly Source[], options: CheckOptions): Promise<CheckedCatalog> {
  const { files, problems: closed } = listFiles(sources, options.cwd);
  const problems = new Map(closed);
  const held = heldStill(options);
  const many = files.length >= MANY_FILES_MIN;
  const cache = many && options.cache !== undefined ? await openCache(options.cache, held) : undefined;
  const known = cache === undefined || cache.isEmpty ? new Map<string, Checked>() : lookUp(files, cache);
  const cold = files.filter(({ name }) => !known.has(name));
  const checked = many ? await checkCold(cold, { ...options, ...held }) : new Map<number, CheckedFile<Keyed>>();
  for (const [index, file] of cold.entries()) {
    // What nobody has checked is checked here.
    const one = checked.get(index) ?? (many ? keyed(file.name, checkListed(file, held)) : checkListed(file, held));
    if (one === "gone") continue;
    if ("reason" in one) problems.set(file.name, unreadable(file.name, "file", one.reason));
    else {
      known.set(file.name, one);
      if (one.answers !== undefined && "key" in one) {
        cache?.add(one.key, { findings: one.findings, answers: one.answers });
      }
    }
  }
  cache?.save();
  const inOrder = files.flatMap(({ name }) => known.get(name)?.findings ?? []);
  const found = findTogether(inOrder, options);
  return {
    files: [...new Set([...known.keys(), ...problems.keys()])].sort(),
    found: { ...found, diagnostics: sortDiagnostics([...found.diagnostics, ...problems.values()]) },
    unreadable: [...problems.keys()].sort(),
    sourceOf: sourceReader(files, known),
  };
}

type Checked = (Whole | Keyed) & { readonly findings: FileFindings };

async function openCache(options: CacheOptions, held: CompileOptions): Promise<FindingsCache> {
  // Loaded when it is needed: a few files are checked without.
  const { FindingsCache } = await import("./findings-cache.ts");
  return new FindingsCache(options, held);
}

function lookUp(files: readonly ListedFile[], cache: FindingsCache): Map<string, Checked> {
  const known = new Map<string, Checked>();
  for (const file of files) {
    const content = readListed(file);
    if (content === "gone" || "reason" in content) continue;
    const key = fileKey(file.name, content.bytes);
    const found = cache.find(key);
    if (found !== undefined) known.set(file.name, { key, findings: found.findings });
  }
  return known;
}

/** By the place in the list. What the thread did not answer is not in it. */
async function checkCold(
  files: readonly ListedFile[],
  options: CheckOptions,
): Promise<ReadonlyMap<number, CheckedFile<Keyed>>> {
  const share = shareOf(files);
  const { startThread } = options;
  if (startThread === undefined || files.length < THREAD_FILES_MIN) return checkShare(share, options);
  const thread = await startThread(share);
  const theirs = new Promise<ReadonlyMap<number, CheckedFile<Keyed>>>((resolve) => {
    thread.once("message", resolve);
    // What it leaves undone is done here. If the file is to blame, the error will show again.
    thread.once("error", () => resolve(new Map()));
    thread.once("exit", () => resolve(new Map()));
  });
  const ours = checkShare(share, options);
  for (const [index, one] of await theirs) ours.set(index, one);
  return ours;
}

function sourceReader(
  files: readonly ListedFile[],
  known: ReadonlyMap<string, Checked>,
): (file: string) => string | undefined {
  const listed = new Map(files.map((file) => [file.name, file]));
  const texts = new Map<string, string>();
  return (name) => {
    const before = texts.get(name);
    const file = listed.get(name);
    const checked = known.get(name);
    if (before !== undefined || file === undefined || checked === undefined) return before;
    const bytes = "bytes" in checked ? checked.bytes : bytesOf(file, checked.key);
    if (bytes === undefined) return undefined;
    const text = new TextDecoder().decode(bytes);
    const [oldest] = texts.keys();
    if (texts.size >= TEXTS_MAX && oldest !== undefined) texts.delete(oldest);
    texts.set(name, text);
    return text;
  };
}

/** The content of a file that was read before; undefined when it is another one by now. */
function bytesOf(file: ListedFile, key: string): Uint8Array | undefined {
  const content = readListed(file);
  if (content === "gone" || "reason" in content) return undefined;
  return fileKey(file.name, content.bytes) === key ? content.bytes : undefined;
}
