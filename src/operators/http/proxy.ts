import { BlockList, isIP } from "node:net";
import { refuse } from "./failure.ts";

/** The proxy for an address: the one that is asked for, or the one of the environment. */
export function proxyFor(
  url: URL,
  asked: string | false | undefined,
  env: Readonly<Record<string, string | undefined>>,
): URL | undefined {
  if (asked === false || asked === "") return undefined;
  const written = asked ?? fromEnvironment(url, env);
  if (written === undefined) return undefined;
  const proxy = URL.parse(written.includes("://") ? written : `http://${written}`);
  if (proxy === null) refuse("the proxy is not a URL such as http://proxy.example.com:3128");
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:") {
    refuse(`the proxy's URL begins with ${proxy.protocol}: use one that speaks http: or https:`);
  }
  return proxy;
}

function fromEnvironment(url: URL, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const value = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const found = value(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY") ?? value("ALL_PROXY");
  if (found === undefined || isExempt(url, value("NO_PROXY") ?? "")) return undefined;
  return found;
}

/** Names stand for themselves and all below them; addresses may be ranges; `*` is everything. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = entry, onPort] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
      if (onPort !== undefined && onPort !== port) return false;
      return matches(host, name.toLowerCase().replace(/^\[|\]$/g, ""));
    });
}

function matches(host: string, entry: string): boolean {
  const [address = "", bits] = entry.split("/");
  const family = isIP(address);
  if (family === 0) {
    const domain = entry.replace(/^\*?\./, "").replace(/\.$/, "");
    return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
  }
  if (isIP(host) !== family) return false;
  const width = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
  if (!Number.isInteger(width) || width < 0 || width > (family === 4 ? 32 : 128)) return false;
  const range = new BlockList();
  range.addSubnet(address, width, family === 4 ? "ipv4" : "ipv6");
  return range.check(host, family === 4 ? "ipv4" : "ipv6");
}
