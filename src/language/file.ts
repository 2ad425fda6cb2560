import { type ParsedFile, parseText } from "./parse.ts";
import { SourceText } from "./text.ts";

/** A file as it was read, decoded or not. `path`: as it was given, or relative to the repository's root. */
export type SourceFile = { readonly path: string } & (
  | { readonly text: string; readonly bytes?: never }
  | { readonly bytes: Uint8Array; readonly text?: never }
);

/** Larger files are no pipelines, and refusing them keeps every check fast. 1 MiB, in bytes (UTF-16 units of a text). */
const SIZE_MAX = 1024 * 1024;

/** Decodes and parses a file. Never throws, whatever the bytes. */
export function parseFile(file: SourceFile): ParsedFile {
  const size = (file.bytes ?? file.text).length;
  if (size > SIZE_MAX) {
    const hint = "a pipeline holds tasks; keep data in a file of its own";
    return refused(new SourceText(file.path, ""), 0, "the file is larger than 1 MiB", hint);
  }
  // Bad bytes become U+FFFD, so that what is right can still be shown.
  const decoded = file.bytes === undefined ? file.text : new TextDecoder("utf-8").decode(file.bytes);
  const text = new SourceText(file.path, decoded.replace(/^\uFEFF/, ""));
  const hint = "save the file as UTF-8";
  if (file.bytes !== undefined && isUtf16(file.bytes)) return refused(text, 0, "the file is UTF-16, not UTF-8", hint);
  const nul = text.text.indexOf("\0");
  if (nul !== -1) return refused(text, nul, "a NUL character stands here, so this is no text in UTF-8", hint);
  const bad = text.text.indexOf("\uFFFD");
  if (file.bytes !== undefined && bad !== -1 && !isUtf8(file.bytes)) {
    return refused(text, bad, "the file is not UTF-8 from here on", hint);
  }
  return parseText(text);
}

function refused(text: SourceText, start: number, message: string, hint: string): ParsedFile {
  const end = Math.min(start + 1, text.text.length);
  return { text, problems: [{ kind: "file", at: { start, end }, message, hint }] };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** By its byte order mark. */
function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}
