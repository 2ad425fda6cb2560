import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";

/*
 * The web page: a few files that the build wrote, read once and answered from memory. What is asked for is looked up by
 * its whole path, so that no path leads out of the folder.
 */

interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
  /** Made when somebody asks for it first. */
  readonly gzipped: () => Buffer;
}

/** Beside this file's bundle, or where the build of a checkout puts it. */
const BUILT = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../../dist/web" : "../web", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

/** What the page may do. It brings all that it needs, and text never becomes markup or code in it. */
export const CONTENT_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    manifestSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
  },
};

/** Files with a hash of their content in their name never change. */
const FOR_EVER = "public, max-age=31536000, immutable";
const ASSETS = "/assets/";

export class Page {
  readonly #files: ReadonlyMap<string, PageFile>;

  /** `folder`: where the built page is; default: in the package. A folder that isn't there has no page. */
  constructor(folder = BUILT) {
    this.#files = new Map(listed(folder).map((path) => [`/${path}`, fileOf(join(folder, path))]));
  }

  /** Answers with a file of the page, or with the page itself at addresses that are its own; false when neither is asked for. */
  answer(request: FastifyRequest, reply: FastifyReply): boolean {
    const { method, url, headers } = request;
    if (method !== "GET" && method !== "HEAD") return false;
    const path = url.replace(/[?#].*$/, "");
    const known = path === "/index.html" ? undefined : this.#files.get(path);
    const isPlace = path !== "/api" && !path.startsWith("/api/") && !path.startsWith(ASSETS);
    const wantsPage = isPlace && (headers.accept ?? "").includes("text/html");
    const file = known ?? (wantsPage ? this.#files.get("/index.html") : undefined);
    if (file === undefined) return false;
    reply.header("cache-control", path.startsWith(ASSETS) ? FOR_EVER : "no-cache");
    reply.header("etag", file.etag);
    reply.header("vary", "accept-encoding");
    if (headers["if-none-match"] === file.etag) {
      reply.code(304).send();
      return true;
    }
    const isGzipped = /\bgzip\b/.test(String(headers["accept-encoding"] ?? ""));
    if (isGzipped) reply.header("content-encoding", "gzip");
    reply.code(200).type(file.type);
    reply.send(isGzipped ? file.gzipped() : file.body);
    return true;
  }
}

function listed(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return entries.map((path) => path.replaceAll("\\", "/")).filter((path) => TYPES[extname(path)] !== undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function fileOf(path: string): PageFile {
  const body = readFileSync(path);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  let small: Buffer | undefined;
  const gzipped = (): Buffer => {
    small ??= gzipSync(body);
    return small;
  };
  return { type: TYPES[extname(path)] ?? "application/octet-stream", body, etag, gzipped };
}
