import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/lib/index.ts";
import { type Answering, answerJson, httpServer } from "../support/http-server.ts";
import { failureOf, localWorld } from "../support/local-world.ts";
import { taskWork } from "../support/task-work.ts";

const SECRETS = { TOKEN: "xoxb-s3cret", HOOK: "T0/B0/s3cret" };
const STANDS = {
  subject: "orders: the run failed",
  text: "pipeline: orders\nerror: exit_code: 3",
  facts: { pipeline: "orders", state: "failed", log_tail: ["no such table"] },
};

/** Tells a real HTTP receiver, as a task or (with a message) as a notification does. */
async function telling(
  answer: Answering,
  task: (url: string) => JsonObject,
  connections: (url: string) => Record<string, JsonObject> = () => ({}),
) {
  const { url, requests } = await httpServer(answer);
  const world = localWorld();
  const work = {
    ...taskWork(task(url), { cwd: world.data, secrets: SECRETS, connections: connections(url) }),
    message: STANDS,
  };
  world.executor.start(work);
  const outcome = await world.outcome(work);
  const said = [JSON.stringify(outcome), ...world.log(work)].join("\n");
  return { outcome, requests, bodies: requests.map(({ body }) => JSON.parse(body)), said };
}

const fine: Answering = (_, response) => answerJson(response, { ok: true });
const token = `\${{ secrets.TOKEN }}`;

describe("a webhook", () => {
  test("without a body of its own tells how things stand", async () => {
    const { outcome, requests, bodies } = await telling(fine, (url) => ({ webhook: `${url}/events` }));
    expect(outcome).toMatchObject({ state: "success" });
    expect(requests).toMatchObject([{ method: "POST", path: "/events" }]);
    expect(requests[0]?.headers["content-type"]).toContain("application/json");
    expect(bodies).toEqual([{ subject: STANDS.subject, text: STANDS.text, ...STANDS.facts }]);
  });

  test("sends its own body, also one that says nothing, to a connection's address", async () => {
    const { bodies, requests, said } = await telling(
      fine,
      () => ({ webhook: { connection: "hook", json: null } }),
      (url) => ({ hook: { type: "http", base_url: `${url}/\${{ secrets.HOOK }}` } }),
    );
    expect(bodies).toEqual([null]);
    expect(requests[0]?.path).toMatch(/^\/T0\/B0\/s3cret\/?$/);
    expect(said).not.toContain("s3cret");
  });

  test.each([
    [404, true],
    [503, undefined],
  ])("that answers %d fails", async (status, final) => {
    const { outcome } = await telling(
      (_, response) => answerJson(response, {}, status),
      (url) => ({ webhook: url }),
    );
    const failure = failureOf(outcome);
    expect(failure).toMatchObject({ reason: "refused", status });
    expect(failure.final).toBe(final);
  });
});

describe("Slack", () => {
  test("is told through an incoming webhook", async () => {
    const { outcome, bodies, said } = await telling(
      (_, response) => response.end("ok"),
      () => ({ slack: {} }),
      (url) => ({ slack: { type: "slack", webhook_url: `${url}/services/\${{ secrets.HOOK }}` } }),
    );
    expect(outcome).toMatchObject({ state: "success" });
    expect(bodies).toEqual([{ text: `*${STANDS.subject}*\n${STANDS.text}` }]);
    expect(said).not.toContain("s3cret");
  });

  test("is told as a bot, in a thread, and hands on what it answers", async () => {
    const { outcome, requests, bodies, said } = await telling(
      (_, response) => answerJson(response, { ok: true, ts: "17.1", channel: "C1" }),
      () => ({
        slack: { text: "done", thread_ts: "16.9", blocks: [{ type: "divider" }] },
        outputs: { ts: "string", channel: "string" },
      }),
      (url) => ({ slack: { type: "slack", token, channel: "#data", api_url: `${url}/api` } }),
    );
    expect(outcome).toEqual({ state: "success", outputs: { ts: "17.1", channel: "C1" } });
    expect(requests).toMatchObject([{ method: "POST", path: "/api/chat.postMessage" }]);
    expect(requests[0]?.headers.authorization).toBe("Bearer xoxb-s3cret");
    expect(bodies).toEqual([{ channel: "#data", text: "done", blocks: [{ type: "divider" }], thread_ts: "16.9" }]);
    expect(said).not.toContain("s3cret");
  });

  test.each([
    ["channel_not_found", true],
    ["invalid_auth", true],
    ["ratelimited", undefined],
  ])("that refuses with %s fails, though its status is 200", async (error, final) => {
    const { outcome } = await telling(
      (_, response) => answerJson(response, { ok: false, error }),
      () => ({ slack: { channel: "#nowhere" }, outputs: { ts: "string" } }),
      (url) => ({ slack: { type: "slack", token, api_url: url } }),
    );
    const failure = failureOf(outcome);
    expect(failure).toMatchObject({ reason: "refused", message: `Slack refused the message: ${error}` });
    expect(failure.final).toBe(final);
  });

  test("that answers what is neither yes nor no has not taken it", async () => {
    const { outcome } = await telling(
      (_, response) => response.end("<html>a proxy</html>"),
      () => ({ slack: { channel: "#data" } }),
      (url) => ({ slack: { type: "slack", token, api_url: url } }),
    );
    expect(outcome.state).toBe("failed");
  });

  test("of a bot without a channel is asked nothing", async () => {
    const { outcome, requests } = await telling(
      fine,
      () => ({ slack: "hi" }),
      (url) => ({ slack: { type: "slack", token, api_url: url } }),
    );
    expect(failureOf(outcome)).toMatchObject({ final: true, message: expect.stringContaining("channel") });
    expect(requests).toEqual([]);
  });

  test("gets no more of a long text than it takes", async () => {
    const { bodies } = await telling(
      fine,
      () => ({ slack: { text: "x".repeat(50_000) } }),
      (url) => ({ slack: { type: "slack", webhook_url: url } }),
    );
    expect(bodies[0].text).toHaveLength(40_000);
  });
});
