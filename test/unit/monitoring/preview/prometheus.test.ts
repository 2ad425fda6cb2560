import { describe, expect, test } from "vitest";
import { prometheusSource } from "../../../../src/monitoring/index.ts";
import { type Answering, httpServer } from "../../../support/http-server.ts";

const QUESTION = { expr: "up > 0", unit: "short", start: 60, end: 120, step: 30 };
const answering =
  (data: unknown): Answering =>
  (_, response) =>
    response.end(JSON.stringify({ status: "success", data }));
const matrix = (...result: readonly unknown[]) => answering({ resultType: "matrix", result });

describe("Prometheus", () => {
  test("is asked over a range, or at a moment", async () => {
    const server = await httpServer(matrix());
    const source = prometheusSource(new URL(server.url));
    await source.series(QUESTION);
    await source.series({ ...QUESTION, start: 120 });
    expect(server.requests.map(({ method, path }) => [method, path])).toEqual([
      ["GET", "/api/v1/query_range?query=up+%3E+0&start=60&end=120&step=30"],
      ["GET", "/api/v1/query?query=up+%3E+0&time=120"],
    ]);
  });

  test("gives series, with nothing where a value is no number", async () => {
    const metric = { pipeline: "a" };
    const values = [
      [60, "1.5"],
      [90, "NaN"],
      [120, "+Inf"],
    ];
    const server = await httpServer(matrix({ metric, values }));
    expect(await prometheusSource(new URL(server.url)).series(QUESTION)).toEqual([
      {
        labels: metric,
        points: [
          [60, 1.5],
          [90, null],
          [120, null],
        ],
      },
    ]);
    const vector = await httpServer(answering({ resultType: "vector", result: [{ metric, value: [60, "2"] }] }));
    expect(await prometheusSource(new URL(vector.url)).series(QUESTION)).toEqual([
      { labels: metric, points: [[60, 2]] },
    ]);
    const scalar = await httpServer(answering({ resultType: "scalar", result: [60, "3"] }));
    expect(await prometheusSource(new URL(scalar.url)).series(QUESTION)).toEqual([{ labels: {}, points: [[60, 3]] }]);
  });

  test("gives the values of a label in order, of all series or of some", async () => {
    const server = await httpServer(answering(["b", "a"]));
    const source = prometheusSource(new URL(server.url));
    expect(await source.labelValues({ label: "job", match: "up{}", start: 1, end: 2 })).toEqual(["a", "b"]);
    await source.labelValues({ label: "a/b", start: 1, end: 2 });
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/api/v1/label/job/values?start=1&end=2&match%5B%5D=up%7B%7D",
      "/api/v1/label/a%2Fb/values?start=1&end=2",
    ]);
  });

  test("may have a path, and a name and a password that are sent and not shown", async () => {
    const server = await httpServer(matrix());
    const source = prometheusSource(new URL(`http://ann:s%40cret@127.0.0.1:${server.port}/prom?x=1`));
    await source.series(QUESTION);
    expect(source.about).toEqual({ kind: "prometheus", url: `${server.url}/prom` });
    const [request] = server.requests;
    expect(request?.path).toMatch(/^\/prom\/api\/v1\/query_range\?query=/);
    expect(request?.headers.authorization).toBe(`Basic ${Buffer.from("ann:s@cret").toString("base64")}`);
  });

  test("says why there is no answer", async () => {
    const why = async (url: string, answerMaxMs?: number): Promise<string> =>
      await prometheusSource(new URL(url), answerMaxMs)
        .series(QUESTION)
        .then(
          () => "none",
          (error: Error) => `${error.name}: ${error.message}`,
        );
    const refusing = await httpServer((_, response) => {
      response.statusCode = 400;
      response.end(JSON.stringify({ status: "error", errorType: "bad_data", error: "parse error at char 3" }));
    });
    expect(await why(refusing.url)).toBe("SourceError: Prometheus: parse error at char 3");
    const page = await httpServer((_, response) => response.end("<html>"));
    expect(await why(page.url)).toContain("not as Prometheus does: is that its address?");
    const text = await httpServer(answering({ resultType: "string", result: [1, "x"] }));
    expect(await why(text.url)).toContain("gives a text");
    const silent = await httpServer(() => {});
    expect(await why(silent.url, 1)).toBe(`SourceError: ${silent.url} did not answer within 0.001 s`);
    expect(await why("http://127.0.0.1:9")).toContain("http://127.0.0.1:9 can't be reached: ");
  });
});
