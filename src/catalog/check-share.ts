import { type CompileOptions, checkFile, type FileFindings } from "../language/index.ts";
import { keepHeapSmall, sha256 } from "../lib/index.ts";
import { type ListedFile, readListed } from "./list.ts";
import { type Answer, heldStill, witnessOf } from "./options-key.ts";

/** Files that several threads check at once, each the next that nobody has taken. Can be handed to a thread. */
export interface Share {
  readonly files: readonly ListedFile[];
  /** How many have been taken: one Int32. */
  readonly taken: SharedArrayBuffer;
}

/** The content of a file. */
export interface Whole {
  readonly bytes: Uint8Array;
}

/** What tells the content of a file from others: its `fileKey`. */
export interface Keyed {
  readonly key: string;
}

/** What became of one file: `Kept` is what is kept of its content. */
export type CheckedFile<Kept> =
  | (Kept & {
      readonly findings: FileFindings;
      /** What the findings rest on beside the file; undefined when they must not be kept. */
      readonly answers: readonly Answer[] | undefined;
    })
  /** It can't be read; why, in words. */
  | { readonly reason: string }
  | "gone";

/** Files that a thread takes at a time: few enough that none waits long for the other at the end. */
const TAKEN_AT_ONCE = 8;

/** From this many files on, a small heap is worth more than the little time that a large one saves. */
const SMALL_HEAP_FILES_MIN = 256;

export function shareOf(files: readonly ListedFile[]): Share {
  return { files, taken: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) };
}

/** Checks what nobody else has taken, until nothing is left. By the place in the share. */
export function checkShare({ files, taken }: Share, options: CompileOptions): Map<number, CheckedFile<Keyed>> {
  const checked = new Map<number, CheckedFile<Keyed>>();
  const count = new Int32Array(taken);
  const held = heldStill(options);
  let small = false;
  for (let at = take(count); at < files.length; at = take(count)) {
    if (!small && at >= SMALL_HEAP_FILES_MIN) {
      keepHeapSmall();
      small = true;
    }
    for (const [index, file] of files.slice(at, at + TAKEN_AT_ONCE).entries()) {
      checked.set(at + index, keyed(file.name, checkListed(file, held)));
    }
  }
  return checked;
}

function take(count: Int32Array): number {
  return Atomics.add(count, 0, TAKEN_AT_ONCE);
}

export function checkListed(file: ListedFile, options: CompileOptions): CheckedFile<Whole> {
  const content = readListed(file);
  if (content === "gone" || "reason" in content) return content;
  const { bytes } = content;
  const witness = witnessOf(options);
  const { source: _, ...findings } = checkFile({ path: file.name, bytes }, witness.options);
  return { bytes, findings, answers: witness.answers() };
}

/** Of a file among many: all their contents would be too much. */
export function keyed(name: string, file: CheckedFile<Whole>): CheckedFile<Keyed> {
  if (file === "gone" || "reason" in file) return file;
  const { bytes, findings, answers } = file;
  return { key: fileKey(name, bytes), findings, answers };
}

/** The key of a file: its name, which shows in findings and may name the pipeline, and its bytes. */
export function fileKey(name: string, bytes: Uint8Array): string {
  return sha256(name, "\0", bytes);
}
