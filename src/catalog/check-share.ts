import { type CompileOptions, checkFile, type FileFindings } from "../language/index.ts";
import { fileKey } from "./findings-cache.ts";
import { type ListedFile, readListed } from "./list.ts";
import { type Answer, forTheDay, witnessOf } from "./options-key.ts";

/** Files that several threads check at once, each the next that nobody has taken. Can be handed to a thread. */
export interface Share {
  readonly files: readonly ListedFile[];
  /** How many have been taken: one Int32. */
  readonly taken: SharedArrayBuffer;
}

/** What became of one file. */
export type CheckedShare =
  | {
      readonly key: string;
      readonly findings: FileFindings;
      /** What the findings rest on beside the file; undefined when they must not be kept. */
      readonly answers: readonly Answer[] | undefined;
    }
  /** It can't be read; why, in words. */
  | { readonly reason: string }
  | "gone";

/** Files that a thread takes at a time: few enough that none waits long for the other at the end. */
const TAKEN_AT_ONCE = 8;

export function shareOf(files: readonly ListedFile[]): Share {
  return { files, taken: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) };
}

/** Checks what nobody else has taken, until nothing is left. By the place in the share. */
export function checkShare({ files, taken }: Share, options: CompileOptions): Map<number, CheckedShare> {
  const checked = new Map<number, CheckedShare>();
  const count = new Int32Array(taken);
  const day = forTheDay(options);
  for (let at = take(count); at < files.length; at = take(count)) {
    for (const [index, file] of files.slice(at, at + TAKEN_AT_ONCE).entries()) {
      checked.set(at + index, checkListed(file, day));
    }
  }
  return checked;
}

function take(count: Int32Array): number {
  return Atomics.add(count, 0, TAKEN_AT_ONCE);
}

export function checkListed(file: ListedFile, options: CompileOptions): CheckedShare {
  const content = readListed(file);
  if (content === "gone" || "reason" in content) return content;
  const { bytes } = content;
  const witness = witnessOf(options);
  const { source: _, ...findings } = checkFile({ path: file.name, bytes }, witness.options);
  return { key: fileKey(file.name, bytes), findings, answers: witness.answers() };
}
