import { isAbsolute, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The path of a `file:` URI; undefined for a document that is no file. */
export function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}

export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

/** The names from a folder down to a path below it; undefined when it stands elsewhere. */
export function namesBelow(folder: string, path: string): readonly string[] | undefined {
  const inner = relative(folder, path);
  return inner === "" || inner.startsWith("..") || isAbsolute(inner) ? undefined : inner.split(sep);
}
