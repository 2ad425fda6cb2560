import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { answerJson, httpServer } from "../../support/http-server.ts";
import { waiting } from "../../support/sensor-world.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

describe("http", () => {
  test("is waited for until the answer is what is expected, whatever comes before", async () => {
    const answers: [number, object][] = [
      [404, {}],
      [503, {}],
      [200, {}],
      [200, { ready: false }],
      [200, { ready: true, version: 7 }],
    ];
    const server = await httpServer((_, response) => {
      const [status, json] = answers.shift() ?? [500, {}];
      answerJson(response, json, status);
    });
    const { ended, looked, pass, log } = waiting(
      { http: { url: server.url, expect: { body: "${{ response.json.ready }}" } } },
      { outputs: { version: "integer", code: { type: "integer", value: "response.status" } } },
    );
    for (const looks of [1, 2, 3, 4]) {
      await looked(looks);
      pass();
    }
    expect(await ended).toEqual({ state: "success", outputs: { version: 7, code: 200 } });
    expect(log).toHaveLength(4);
    expect(log[0]).toContain("status 404");
  });

  test("is waited for while nobody listens", async () => {
    const { looked, log, stop, ended } = waiting({ http: "http://127.0.0.1:1/health" });
    await looked(1);
    expect(log[0]).toContain("nothing accepts connections");
    stop("cancelled");
    await ended;
  });

  test("that hangs ends when the sensor is stopped", async () => {
    const asked = Promise.withResolvers<void>();
    const server = await httpServer(() => asked.resolve());
    const { stop, ended } = waiting({ http: server.url });
    await asked.promise;
    stop("timeout");
    expect(await ended).toMatchObject({ failure: { reason: "timeout" } });
  });

  test("that can't be asked fails at once", async () => {
    const { ended } = waiting({ http: { url: "https://example.com", tls: { ca: "/nowhere.pem" } } });
    expect(await ended).toMatchObject({ failure: { reason: "not_found", final: true } });
  });
});

describe("sql", () => {
  function database() {
    const file = join(temporaryFolder(), "test.db");
    const db = new DatabaseSync(file);
    db.exec("CREATE TABLE t (n INTEGER)");
    onTestFinished(() => db.close());
    return { db, connections: { db: { type: "sqlite", file } } };
  }

  test.each([
    "SELECT n FROM t",
    "SELECT count(*) FROM t",
    "SELECT max(n) IS NOT NULL FROM t",
    "SELECT max(n) || '' FROM t",
  ])("%s is waited for until it says yes", async (query) => {
    const { db, connections } = database();
    const { ended, looked, pass } = waiting({ sql: { connection: "db", query } }, { connections });
    await looked(1);
    db.exec("INSERT INTO t VALUES (1)");
    pass();
    expect((await ended).state).toBe("success");
  });

  test("is waited for until `expect` holds, and hands its columns on", async () => {
    const { db, connections } = database();
    const { ended, looked, pass, log } = waiting(
      {
        sql: {
          connection: "db",
          query: "SELECT count(*) AS n FROM t WHERE n > :least",
          params: { least: 1 },
          expect: "${{ row.n >= 2 }}",
        },
      },
      { connections, outputs: { n: "integer", twice: { type: "integer", value: "row.n * 2" } } },
    );
    await looked(1);
    expect(log).toEqual(["`expect` gave false; looks again in 1m"]);
    db.exec("INSERT INTO t VALUES (1), (2), (3)");
    pass();
    expect(await ended).toEqual({ state: "success", outputs: { n: 2, twice: 4 } });
  });

  test("that is wrong fails at once", async () => {
    const { connections } = database();
    const { ended } = waiting({ sql: { connection: "db", query: "SELEC 1" } }, { connections });
    expect(await ended).toMatchObject({ failure: { reason: "refused", final: true } });
  });

  test("on a server that isn't there is waited for", async () => {
    const connections = { db: { type: "postgres", host: "127.0.0.1", port: 1 } };
    const { looked, log, stop, ended } = waiting({ sql: { connection: "db", query: "SELECT 1" } }, { connections });
    await looked(1);
    expect(log[0]).toContain("nothing accepts connections");
    stop("cancelled");
    await ended;
  });
});
