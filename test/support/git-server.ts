import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, relative } from "node:path";
import { onTestFinished } from "vitest";
import { GIT_ENV } from "./git-repository.ts";

/** A server of git over HTTP, with git's own program for that. */
export interface GitServer {
  readonly url: string;
  /** The headers `Authorization` that it was sent, in order; "" without one. */
  readonly authorizations: string[];
}

export interface GitServerOptions {
  /** `name:password` that it wants to have; absent: it is open to all. */
  readonly login?: string;
}

/** Serves the repository in a folder. It goes when the test ends. */
export async function gitServer(root: string, { login }: GitServerOptions = {}): Promise<GitServer> {
  const authorizations: string[] = [];
  const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;
  const server = createServer((request, response) => {
    const { authorization = "" } = request.headers;
    authorizations.push(authorization);
    if (wanted === undefined || authorization === wanted) carryOut(dirname(root), request, response);
    else response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/${relative(dirname(root), root)}/.git`, authorizations };
}

/** As CGI has it: the request in the environment and on standard input; headers, an empty line and the body come back. */
function carryOut(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? "", "http://localhost");
  const { headers } = request;
  const child = spawn("git", ["http-backend"], {
    env: {
      ...GIT_ENV,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? "",
      CONTENT_TYPE: headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.on("close", () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf("\r\n\r\n");
    const lines = all.subarray(0, end).toString().split("\r\n");
    const sent = Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
    const { Status: status = "200", ...rest } = sent;
    response.writeHead(Number.parseInt(status, 10), rest).end(all.subarray(end + 4));
  });
}
