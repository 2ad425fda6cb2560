import { isAbsolute, join } from "node:path";

/**
 * Where this user keeps what can be made again: never in the checkout, which may be read-only, or committed. Absolute;
 * undefined for a user without a home.
 */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { XDG_CACHE_HOME, HOME } = env;
  if (XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, "engine");
  if (HOME === undefined || !isAbsolute(HOME)) return undefined;
  return join(HOME, process.platform === "darwin" ? "Library/Caches" : ".cache", "engine");
}
