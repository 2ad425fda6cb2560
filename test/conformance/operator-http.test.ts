import type { ServerResponse } from "node:http";
import { answerJson, httpServer } from "../support/http-server.ts";
import { until } from "../support/local-world.ts";
import { type OperatorHarness, operatorConformance } from "./operator.ts";

operatorConformance("http GET", () => httpHarness("GET", "repeats"));
operatorConformance("http POST", () => httpHarness("POST", "lost"));
operatorConformance("http POST with a key", () => httpHarness("POST", "repeats", { idempotency_key: true }));

async function httpHarness(
  method: string,
  crash: OperatorHarness["crash"],
  more: { idempotency_key?: boolean } = {},
): Promise<OperatorHarness> {
  const waiting: ServerResponse[] = [];
  let looked = 0;
  const server = await httpServer(({ path, headers }, response) => {
    if (path === "/answer") answerJson(response, { answer: 42, other: true });
    else if (path === "/word") answerJson(response, { answer: "many" });
    else if (path === "/echo") answerJson(response, { answer: headers["x-token"] });
    else if (path === "/refuse") answerJson(response, { told: headers["x-token"] }, 403);
    else waiting.push(response);
  });
  const http = (path: string, headers = {}) => ({ method, url: server.url + path, headers, ...more });
  const token = { "X-Token": `\${{ secrets.TOKEN }}` };
  return {
    tasks: {
      succeeds: { http: http("/answer"), outputs: { answer: "integer" } },
      fails: { http: http("/refuse") },
      hangs: { http: http("/wait") },
      waits_for_go: { http: http("/wait"), outputs: { answer: "integer" } },
      leaks: { http: http("/refuse", token) },
      hands_on_secret: { http: http("/echo", token), outputs: { answer: "string" } },
      gives_wrong_output: { http: http("/word"), outputs: { answer: "integer" } },
    },
    failure: { reason: "refused", status: 403, final: true },
    async running() {
      await until("the server has one more request", () => waiting.length > looked);
      looked = waiting.length;
    },
    go: () => answerJson(waiting.at(-1) as ServerResponse, { answer: 42 }),
    crash,
    starts: () => waiting.length,
    bad: [
      { task: "http: { method: get, url: 'https://example.com' }", at: "get" },
      { task: "http: { url: 'https://example.com', json: 1, body: x }", at: "body" },
      { task: "http: { url: 'https://example.com', redirect: 2 }", at: "redirect" },
      { task: "http: { url: 'https://example.com', expect: { status: 2xy } }", at: "2xy" },
      { task: "http: { url: 'https://example.com', expect: { body: '${{ respons.json }}' } }", at: "respons" },
      { task: "http: { url: 'https://example.com', query: { n: '${{ response.size }}' } }", at: "response" },
    ],
  };
}
