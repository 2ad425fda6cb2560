import { resolve } from "node:path";
import type { JsonObject } from "../lib/index.ts";
import type { ServerConfig } from "./config.ts";
import { LISTEN_DEFAULT } from "./definition.ts";

/** `server` as the schema of engine.yaml lets it through. */
interface Written {
  readonly listen?: string;
  readonly auth?: ServerConfig["auth"];
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** What a port can be at most. */
const PORT_MAX = 65_535;

/** Where the API listens, or what is wrong with it. `base`: the folder in which paths begin. */
export function readServer(
  value: JsonObject,
  base: string,
): ServerConfig | { readonly problem: string; readonly hint: string } {
  const { listen = LISTEN_DEFAULT, auth, tls } = value as Written;
  const colon = listen.lastIndexOf(":");
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, "");
  const port = Number(listen.slice(colon + 1));
  if (port > PORT_MAX) {
    const problem = `server.listen has the port ${port}; the highest is ${PORT_MAX}`;
    return { problem, hint: "write HOST:PORT, such as 127.0.0.1:8420" };
  }
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host);
  if (!isLoopback && auth === "none") {
    return {
      problem: `server.listen lets other machines ask at ${listen}, and server.auth is none: anybody could run anything`,
      hint: "set `auth: token`, or listen on 127.0.0.1",
    };
  }
  return {
    host,
    port,
    auth: auth ?? (isLoopback ? "none" : "token"),
    ...(tls !== undefined && { tls: { cert: resolve(base, tls.cert), key: resolve(base, tls.key) } }),
  };
}
