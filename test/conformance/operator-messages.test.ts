import type { ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import type { JsonObject } from "../../src/lib/index.ts";
import { answerJson, httpServer } from "../support/http-server.ts";
import { until } from "../support/local-world.ts";
import { mailServer, refusal } from "../support/mail-server.ts";
import { type OperatorHarness, operatorConformance } from "./operator.ts";

operatorConformance("webhook", webhookHarness);
operatorConformance("slack", slackHarness);
operatorConformance("email", emailHarness);

const TOKEN = `\${{ secrets.TOKEN }}`;
const answer = (value: string): JsonObject => ({ answer: { type: "integer", value } });

/** A service that answers by path, and keeps those waiting that ask for `/wait`. */
async function service() {
  const waiting: ServerResponse[] = [];
  let looked = 0;
  const server = await httpServer(({ path, headers, body }, response) => {
    if (path.includes("refuse")) answerJson(response, { told: headers["x-token"] ?? body }, 403);
    else if (path.includes("wait")) waiting.push(response);
    else if (path.includes("echo")) answerJson(response, { ok: true, answer: headers["x-token"] });
    else answerJson(response, { ok: true, answer: path.includes("word") ? "many" : 42 });
  });
  return {
    url: server.url,
    waiting,
    async running() {
      await until("the server has one more request", () => waiting.length > looked);
      looked = waiting.length;
    },
    go: () => answerJson(waiting.at(-1) as ServerResponse, { ok: true, answer: 42 }),
  };
}

async function webhookHarness(): Promise<OperatorHarness> {
  const { url, running, go, waiting } = await service();
  const outputs = { answer: "integer" };
  return {
    tasks: {
      succeeds: { webhook: `${url}/answer`, outputs },
      fails: { webhook: `${url}/refuse` },
      hangs: { webhook: `${url}/wait` },
      waits_for_go: { webhook: { url: `${url}/wait`, json: { text: "go?" } }, outputs },
      leaks: { webhook: { url: `${url}/refuse`, headers: { "X-Token": TOKEN } } },
      hands_on_secret: {
        webhook: { url: `${url}/echo`, headers: { "X-Token": TOKEN } },
        outputs: { answer: "string" },
      },
      gives_wrong_output: { webhook: `${url}/word`, outputs },
    },
    failure: { reason: "refused", status: 403, final: true },
    running,
    go,
    crash: "repeats",
    starts: () => waiting.length,
    bad: [
      { task: "webhook: ''", at: "''" },
      { task: "webhook: { url: 'https://example.com', method: GET }", at: "GET" },
      { task: "webhook: { json: {} }", at: "webhook" },
      { task: "webhook: { url: 'https://example.com', body: x }", at: "body" },
      { task: "webhook: { url: 'https://example.com', json: { t: '${{ secrets.TOKEN }}' } }", at: "secrets.TOKEN" },
    ],
  };
}

async function slackHarness(): Promise<OperatorHarness> {
  const { url, running, go, waiting } = await service();
  const outputs = answer(`\${{ response.json.answer }}`);
  const slack = (connection: string): JsonObject => ({ slack: { connection, text: "hi" } });
  return {
    tasks: {
      succeeds: { ...slack("fine"), outputs },
      fails: slack("refuse"),
      hangs: slack("wait"),
      waits_for_go: { ...slack("wait"), outputs },
      leaks: slack("leak"),
      hands_on_secret: { never: "a secret may stand in its connection alone, and Slack doesn't send it back" },
      gives_wrong_output: { ...slack("word"), outputs },
    },
    connections: {
      fine: { type: "slack", webhook_url: `${url}/answer` },
      refuse: { type: "slack", webhook_url: `${url}/refuse` },
      wait: { type: "slack", webhook_url: `${url}/wait` },
      word: { type: "slack", webhook_url: `${url}/word` },
      leak: { type: "slack", webhook_url: `${url}/refuse/${TOKEN}` },
    },
    failure: { reason: "refused", status: 403, final: true },
    running,
    go,
    crash: "repeats",
    starts: () => waiting.length,
    bad: [
      { task: "slack: ''", at: "''" },
      { task: "slack: { txt: hi }", at: "txt" },
      { task: "slack: '${{ secrets.TOKEN }}'", at: "secrets.TOKEN" },
    ],
  };
}

async function emailHarness(): Promise<OperatorHarness> {
  const waiting: (() => void)[] = [];
  let looked = 0;
  const { port } = await mailServer({
    onRcptTo({ address }, _, callback) {
      if (address.startsWith("refuse")) callback(refusal(550, `no such user, ${address}`));
      else if (address.startsWith("wait")) waiting.push(callback);
      else callback();
    },
  });
  onTestFinished(() => {
    for (const go of waiting) go();
  });
  const email = (to: string, more: JsonObject = {}): JsonObject => ({
    email: { to: `${to}@example.com`, text: "hi", ...more },
  });
  const outputs = { rejected: "array" };
  return {
    handed_on: { rejected: [] },
    tasks: {
      succeeds: { ...email("ann"), outputs },
      fails: email("refuse"),
      hangs: email("wait"),
      waits_for_go: { ...email("wait"), outputs },
      leaks: { never: "no secret is part of a mail" },
      hands_on_secret: { never: "no secret is part of a mail" },
      gives_wrong_output: { ...email("ann"), outputs: { answer: "integer" } },
    },
    connections: { email: { type: "smtp", host: "127.0.0.1", port, tls: "none", from: "engine@example.com" } },
    failure: { reason: "refused", final: true },
    async running() {
      await until("the server has one more mail", () => waiting.length > looked);
      looked = waiting.length;
    },
    go: () => waiting.at(-1)?.(),
    crash: "repeats",
    starts: () => waiting.length,
    bad: [
      { task: "email: {}", at: "email" },
      { task: "email: { to: [] }", at: "to" },
      { task: "email: { too: ann@example.com, to: bob@example.com }", at: "too" },
      { task: "email: { to: ann@example.com, text: '${{ secrets.TOKEN }}' }", at: "secrets.TOKEN" },
    ],
  };
}
