import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** A request as a server of a test had it. */
export interface HadRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** What it was asked, in order. */
  readonly requests: HadRequest[];
}

/** Answers a request whose body has been read. */
export type Answering = (request: HadRequest, response: ServerResponse) => void;

/** A server of this test alone, over TLS when it gets a certificate. It goes when the test ends. */
export async function httpServer(answer: Answering, tls?: ServerOptions): Promise<TestServer> {
  const requests: HadRequest[] = [];
  const listener: RequestListener = async (message, response) => {
    const { method = "", url = "", headers } = message;
    const request = { method, path: url, headers, body: await text(message).catch(() => "") };
    requests.push(request);
    answer(request, response);
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`, port, requests };
}

/** Answers with JSON. */
export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
