import { createServer as createProxy, request as forward } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { selfSigned, signing } from "../support/certificates.ts";
import { answerJson, httpServer } from "../support/http-server.ts";
import { failing, outputsOf, run } from "./support/http-task.ts";

/*
 * The http operator's way to a server: redirects, certificates, proxies, and connections that fail.
 */

/** A server that speaks what a test makes it speak, byte by byte. */
async function rawServer(onConnection: (socket: Socket) => void): Promise<{ url: string; port: number }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

describe("redirects", () => {
  test("they are followed: 303 with GET, 307 with the same request; relative ones too", async () => {
    const server = await httpServer(({ path }, response) => {
      if (path === "/end") answerJson(response, { ok: true });
      else response.writeHead(path === "/see" ? 303 : 307, { location: path === "/see" ? "end" : "/end" }).end();
    });
    await outputsOf({ http: { method: "POST", url: `${server.url}/see`, json: 1 } });
    await outputsOf({ http: { method: "PUT", url: `${server.url}/same`, json: 2 } });
    expect(server.requests.map(({ method, path, body }) => `${method} ${path} ${body}`)).toEqual([
      "POST /see 1",
      "GET /end ",
      "PUT /same 2",
      "PUT /end 2",
    ]);
  });

  test("a loop ends, with a final failure that says so", async () => {
    const server = await httpServer((_, response) => response.writeHead(302, { location: "/" }).end());
    const failure = await failing({ http: { url: server.url, redirects: 3 } });
    expect(failure).toMatchObject({ reason: "refused", status: 302, final: true });
    expect(failure.message).toContain("a loop?");
    expect(server.requests).toHaveLength(4);
  });

  test("another host gets neither credentials nor any header with a secret", async () => {
    const other = await httpServer((_, response) => response.end());
    const server = await httpServer((_, response) => response.writeHead(302, { location: other.url }).end());
    const headers = { "X-Key": `k-\${{ secrets.TOKEN }}`, Cookie: "a=b", "X-Plain": "p" };
    const task = { http: { url: server.url, headers, auth: { bearer: "abc" } } };
    await outputsOf(task, { secrets: { TOKEN: "s3cret-key" } });
    expect(server.requests[0]?.headers).toMatchObject({ "x-key": "k-s3cret-key", cookie: "a=b" });
    const names = Object.keys(other.requests[0]?.headers ?? {});
    expect(names).toContain("x-plain");
    for (const name of ["x-key", "cookie", "authorization"]) expect(names).not.toContain(name);
  });

  test("encryption is not given up on the way", async () => {
    const certificate = selfSigned("IP:127.0.0.1");
    const open = await httpServer((_, response) => response.end());
    const server = await httpServer(
      (_, response) => response.writeHead(302, { location: open.url }).end(),
      certificate,
    );
    const failure = await failing({ http: { url: server.url, tls: { ca: certificate.cert } } });
    expect(failure.message).toContain("without encryption");
    expect(open.requests).toEqual([]);
  });
});

describe("TLS", () => {
  test("a certificate that nobody vouches for is refused, with what to do", async () => {
    const server = await httpServer((_, response) => response.end(), selfSigned("IP:127.0.0.1"));
    const failure = await failing({ http: server.url });
    expect(failure.reason).toBe("tls_failed");
    expect(failure.final).toBeUndefined();
    expect(failure.message).toContain("`tls.ca`");
    expect(server.requests).toEqual([]);
  });

  test("it is accepted with `ca` as text or file, and by whoever doesn't look", async () => {
    const certificate = selfSigned("IP:127.0.0.1");
    const server = await httpServer((_, response) => response.end(), certificate);
    const { cert, cert_file } = certificate;
    for (const tls of [{ ca: cert }, { ca: cert_file }, { verify: false }]) {
      expect((await run({ http: { url: server.url, tls } })).outcome.state).toBe("success");
    }
  });

  test("a certificate for another name is refused", async () => {
    const certificate = selfSigned("DNS:elsewhere.example");
    const server = await httpServer((_, response) => response.end(), certificate);
    const failure = await failing({ http: { url: server.url, tls: { ca: certificate.cert } } });
    expect(failure).toMatchObject({ reason: "tls_failed", message: expect.stringContaining("a name that") });
  });

  test("a server that wants our certificate gets it", async () => {
    const certificate = selfSigned("IP:127.0.0.1");
    const { cert, key } = certificate;
    const options = { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true };
    const server = await httpServer((_, response) => response.end(), options);
    const tls = { ca: cert, cert, key: `\${{ secrets.KEY }}` };
    expect((await run({ http: { url: server.url, tls } }, { secrets: { KEY: key } })).outcome.state).toBe("success");
    expect((await run({ http: { url: server.url, tls: { ca: cert } } })).outcome.state).toBe("failed");
  });

  test("a connection brings its own authority, our certificate and its key; a task's `tls` stands in its place", async () => {
    const authority = signing();
    const { cert, key } = authority.sign("DNS:localhost,IP:127.0.0.1");
    const options = { cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: true };
    const server = await httpServer((_, response) => answerJson(response, { n: 1 }), options);
    const ours = authority.sign("DNS:engine");
    const tls = { ca: authority.cert_file, cert: ours.cert_file, key: `\${{ secrets.KEY }}` };
    const given = {
      connections: { models: { type: "http", base_url: server.url, tls } },
      secrets: { KEY: ours.key },
    };
    const http = { connection: "models", url: "v1" };
    expect(await outputsOf({ http, outputs: { n: "integer" } }, given)).toEqual({ n: 1 });
    // Without our certificate the other side says no.
    const failure = await failing({ http: { ...http, tls: { ca: authority.cert } } }, given);
    expect(failure.message).toContain("a certificate of ours");
    expect(server.requests.map(({ path }) => path)).toEqual(["/v1"]);
  });

  test("a port that doesn't speak TLS is said to be that", async () => {
    const server = await httpServer((_, response) => response.end());
    const failure = await failing({ http: server.url.replace("http:", "https:") });
    expect(failure).toMatchObject({ reason: "tls_failed", message: expect.stringContaining("speak TLS") });
  });
});

describe("a connection that fails", () => {
  test("nothing listens: connection_failed, with the address", async () => {
    const { port } = await rawServer(() => {});
    const closed = await new Promise<number>((resolve) => {
      const server = createTcpServer().listen(0, "127.0.0.1", () => {
        const found = (server.address() as AddressInfo).port;
        server.close(() => resolve(found));
      });
    });
    expect(closed).not.toBe(port);
    const failure = await failing({ http: `GET http://127.0.0.1:${closed}/x` });
    expect(failure).toMatchObject({ reason: "connection_failed" });
    expect(failure.final).toBeUndefined();
    expect(failure.message).toBe(
      `GET http://127.0.0.1:${closed}/x: nothing accepts connections there (is the server running, and is the port right?)`,
    );
  });

  test("a name without an address: dns_failed", async () => {
    const failure = await failing({ http: "GET http://no-such-host.invalid/" });
    expect(failure.reason).toBe("dns_failed");
    expect(failure.message).toContain("no-such-host.invalid");
  });

  test("the other side hangs up before it answers", async () => {
    const server = await rawServer((socket) => socket.once("data", () => socket.destroy()));
    expect((await failing({ http: server.url })).reason).toBe("connection_failed");
  });

  test("the other side resets the connection", async () => {
    const server = await rawServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect((await failing({ http: server.url })).reason).toBe("connection_failed");
  });

  test("what comes back is not HTTP", async () => {
    const server = await rawServer((socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.9\r\n")));
    expect(await failing({ http: server.url })).toMatchObject({
      reason: "response_invalid",
      message: expect.stringContaining("not HTTP"),
    });
  });

  test("headers without end", async () => {
    const server = await httpServer((_, response) => response.writeHead(200, { "x-big": "x".repeat(200_000) }).end());
    expect(await failing({ http: server.url })).toMatchObject({
      reason: "response_invalid",
      message: expect.stringContaining("too large"),
    });
  });

  test("a body that is cut off", async () => {
    const server = await rawServer((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n123")),
    );
    const failure = await failing({ http: server.url });
    expect(failure).toMatchObject({ reason: "response_invalid", message: expect.stringContaining("cut off") });
    expect(failure.final).toBeUndefined();
  });

  test("a packed body that is cut off", async () => {
    const half = gzipSync("x".repeat(1000)).subarray(0, 15);
    const server = await httpServer((_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(half));
    expect(await failing({ http: server.url })).toMatchObject({
      reason: "response_invalid",
      message: expect.stringContaining("gzip"),
    });
  });

  test("a body that never ends", async () => {
    const server = await httpServer((_, response) => {
      const more = (): void => {
        while (response.writable && response.write("x".repeat(65_536)));
        response.once("drain", more);
      };
      more();
    });
    expect(await failing({ http: server.url })).toMatchObject({
      reason: "response_invalid",
      message: expect.stringContaining("never ends"),
    });
  });

  test("the error page of a server that never ends it is shown all the same", async () => {
    const server = await httpServer((_, response) => {
      response.writeHead(502);
      const more = (): void => {
        while (response.writable && response.write("bad gateway ".repeat(1000)));
        response.once("drain", more);
      };
      more();
    });
    const failure = await failing({ http: server.url });
    expect(failure).toMatchObject({ reason: "refused", status: 502, message: expect.stringContaining("bad gateway") });
  });
});

describe("proxies", () => {
  async function proxy(answer = 200) {
    const seen: string[] = [];
    const server = createProxy((message, response) => {
      seen.push(`${message.method} ${message.url} ${message.headers["proxy-authorization"] ?? "-"}`);
      const { method } = message;
      const { "proxy-authorization": _, ...headers } = message.headers;
      message.pipe(forward(message.url ?? "", { method, headers }, (from) => from.pipe(response.writeHead(200))));
    });
    server.on("connect", (message, socket: Socket) => {
      seen.push(`CONNECT ${message.url} ${message.headers["proxy-authorization"] ?? "-"}`);
      socket.on("error", () => {});
      if (answer !== 200) return socket.end(`HTTP/1.1 ${answer} No\r\n\r\n`);
      const [host = "", port] = (message.url ?? "").split(":");
      const up = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        up.pipe(socket).pipe(up);
      });
      up.on("error", () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
  }

  test("plain requests go through it, with its own credentials", async () => {
    const { host, seen } = await proxy();
    const server = await httpServer((_, response) => answerJson(response, { n: 1 }));
    const http = { url: `${server.url}/x`, proxy: `http://ada:pw@${host}` };
    expect(await outputsOf({ http, outputs: { n: "integer" } })).toEqual({ n: 1 });
    expect(seen).toEqual([`GET ${server.url}/x Basic ${Buffer.from("ada:pw").toString("base64")}`]);
    expect(server.requests[0]?.headers["proxy-authorization"]).toBeUndefined();
  });

  test("encrypted ones go through a tunnel, with our TLS options", async () => {
    const { host, seen } = await proxy();
    const certificate = selfSigned("IP:127.0.0.1");
    const server = await httpServer((_, response) => response.end(), certificate);
    await outputsOf({ http: { url: server.url, proxy: host, tls: { ca: certificate.cert } } });
    expect(seen).toEqual([`CONNECT 127.0.0.1:${server.port} -`]);
  });

  test("a connection names it, before the environment and behind the task", async () => {
    const [theirs, other] = [await proxy(), await proxy()];
    const authority = signing();
    const server = await httpServer((_, response) => response.end(), authority.sign("IP:127.0.0.1"));
    const given = {
      connections: {
        models: {
          type: "http",
          base_url: server.url,
          proxy: `http://ada:\${{ secrets.PASSWORD }}@${theirs.host}`,
          tls: { ca: authority.cert },
        },
      },
      secrets: { PASSWORD: "a%2Fb" },
    };
    const http = { connection: "models", url: "/" };
    await outputsOf({ http, env: { HTTPS_PROXY: other.host } }, given);
    const user = Buffer.from("ada:a/b").toString("base64");
    expect([theirs.seen, other.seen]).toEqual([[`CONNECT 127.0.0.1:${server.port} Basic ${user}`], []]);
    await outputsOf({ http: { ...http, proxy: other.host } }, given);
    await outputsOf({ http: { ...http, proxy: false } }, given);
    expect([theirs.seen.length, other.seen.length, server.requests.length]).toEqual([1, 1, 3]);
  });

  test("the environment names it, and exempts hosts from it", async () => {
    const { host, seen } = await proxy();
    const server = await httpServer((_, response) => response.end());
    const env = { HTTP_PROXY: `http://${host}` };
    await outputsOf({ http: server.url, env });
    expect(seen).toHaveLength(1);
    for (const NO_PROXY of ["127.0.0.1", "*", "example.com, 127.0.0.0/8", `127.0.0.1:${server.port}`]) {
      await outputsOf({ http: server.url, env: { ...env, NO_PROXY } });
    }
    await outputsOf({ http: { url: server.url, proxy: false }, env });
    expect(seen).toHaveLength(1);
    await outputsOf({ http: server.url, env: { ...env, NO_PROXY: "127.0.0.1:1,10.0.0.0/8,0.0.1" } });
    expect(seen).toHaveLength(2);
  });

  test("one that refuses is said to have done so, without its password", async () => {
    const { host } = await proxy(407);
    const failure = await failing({ http: { url: "https://127.0.0.1:1", proxy: `http://ada:hidden@${host}` } });
    expect(failure.reason).toBe("connection_failed");
    expect(failure.message).toContain("the proxy answered with status 407");
    expect(failure.message).not.toContain("hidden");
  });
});

test("a secret in the URL shows neither in the log nor in the failure, however it is written there", async () => {
  const server = await httpServer(({ path }, response) => response.writeHead(500).end(`no such path: ${path}`));
  const task = { http: { url: `${server.url}/hooks/\${{ secrets.TOKEN }}`, query: { q: `\${{ secrets.TOKEN }}` } } };
  const { outcome, log } = await run(task, { secrets: { TOKEN: "s3cret / with signs" } });
  expect(server.requests[0]?.path).toContain("s3cret");
  for (const text of [log, JSON.stringify(outcome)]) {
    expect(text).not.toContain("s3cret");
    expect(text).toContain("***");
  }
});
