import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { refuse } from "./failure.ts";

/** Of the body of an error, this much is read: enough to say what the other side said. */
const EXCERPT_BYTES = 4096;
/** Of it, a message shows this much. */
const EXCERPT_LENGTH = 300;

/** Thrown when a body holds more than it may. */
export class BodyTooLarge extends Error {}

/** The body as it was before it was compressed for the way. */
function decoded(body: Readable, encodings: string): Readable {
  let stream = body;
  for (const encoding of encodings.toLowerCase().split(",").reverse()) {
    const decoder = decoderOf(encoding.trim());
    if (decoder === undefined) continue;
    const source = stream;
    // A failure of the one ends the other, either way: the stream may be left before its end.
    source.on("error", (error) => decoder.destroy(error));
    decoder.on("close", () => source.destroy());
    stream = source.pipe(decoder);
  }
  return stream;
}

function decoderOf(encoding: string) {
  if (encoding === "gzip" || encoding === "x-gzip") return createGunzip();
  if (encoding === "deflate") return createInflate();
  return encoding === "br" ? createBrotliDecompress() : undefined;
}

/** Reads a body into memory. @throws BodyTooLarge */
export async function readBody(body: Readable, encodings: string, bytes_max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of decoded(body, encodings) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytes_max) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The beginning of a body, on one line; the rest isn't waited for. Empty when there is none or it can't be read. */
export async function excerptOf(body: Readable, encodings: string, type: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of decoded(body, encodings) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= EXCERPT_BYTES) break;
    }
  } catch {
    // The status is what counts.
  }
  return excerpt(textOf(Buffer.concat(chunks), type));
}

/** The beginning of a text for a message, on one line. */
export function excerpt(text: string): string {
  const line = text
    .slice(0, EXCERPT_BYTES)
    .replace(/[\s\p{Cc}\ufffd]+/gu, " ")
    .trim();
  return line.length > EXCERPT_LENGTH ? `${line.slice(0, EXCERPT_LENGTH)}…` : line;
}

/** Bytes as text, in the character set that the content type names. */
export function textOf(bytes: Uint8Array, type: string): string {
  const charset = /charset="?([\w.:-]+)/i.exec(type)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** A body in a file beside its place, until it is known to be what was asked for. */
export interface SavedBody {
  readonly bytes: number;
  /** Puts it in its place, in one move. */
  keep(): Promise<void>;
  drop(): Promise<void>;
}

/** Writes a body to a file. @throws BodyTooLarge */
export async function saveBody(
  body: Readable,
  encodings: string,
  { path, name, bytes_max }: { readonly path: string; readonly name: string; readonly bytes_max: number },
): Promise<SavedBody> {
  const part = `${path}.${name}.part`;
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      done(bytes > bytes_max ? new BodyTooLarge() : null, chunk);
    },
  });
  const drop = (): Promise<void> => rm(part, { force: true });
  await mkdir(dirname(path), { recursive: true });
  try {
    await pipeline(decoded(body, encodings), count, createWriteStream(part));
  } catch (error) {
    await drop();
    throw error;
  }
  const keep = async (): Promise<void> => {
    try {
      await rename(part, path);
    } catch (error) {
      refuse(`the body can't be put in its place ${path}: ${(error as NodeJS.ErrnoException).code}`);
    }
  };
  return { bytes, keep, drop };
}
