import type { Diagnostic } from "../language/index.ts";

const START = { line: 1, column: 1, offset: 0 };

/** What system errors say of a file, in words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  ELOOP: "its links lead in a circle",
  ENXIO: "it is no file, but a socket or a device without a driver",
  EIO: "the disk failed",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENAMETOOLONG: "its path is too long",
};

/** Of a system error, in words. */
export function reasonOf(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}

/** The finding about what can't be read. `file`: as diagnostics name it. */
export function unreadable(file: string, what: "file" | "folder", reason: string): Diagnostic {
  return {
    code: "ENG105",
    name: "encoding-or-size",
    severity: "error",
    file,
    range: { start: START, end: START },
    message: `the ${what} can't be read: ${reason}`,
  };
}
