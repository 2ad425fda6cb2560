import { answerJson, httpServer } from "../support/http-server.ts";
import { until } from "../support/local-world.ts";
import { operatorConformance } from "./operator.ts";

operatorConformance("sensor", async () => {
  let looks = 0;
  let seen = 0;
  let ready = false;
  const server = await httpServer(({ path, headers }, response) => {
    looks++;
    if (path === "/echo") answerJson(response, { answer: headers["x-token"] });
    else if (path === "/word") answerJson(response, { answer: "many" });
    else if (path === "/answer" || (path === "/wait" && ready)) answerJson(response, { answer: 42 });
    else answerJson(response, {}, 503);
  });
  const sensor = (path: string, more = {}) => ({
    sensor: { http: { url: server.url + path, ...more }, interval: "20ms" },
  });
  const token = `\${{ secrets.TOKEN }}`;
  return {
    tasks: {
      succeeds: { ...sensor("/answer"), outputs: { answer: "integer" } },
      fails: { sensor: { http: "ftp://example.com" } },
      hangs: sensor("/never"),
      waits_for_go: { ...sensor("/wait"), outputs: { answer: "integer" } },
      leaks: sensor("/answer", { tls: { ca: token } }),
      hands_on_secret: { ...sensor("/echo", { headers: { "X-Token": token } }), outputs: { answer: "string" } },
      gives_wrong_output: { ...sensor("/word"), outputs: { answer: "integer" } },
    },
    failure: { reason: "operator_failed", final: true },
    async running() {
      await until("it looks once more", () => looks > seen);
      seen = looks;
    },
    go: () => {
      ready = true;
    },
    // It looks again, and what it looks at isn't changed by that.
    crash: "adopts",
    bad: [
      { task: "sensor: { interval: 1m }", at: "sensor" },
      { task: "sensor: { file: a, tcp: 'b:1' }", at: "tcp" },
      { task: "sensor: { file: a, interval: 30 }", at: "30" },
      { task: "sensor: { file: { path: a, min_size: 10 megabytes } }", at: "10 megabytes" },
      { task: "sensor: { file: { path: a, min_age: 1 day } }", at: "1 day" },
      { task: "sensor: { time: { of_day: '25:00' } }", at: "'25:00'" },
      { task: "sensor: { time: { until: 2026-13-01T00:00:00Z } }", at: "2026-13-01T00:00:00Z" },
      { task: "sensor: { tcp: example.com }", at: "example.com" },
      { task: "sensor: { http: { url: a, save_to: b } }", at: "save_to" },
      { task: "sensor: { http: { url: a, expect: { body: '${{ row.n }}' } } }", at: "row" },
      { task: 'sensor: { sql: { connection: db, query: "SELECT ${{ ds }}" } }', at: "${{ ds }}" },
      { task: "sensor: { file: a }\noutputs: { n: { type: integer, value: row.n } }", at: "row.n" },
    ],
  };
});
