import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { tokensFile, writeTokens } from "../../../src/server/tokens.ts";
import { NEW_YEAR } from "../../support/run-writer.ts";
import { serveFake } from "../../support/served.ts";

const ask = (served: Awaited<ReturnType<typeof serveFake>>, headers: Record<string, string>) =>
  served.app.inject({ url: "/api/v1/system", headers });

describe("a token", () => {
  test("is taken as a bearer, as the password of basic auth, and from the page's cookie", async () => {
    const served = await serveFake({ auth: "token" });
    const token = served.token("viewer", { name: "ann" });
    const basic = Buffer.from(`whoever:${token}`).toString("base64");
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { authorization: `Basic ${basic}` },
      { cookie: `other=1; engine_session=${token}` },
    ]) {
      const answer = await ask(served, headers as Record<string, string>);
      expect(answer.json().you).toEqual({ by: "ann", role: "viewer" });
    }
  });

  test("is kept as a hash, in a file of its owner alone", async () => {
    const served = await serveFake({ auth: "token" });
    const token = served.token("admin");
    const file = tokensFile(served.data);
    expect(readFileSync(file, "utf8")).not.toContain(token.slice(10));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("ends when it runs out, and when it is taken back", async () => {
    const served = await serveFake({ auth: "token" });
    const brief = served.token("viewer", { expires_at: NEW_YEAR + 1000 });
    const lasting = served.token("viewer");
    const status = async (token: string) => (await ask(served, { authorization: `Bearer ${token}` })).statusCode;
    expect([await status(brief), await status(lasting)]).toEqual([200, 200]);
    served.clock.advance(1000);
    expect([await status(brief), await status(lasting)]).toEqual([401, 200]);
    writeTokens(served.data, []);
    expect(await status(lasting)).toBe(401);
  });

  test("guessed ten times, it makes who guesses wait, also with the right one, and nobody else", async () => {
    const served = await serveFake({ auth: "token" });
    const token = served.token("viewer");
    const from = (remoteAddress: string, value: string) =>
      served.app.inject({ url: "/api/v1/system", headers: { authorization: `Bearer ${value}` }, remoteAddress });
    for (let i = 0; i < 10; i++) expect((await from("10.0.0.1", "engine_guess")).statusCode).toBe(401);
    const refused = await from("10.0.0.1", token);
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([429, "60"]);
    expect((await from("10.0.0.2", token)).statusCode).toBe(200);
    served.clock.advance(60_000);
    expect((await from("10.0.0.1", token)).statusCode).toBe(200);
  });

  test("of a damaged file is an error of the engine's own, which says so in its log and to nobody else", async () => {
    const served = await serveFake({ auth: "token" });
    writeFileSync(tokensFile(served.data), "{}");
    const answer = await ask(served, { authorization: "Bearer x" });
    expect([answer.statusCode, answer.body.includes("damaged")]).toEqual([500, false]);
    expect(served.troubles[0]).toContain("tokens.json is damaged");
  });
});

describe("without auth", () => {
  test.each(["localhost:8420", "127.0.0.1:8420", "127.3.2.1", "[::1]:8420"])(
    "%s is the machine itself",
    async (host) => {
      const served = await serveFake();
      const answer = await ask(served, { host });
      expect(answer.json().you).toEqual({ by: "local", role: "admin" });
    },
  );

  test.each(["engine.example.org", "localhost.example.org", "127.0.0.1.example.org"])(
    "a page that calls the machine %s is refused",
    async (host) => {
      const answer = await ask(await serveFake(), { host });
      expect([answer.statusCode, answer.json().code]).toEqual([403, "WRONG_ORIGIN"]);
    },
  );
});

describe("a change asked for by a page", () => {
  const cancel = async (headers: Record<string, string>) => {
    const served = await serveFake({ sources: { "a.yaml": "tasks: {say: {bash: x}}" } });
    const url = "/api/v1/pipelines/a/trigger";
    return served.app.inject({ method: "POST", url, headers: { host: "localhost:8420", ...headers }, payload: {} });
  };

  test.each([
    [{ origin: "https://evil.example" }],
    [{ origin: "http://localhost:9999" }],
    [{ origin: "null" }],
    [{ "sec-fetch-site": "cross-site" }],
    [{ "sec-fetch-site": "same-site" }],
  ])("of another site is refused: %j", async (headers) => {
    const answer = await cancel(headers as Record<string, string>);
    expect([answer.statusCode, answer.json().code]).toEqual([403, "WRONG_ORIGIN"]);
  });

  test("of its own is carried out, and so is a program's", async () => {
    expect((await cancel({ origin: "http://localhost:8420", "sec-fetch-site": "same-origin" })).statusCode).toBe(201);
    expect((await cancel({})).statusCode).toBe(201);
  });
});
