import type { ParsedFile } from "./parse.ts";
import { parseText } from "./parse.ts";
import { SourceText } from "./text.ts";

/** A file as it was read; bytes when nobody has decoded them yet. */
export interface SourceFile {
  /** As it was given on the command line, or relative to the repository's root. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** Larger files are no pipelines, and refusing them keeps every check fast. 1 MiB. */
const FILE_BYTES_MAX = 1024 * 1024;

/** Decodes and parses a file. Never throws, whatever the bytes. */
export function parseFile(file: SourceFile): ParsedFile {
  const bytes = typeof file.content === "string" ? undefined : file.content;
  const length = bytes?.length ?? file.content.length;
  if (length > FILE_BYTES_MAX) {
    const message = `the file is larger than 1 MiB (${length} bytes)`;
    return refused(
      new SourceText(file.path, ""),
      0,
      0,
      message,
      "a pipeline holds tasks, not data; keep data in a file of its own",
    );
  }
  const decoded = typeof file.content === "string" ? file.content : decode(file.content);
  const text = new SourceText(file.path, decoded.replace(/^\uFEFF/, ""));
  const bad = /[\0\uFFFD]/.exec(text.text);
  if (bytes !== undefined && isUtf16(bytes))
    return refused(text, 0, 0, "the file is UTF-16, not UTF-8", "save it as UTF-8");
  if (bad?.[0] === "\0") {
    return refused(
      text,
      bad.index,
      bad.index + 1,
      "a NUL character stands here",
      "this is no text file, or not UTF-8; save it as UTF-8",
    );
  }
  if (bytes !== undefined && bad !== null && !isUtf8(bytes)) {
    return refused(text, bad.index, bad.index + 1, "the file is not UTF-8 from here on", "save it as UTF-8");
  }
  return parseText(text);
}

function refused(text: SourceText, start: number, end: number, message: string, hint: string): ParsedFile {
  return { text, problems: [{ kind: "file", at: { start, end }, message, hint }] };
}

/** Bad bytes become U+FFFD, so that what is right can still be shown. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8").decode(bytes);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** By its byte order mark: FF FE or FE FF. */
function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}
