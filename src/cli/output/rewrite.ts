import { closeSync, openSync, readFileSync } from "node:fs";
import { printError } from "../errors.ts";
import type { Cli } from "../terminal.ts";
import { writeWhole } from "./write-file.ts";

/** A file to write anew. */
export interface Rewrite {
  /** As messages call it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** What it holds as far as its writer knows. */
  readonly before: string;
  readonly after: string;
}

/**
 * Writes a file anew, all at once, unless somebody else has changed it since it was read. False when that was not
 * possible, which is printed as an error; the file is then as it was.
 */
export function rewrite(cli: Cli, { name, path, before, after }: Rewrite): boolean {
  try {
    if (readFileSync(path, "utf8") !== before) {
      printError(
        cli,
        `${name} has changed while it was being looked at, and is left as it is`,
        "call the command again",
      );
      return false;
    }
    // A draft could take its place all the same, but whoever made it read-only meant it.
    closeSync(openSync(path, "r+"));
    writeWhole(path, after);
    return true;
  } catch (error) {
    const { code, message, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    const denied = code === "EACCES" || code === "EPERM" || code === "EROFS";
    const why = denied ? "it, or its folder, is read-only" : message;
    printError(
      cli,
      `${name} can't be written: ${why}`,
      denied ? `\`chmod u+w ${name}\` makes a file writable` : undefined,
    );
    return false;
  }
}
