import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/lib/index.ts";
import { answerJson, httpServer } from "../support/http-server.ts";
import { failureOf, localWorld } from "../support/local-world.ts";
import type { TaskWorld } from "../support/task-work.ts";
import { failing, outputsOf, run } from "./support/http-task.ts";

/*
 * What the http operator sends to real servers, and what it makes of their answers.
 */

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

test("a body that is to go where a folder is fails, with the place", async () => {
  const server = await httpServer((_, response) => response.end("x"));
  const { data: cwd } = localWorld();
  mkdirSync(join(cwd, "out"));
  const failure = await failing({ http: { url: server.url, save_to: "out" } }, { cwd });
  expect(failure).toMatchObject({ reason: "operator_failed", message: expect.stringContaining(join(cwd, "out")) });
  expect(readdirSync(cwd).filter((name) => name.endsWith(".part"))).toEqual([]);
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

  test.each([
    ["3", 3_000],
    ["0", undefined],
    ["86400", 3_600_000],
    ["soon", undefined],
    ["Mon, 01 Jan 2001 00:00:00 GMT", undefined],
  ])("a Retry-After of %s is handed on", async (after, wait_ms) => {
    const server = await httpServer((_, response) => response.writeHead(503, { "retry-after": after }).end());
    const failure = await failing({ http: server.url });
    expect(failure.retry_after_ms).toBe(wait_ms);
    expect(failure.message).toContain(`Retry-After ${after}`);
  });

  test("a Retry-After may be a date", async () => {
    const server = await httpServer((_, response) => {
      response.writeHead(429, { "retry-after": new Date(Date.now() + 600_000).toUTCString() }).end();
    });
    const { retry_after_ms = 0 } = await failing({ http: server.url });
    expect(retry_after_ms).toBeGreaterThan(500_000);
    expect(retry_after_ms).toBeLessThanOrEqual(600_000);
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

test("an output that the body doesn't have is named", async () => {
  const server = await httpServer((_, response) => answerJson(response, { other: 1 }));
  const { outcome, cwd } = await run({ http: server.url, outputs: { id: "string" } });
  expect(failureOf(outcome)).toMatchObject({ reason: "output_invalid", message: "output id (a string) is missing" });
  expect(existsSync(join(cwd, "data"))).toBe(false);
});
