import { createHash } from "node:crypto";
import { isPipelineFile, isSkipped } from "../../../catalog/index.ts";
import type { Repository } from "./git.ts";

/** A file at a revision. */
export interface BaseFile {
  /** From the repository's root, with slashes. */
  readonly path: string;
  /** The id of its content. */
  readonly object: string;
  readonly size: number;
}

/** The files at or below some paths (from the repository's root; "" is the root itself) at a commit, by their paths. */
export async function listBaseFiles(
  repository: Repository,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, BaseFile>> {
  const files = new Map<string, BaseFile>();
  if (paths.length === 0) return files;
  const limits = paths.includes("") ? [] : ["--", ...paths];
  const listed = await repository.output(["ls-tree", "-r", "-l", "-z", "--full-tree", commit, ...limits]);
  for (const entry of listed.toString().split("\0")) {
    // Links have the mode 120000, submodules 160000.
    const [, object = "", size, path] = /^100\d{3} blob (\w+) +(\d+)\t(.+)$/s.exec(entry) ?? [];
    if (path !== undefined) files.set(path, { path, object, size: Number(size) });
  }
  return files;
}

/** Whether a walk of a folder would find a file in it, by its path from there. */
export function isFound(path: string): boolean {
  return isPipelineFile(path) && path.split("/").every((part) => !part.startsWith(".") && !isSkipped(part));
}

/** Whether a file's content is that of an object. A file that git converts on its way counts as another one. */
export function isSameContent(bytes: Uint8Array, { object, size }: BaseFile): boolean {
  if (bytes.length !== size) return false;
  // The hash of a repository shows in the length of its ids.
  const hash = createHash(object.length === 40 ? "sha1" : "sha256");
  return hash.update(`blob ${size}\0`).update(bytes).digest("hex") === object;
}

/** Contents by their ids. */
export async function readObjects(
  repository: Repository,
  objects: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  if (objects.length === 0) return contents;
  const printed = await repository.output(["cat-file", "--batch", "--buffer"], `${objects.join("\n")}\n`);
  for (let at = 0; at < printed.length; ) {
    const lineEnd = printed.indexOf("\n", at);
    const [object = "", , size] = printed.toString("latin1", at, lineEnd).split(" ");
    at = lineEnd + 1;
    // An object that is missing has a line of its own and no content.
    if (size === undefined) continue;
    contents.set(object, printed.subarray(at, at + Number(size)));
    at += Number(size) + 1;
  }
  return contents;
}
