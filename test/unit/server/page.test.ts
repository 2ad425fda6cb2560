import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { serveFake } from "../../support/served.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const INDEX = "<!doctype html><title>Engine</title>";
const SCRIPT = 'console.log("hello");';
const HTML = { accept: "text/html,application/xhtml+xml" };

async function served(auth: "none" | "token" = "none") {
  const folder = temporaryFolder();
  const page = join(folder, "web");
  mkdirSync(join(page, "assets"), { recursive: true });
  writeFileSync(join(page, "index.html"), INDEX);
  writeFileSync(join(page, "assets/main-abc.js"), SCRIPT);
  writeFileSync(join(page, "notes.txt"), "not of the page");
  writeFileSync(join(folder, "secret.js"), "secret");
  return await serveFake({ auth, page });
}

describe("the page", () => {
  test.each(["/", "/runs/r-1", "/pipelines/load/grid?run=x", "/nonsense"])(
    "is there at %s, without auth",
    async (url) => {
      const { app } = await served("token");
      const response = await app.inject({ url, headers: HTML });
      expect([response.statusCode, response.body]).toEqual([200, INDEX]);
      expect(response.headers["content-type"]).toBe("text/html; charset=utf-8");
      expect(response.headers["cache-control"]).toBe("no-cache");
      expect((await app.inject({ url: "/api/v1/pipelines", headers: HTML })).statusCode).toBe(401);
    },
  );

  test("may run its own scripts alone, be framed by nobody, and make markup of no text", async () => {
    const { app } = await served();
    const policy = String((await app.inject({ url: "/", headers: HTML })).headers["content-security-policy"]).split(
      ";",
    );
    expect(policy).toEqual(
      expect.arrayContaining([
        ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"],
        ...["frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"],
      ]),
    );
    expect(policy.join()).not.toMatch(/unsafe|\*|http/);
  });

  test("has assets that never change, compressed when asked for so", async () => {
    const { app } = await served();
    const plain = await app.inject("/assets/main-abc.js");
    expect([plain.body, plain.headers["content-type"]]).toEqual([SCRIPT, "text/javascript; charset=utf-8"]);
    expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    const small = await app.inject({ url: "/assets/main-abc.js", headers: { "accept-encoding": "br, gzip" } });
    expect(small.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(small.rawPayload).toString()).toBe(SCRIPT);
    const again = { "if-none-match": String(plain.headers.etag) };
    expect((await app.inject({ url: "/assets/main-abc.js", headers: again })).statusCode).toBe(304);
  });

  test.each([
    ...["/assets/../../secret.js", "/assets/%2e%2e/%2e%2e/secret.js", "/..%2fsecret.js", "/../secret.js"],
    ...["/assets/gone.js", "/notes.txt", "/api/v1/nothing", "/api"],
  ])("is not what %s gives, for a program or a browser", async (url) => {
    const { app } = await served();
    const asked = await app.inject({ url, headers: { accept: "*/*" } });
    expect([asked.statusCode, asked.json().code]).toEqual([404, "NOT_FOUND"]);
    const { body } = await app.inject({ url, headers: HTML });
    expect(body).not.toBe("secret");
  });

  test("is what no asset and no address of the API answers with", async () => {
    const { app } = await served();
    for (const url of ["/assets/gone.js", "/api/v1/nothing"]) {
      expect((await app.inject({ url, headers: HTML })).statusCode).toBe(404);
    }
    expect((await app.inject({ method: "POST", url: "/runs", headers: HTML })).statusCode).toBe(404);
  });
});

describe("a session", () => {
  const url = "/api/v1/session";

  test("is a cookie that scripts can't read, for a token that is known", async () => {
    const { app, token } = await served("token");
    const given = token("viewer");
    const response = await app.inject({ method: "POST", url, payload: { token: given } });
    expect([response.statusCode, response.json()]).toEqual([200, { by: "a viewer", role: "viewer" }]);
    const cookie = String(response.headers["set-cookie"]);
    expect(cookie).toBe(`engine_session=${given}; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict`);
    const [pair = ""] = cookie.split(";");
    expect((await app.inject({ url: "/api/v1/pools", headers: { cookie: pair } })).statusCode).toBe(200);
  });

  test("is sent over HTTPS alone when the page came over it", async () => {
    const { app, token } = await served("token");
    const headers = { origin: "https://engine.example.org", host: "engine.example.org" };
    const response = await app.inject({ method: "POST", url, headers, payload: { token: token("viewer") } });
    expect(response.headers["set-cookie"]).toMatch(/; Secure$/);
  });

  test("is refused for a wrong token, for what is no token, and to another site's page", async () => {
    const { app, token } = await served("token");
    const post = async (payload: object, headers = {}) =>
      (await app.inject({ method: "POST", url, payload, headers })).json().code;
    expect(await post({ token: "engine_wrong" })).toBe("UNAUTHENTICATED");
    expect(await post({ token: "a; Path=/" })).toBe("REQUEST_INVALID");
    expect(await post({ token: token("admin") }, { "sec-fetch-site": "cross-site" })).toBe("WRONG_ORIGIN");
  });

  test("ends when the reader logs out", async () => {
    const { app } = await served("token");
    const response = await app.inject({ method: "DELETE", url });
    expect(response.statusCode).toBe(204);
    expect(response.headers["set-cookie"]).toMatch(/^engine_session=; Max-Age=0; /);
  });
});

test("a browser is not told of basic auth by what the page asks, for it would put its own form before the page's", async () => {
  const { app } = await served("token");
  const challenge = async (headers: object) =>
    (await app.inject({ url: "/api/v1/pools", headers: { ...headers } })).headers["www-authenticate"];
  expect(await challenge({ "sec-fetch-mode": "cors" })).toBe('Bearer realm="engine"');
  expect(await challenge({ "sec-fetch-mode": "navigate" })).toContain("Basic");
  expect(await challenge({})).toContain("Basic");
});
