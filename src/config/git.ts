import { type JsonObject, parseDuration } from "../lib/index.ts";
import type { GitConfig } from "./config.ts";
import { GIT_DEFAULT } from "./definition.ts";

/** `git` as the schema of engine.yaml lets it through; from a variable it may lack what another source says. */
interface Written {
  readonly url?: string;
  readonly branch?: string;
  readonly path?: string;
  readonly interval?: string;
  readonly timeout?: string;
  readonly username?: string;
  readonly token_secret?: string;
  readonly ssh_key_secret?: string;
}

/** A repository is not asked more often, in milliseconds. */
const INTERVAL_MIN_MS = 1_000;

/** The repository that the daemon follows, undefined without one; or what is wrong with it. */
export function readGit(
  value: JsonObject,
): GitConfig | undefined | { readonly problem: string; readonly hint: string } {
  const { url, interval, timeout, path, ...written } = { ...GIT_DEFAULT, ...(value as Written) };
  if (Object.keys(value).length === 0) return undefined;
  if (url === undefined) return { problem: "git has no url", hint: "name the repository to follow: `url: https://…`" };
  const { token_secret, ssh_key_secret } = written;
  const isHttp = /^https?:/.test(url);
  if (token_secret !== undefined && !isHttp) {
    return { problem: `git.token_secret is for https, and git.url is ${url}`, hint: "give `ssh_key_secret`, or none" };
  }
  if (ssh_key_secret !== undefined && (isHttp || /^(git|file):/.test(url))) {
    return { problem: `git.ssh_key_secret is for ssh, and git.url is ${url}`, hint: "give `token_secret`, or none" };
  }
  if (token_secret !== undefined && /^http:/.test(url) && !isLoopback(url)) {
    return { problem: `git.url is ${url}: the token would be sent unencrypted`, hint: "write the url with https://" };
  }
  return {
    ...written,
    url,
    path:
      path
        .split("/")
        .filter((name) => name !== "" && name !== ".")
        .join("/") || ".",
    interval_ms: Math.max(parseDuration(interval) ?? 0, INTERVAL_MIN_MS),
    timeout_ms: parseDuration(timeout) ?? 0,
  };
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(url).hostname);
}
