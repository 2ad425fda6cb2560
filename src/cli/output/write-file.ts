import {
  type BigIntStats,
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { usageError } from "../errors.ts";

/** The bits of a mode that say who may do what; the others tell a file from a folder. */
const MODE_BITS = 0o7777n;

/** Throws a usage error when a file can't be where it should go: no folder there, or a folder in its place. `name`: as it was given. */
export function checkTarget(path: string, name: string): void {
  const folder = dirname(name);
  if (!statOf(dirname(path))?.isDirectory()) {
    throw usageError(
      `there is no folder ${folder}, where ${basename(name)} should go`,
      `make it first: \`mkdir -p ${folder}\``,
    );
  }
  if (statOf(path)?.isDirectory()) throw usageError(`${name} is a folder`, "give the name of a file");
}

/**
 * Writes a file all at once: whoever reads it finds the old text or the new one, never a part. What is no plain file
 * (a pipe, a terminal) is written to as it is. Mode, group and owner stay what they were, as far as the system lets whoever calls keep them. Throws the system's error when that fails, and leaves nothing behind.
 */
export function writeWhole(path: string, text: string): void {
  const before = statOf(path);
  if (before !== undefined && !before.isFile()) {
    writeFileSync(path, text);
    return;
  }
  // A link stays a link.
  const target = before === undefined ? path : realpathSync(path);
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    const file = openSync(draft, "w");
    try {
      if (before !== undefined) keepOwner(file, before);
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function keepOwner(file: number, { mode, uid, gid }: BigIntStats): void {
  // Only root may give a file away, and others only to their groups; whoever can write it may write one of their own in
  // its place. The group first: it is what lets others in who share the file.
  giveTo(file, SAME, Number(gid));
  giveTo(file, Number(uid), SAME);
  fchmodSync(file, Number(mode & MODE_BITS));
}

/** Says that an owner or a group stays what it is. */
const SAME = -1;

function giveTo(file: number, uid: number, gid: number): void {
  try {
    fchownSync(file, uid, gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}

function statOf(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}
