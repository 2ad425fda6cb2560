import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createProxy, request as forward } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import type { AttemptOutcome, TaskKey } from "../../src/core/index.ts";
import type { JsonObject } from "../../src/lib/index.ts";
import { selfSigned } from "../support/certificates.ts";
import { answerJson, httpServer } from "../support/http-server.ts";
import { failureOf, localWorld } from "../support/local-world.ts";
import { type TaskWorld, taskWork } from "../support/task-work.ts";

/*
 * The http operator against real servers, proxies and certificates, through the real executor.
 */

interface Ran {
  readonly outcome: AttemptOutcome;
  readonly log: string;
  readonly cwd: string;
}

async function run(
  task: JsonObject,
  given: Partial<TaskWorld> & { attempt?: number; key?: string } = {},
): Promise<Ran> {
  const world = localWorld();
  const { attempt = 1, key = "task" } = given;
  const work = { ...taskWork(task, { cwd: world.data, ...given }), attempt, key: key as TaskKey };
  world.executor.start(work);
  const outcome = await world.outcome(work);
  return { outcome, log: world.log(work).join("\n"), cwd: world.data };
}

async function outputsOf(task: JsonObject, given: Partial<TaskWorld> = {}): Promise<JsonObject> {
  const { outcome } = await run(task, given);
  if (outcome.state !== "success") throw new Error(JSON.stringify(outcome));
  return outcome.outputs;
}

async function failing(task: JsonObject, given: Partial<TaskWorld> = {}) {
  return failureOf((await run(task, given)).outcome);
}

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

describe("what is sent", () => {
  async function sent(http: JsonObject, given: Partial<TaskWorld> = {}) {
    const server = await httpServer((_, response) => response.end());
    await outputsOf({ http: { url: `${server.url}/p`, ...http } }, given);
    return server.requests[0];
  }

  test("the short form is a method and a URL, or a URL alone", async () => {
    const server = await httpServer((_, response) => response.end());
    await outputsOf({ http: `DELETE ${server.url}/a?b=1` });
    await outputsOf({ http: `${server.url}/c` });
    expect(server.requests).toMatchObject([
      { method: "DELETE", path: "/a?b=1" },
      { method: "GET", path: "/c" },
    ]);
  });

  test("query and form are encoded; a list repeats the name, null leaves it out", async () => {
    const values = { q: "a b&c", n: 3, list: ["x", "y"], none: null };
    expect(await sent({ query: values })).toMatchObject({ path: "/p?q=a+b%26c&n=3&list=x&list=y" });
    expect(await sent({ method: "POST", form: values })).toMatchObject({
      body: "q=a+b%26c&n=3&list=x&list=y",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
  });

  test("a JSON value, a text and a file, each with its type unless a header says another", async () => {
    expect(await sent({ method: "POST", json: { a: [1, null] } })).toMatchObject({
      body: '{"a":[1,null]}',
      headers: { "content-type": "application/json" },
    });
    expect(await sent({ method: "PUT", body: "<a/>", headers: { "Content-Type": "text/xml" } })).toMatchObject({
      body: "<a/>",
      headers: { "content-type": "text/xml" },
    });
    const cwd = localWorld().data;
    writeFileSync(join(cwd, "model.bin"), "x".repeat(100_000));
    expect(await sent({ method: "PUT", file: "model.bin" }, { cwd })).toMatchObject({
      body: "x".repeat(100_000),
      headers: { "content-length": "100000", "content-type": "application/octet-stream" },
    });
  });

  test("a file that isn't there is a final failure that names it", async () => {
    expect(await failing({ http: { method: "PUT", url: "http://127.0.0.1:1", file: "no.bin" } })).toMatchObject({
      reason: "not_found",
      final: true,
      message: expect.stringContaining("/no.bin"),
    });
  });

  test("credentials: basic, bearer, and those that stand in the URL, which are shown nowhere", async () => {
    const basic = `Basic ${Buffer.from("ada:p:w").toString("base64")}`;
    const of = async (http: JsonObject) => (await sent(http))?.headers.authorization;
    expect(await of({ auth: { basic: { username: "ada", password: "p:w" } } })).toBe(basic);
    expect(await of({ auth: { bearer: "t0ken" } })).toBe("Bearer t0ken");
    const server = await httpServer((_, response) => response.writeHead(500).end());
    const { outcome, log } = await run({ http: `GET http://ada:p%3Aw@127.0.0.1:${server.port}/?api_key=abcd&n=1` });
    expect(server.requests[0]?.headers.authorization).toBe(basic);
    for (const text of [log, failureOf(outcome).message]) {
      expect(text).not.toMatch(/ada|p%3Aw|abcd/);
      expect(text).toContain("api_key=***&n=1");
    }
  });

  test("a connection brings address, headers and credentials, and those go nowhere else", async () => {
    const server = await httpServer((_, response) => response.end());
    const models = {
      type: "http",
      base_url: `${server.url}/v1`,
      headers: { "X-Team": "ml", "X-Own": "shared" },
      auth: { bearer: `\${{ secrets.TOKEN }}` },
    };
    const given = { connections: { models }, secrets: { TOKEN: "t0ken-of-models" } };
    await outputsOf({ http: { connection: "models", url: "/deploy", headers: { "x-own": "task" } } }, given);
    expect(server.requests).toMatchObject([
      { path: "/v1/deploy", headers: { authorization: "Bearer t0ken-of-models", "x-team": "ml", "x-own": "task" } },
    ]);
    const elsewhere = await failing({ http: { connection: "models", url: "http://127.0.0.1:1/x" } }, given);
    expect(elsewhere).toMatchObject({ reason: "operator_failed", final: true });
    expect(elsewhere.message).toContain("give the path alone");
  });

  test("an idempotency key is the same for all attempts of a task, and another for another task", async () => {
    const server = await httpServer((_, response) => response.end());
    const task = { http: { method: "POST", url: server.url, idempotency_key: "X-Request-Key" } };
    for (const which of [{}, { attempt: 2 }, { key: "other" }]) await run(task, which);
    const [first, second, other] = server.requests.map(({ headers }) => headers["x-request-key"]);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  test.each([
    ["a URL that is none", { url: "not a url" }, "not a URL"],
    ["another protocol", { url: "ftp://example.com/x" }, "ftp:"],
    ["a line break in a header", { url: "http://127.0.0.1:1", headers: { A: "b\r\nC: d" } }, "line break"],
  ])("%s is refused for good", async (_, http, text) => {
    const failure = await failing({ http });
    expect(failure).toMatchObject({ reason: "operator_failed", final: true });
    expect(failure.message).toContain(text);
  });
});

describe("what comes back", () => {
  test("outputs are keys of the body, or expressions over the response", async () => {
    const server = await httpServer(({ path }, response) => {
      response.setHeader("X-Count", "7");
      answerJson(response, { id: "m1", parts: [1, 2, 3], path }, 201);
    });
    const outputs = await outputsOf({
      http: { url: `${server.url}/x` },
      outputs: {
        id: "string",
        parts: { type: "integer", value: `\${{ size(response.json.parts) }}` },
        status: { type: "integer", value: `\${{ response.status }}` },
        count: { type: "string", value: `\${{ response.headers["x-count"] }}` },
        url: { type: "string", value: `\${{ response.url }}` },
        size: { type: "integer", value: `\${{ response.size }}` },
        quick: { type: "boolean", value: `\${{ response.elapsed_ms < 60000 }}` },
      },
    });
    expect(outputs).toEqual({
      id: "m1",
      parts: 3,
      status: 201,
      count: "7",
      url: `${server.url}/x`,
      size: JSON.stringify({ id: "m1", parts: [1, 2, 3], path: "/x" }).length,
      quick: true,
    });
  });

  test.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ])("a body packed with %s is unpacked, and read in its character set", async (encoding, pack) => {
    const server = await httpServer((_, response) => {
      response.writeHead(200, { "content-encoding": encoding, "content-type": "text/plain; charset=latin1" });
      response.end(pack(Buffer.from("gr\xfc\xdfe", "latin1")));
    });
    const outputs = { text: { type: "string", value: `\${{ response.text }}` } };
    expect(await outputsOf({ http: server.url, outputs })).toEqual({ text: "grüße" });
  });

  test("a small body that unpacks to a huge one is stopped at the bound", async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    const server = await httpServer((_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb));
    expect(await failing({ http: server.url })).toMatchObject({
      reason: "response_invalid",
      final: true,
      message: expect.stringContaining("1048576 bytes"),
    });
  });

  test("the log has a line for the request and one for the response", async () => {
    const server = await httpServer((_, response) => answerJson(response, {}));
    const { log } = await run({ http: { method: "POST", url: `${server.url}/x` } });
    expect(log).toMatch(
      /^engine: POST http:\/\/127.0.0.1:\d+\/x\nengine: status 200, 2 bytes, \d+ ms, application\/json$/,
    );
  });

  test("a body is saved whole, beyond what fits in memory", async () => {
    const server = await httpServer((_, response) => response.end("y".repeat(3_000_000)));
    const { outcome, cwd } = await run({
      http: { url: server.url, save_to: "data/day.csv" },
      outputs: { size: { type: "integer", value: `\${{ response.size }}` } },
    });
    expect(outcome).toEqual({ state: "success", outputs: { size: 3_000_000 } });
    expect(readFileSync(join(cwd, "data/day.csv"), "utf8")).toBe("y".repeat(3_000_000));
    expect(readdirSync(join(cwd, "data"))).toEqual(["day.csv"]);
  });

  test.each([
    ["was cut off", 200, {}],
    ["came with an error", 500, {}],
    ["is not what is expected", 200, { expect: { body: `\${{ response.size == 1 }}` } }],
    ["is too large", 200, { max_bytes: 2 }],
  ])("a body that %s leaves the file that was there alone", async (what, status, more) => {
    const server = await httpServer((_, response) => {
      response.writeHead(status, { "content-length": "6" }).write("new");
      if (what === "was cut off") response.socket?.destroySoon();
      else response.end("new");
    });
    const { data: cwd } = localWorld();
    mkdirSync(join(cwd, "data"));
    writeFileSync(join(cwd, "data/day.csv"), "old");
    const { outcome } = await run({ http: { url: server.url, save_to: "data/day.csv", ...more } }, { cwd });
    expect(outcome.state).toBe("failed");
    expect(readdirSync(join(cwd, "data"))).toEqual(["day.csv"]);
    expect(readFileSync(join(cwd, "data/day.csv"), "utf8")).toBe("old");
  });
});

describe("what is expected", () => {
  async function answering(status: number, expected: JsonObject) {
    const server = await httpServer((_, response) => {
      response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end('{"ready": true, "n": 2}');
    });
    return (await run({ http: { url: server.url, redirects: false, expect: expected } })).outcome;
  }

  test.each([
    [202, {}],
    [404, { status: [200, 404] }],
    [404, { status: "4xx" }],
    [301, { status: ["2xx", 301] }],
    [200, { headers: { "Content-Type": "application/json" } }],
    [200, { body: `\${{ response.json.ready && response.json.n > 1 }}` }],
  ])("%i is fine with %j", async (status, expected) => {
    expect((await answering(status, expected)).state).toBe("success");
  });

  test.each([
    [301, {}, "unexpected", "status 301"],
    [200, { status: 204 }, "unexpected", "status 200"],
    [404, { status: "2xx" }, "refused", '404: {"ready": true'],
    [200, { headers: { "content-type": "text/html" } }, "unexpected", "application/json"],
    [200, { headers: { "x-none": "a" } }, "unexpected", "not there"],
    [200, { body: `\${{ response.json.n > 2 }}` }, "unexpected", "gave false"],
    [200, { body: `\${{ response.json.other > 2 }}` }, "unexpected", "can't be evaluated"],
  ])("%i is not with %j: %s", async (status, expected, reason, text) => {
    const failure = failureOf(await answering(status, expected));
    expect(failure).toMatchObject({ reason, status });
    expect(failure.message).toContain(text);
  });

  test.each([
    [400, true],
    [401, true],
    [404, true],
    [408, undefined],
    [425, undefined],
    [429, undefined],
    [500, undefined],
    [503, undefined],
  ])("status %i: another attempt is no use: %s", async (status, final) => {
    expect(failureOf(await answering(status, {})).final).toBe(final);
  });

  test("a page instead of JSON is an invalid response that shows how it begins", async () => {
    const server = await httpServer((_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>\n  Log in, please");
    });
    for (const outputs of [{ id: "string" }, { id: { type: "string", value: `\${{ response.json.id }}` } }]) {
      const failure = await failing({ http: server.url, outputs });
      expect(failure).toMatchObject({ reason: "response_invalid", status: 200 });
      expect(failure.message).toContain('was to be JSON, and is not (text/html): it begins "<html> Log in, please"');
    }
  });
});

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

test("an output that the body doesn't have is named", async () => {
  const server = await httpServer((_, response) => answerJson(response, { other: 1 }));
  const { outcome, cwd } = await run({ http: server.url, outputs: { id: "string" } });
  expect(failureOf(outcome)).toMatchObject({ reason: "output_invalid", message: "output id (a string) is missing" });
  expect(existsSync(join(cwd, "data"))).toBe(false);
});
