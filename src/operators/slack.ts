import type { AttemptOutcome } from "../core/index.ts";
import type { JsonObject } from "../lib/index.ts";
import { post } from "./messages/post.ts";
import type { AttemptHost, Operator } from "./operator.ts";

const API_URL = "https://slack.com/api";
/** Slack cuts a text off behind this many characters. */
const TEXT_MAX = 40_000;
/** Errors of Slack that the next attempt may not meet. */
const WORTH_ANOTHER_TRY = new Set([
  "ratelimited",
  "service_unavailable",
  "internal_error",
  "fatal_error",
  "request_timeout",
]);

/** Writes to a channel of Slack, as a task or as a notification. */
export const slack: Operator = {
  name: "slack",
  summary: "Writes to a channel of Slack",
  docs: `
Writes to Slack, through an incoming webhook or as a bot. Without a \`text\` of the task's own it says how things stand: the
pipeline, the run, its state, the task, the attempt, the error and the last lines of the log, as far as there are any.

\`\`\`yaml
tasks:
  train:
    bash: ./train.sh
    outputs:
      accuracy: number
  tell:
    needs: train
    slack:
      text: "Trained, accuracy \${{ tasks.train.outputs.accuracy }}"
on_failure:
  - slack: { channel: "#ml-alerts" }
\`\`\`

**The connection** is of the type \`slack\`; without \`connection\`, the one that is called \`slack\`. In engine.yaml:

\`\`\`yaml
connections:
  slack: { type: slack, token: "\${{ secrets.SLACK_TOKEN }}", channel: "#data" }
  ml_alerts: { type: slack, webhook_url: "\${{ secrets.SLACK_WEBHOOK }}" }
\`\`\`

An incoming webhook writes to its own channel. A bot (\`chat.postMessage\`, with the right \`chat:write\`) writes to \`channel\`, of the
task or else of the connection, and hands on \`ts\` and \`channel\`, if the task declares them; \`thread_ts\` answers such a message.

What Slack refuses (\`channel_not_found\`, \`invalid_auth\` …) fails with the reason \`refused\`, and is not retried. After a crash
of the engine a message that was on its way is sent again.
`,
  schema: {
    description: "A message to Slack.",
    oneOf: [
      { type: "string", description: "The text.", minLength: 1, examples: ["The nightly load is done"] },
      {
        type: "object",
        properties: {
          connection: {
            type: "string",
            description: "A connection of the type `slack`.",
            default: "slack",
            examples: ["ml_alerts"],
          },
          text: {
            type: "string",
            description: "The text, in Slack's Markdown. Without it: how things stand.",
            minLength: 1,
          },
          channel: { type: "string", description: "Where a bot writes.", minLength: 1, examples: ["#ml-alerts"] },
          blocks: {
            type: "array",
            description: "Blocks, as Slack defines them; the text is then what a notification shows.",
          },
          thread_ts: { type: "string", description: "The message that this one answers.", minLength: 1 },
        },
        additionalProperties: false,
      },
    ],
    examples: ["The nightly load is done", { connection: "ml_alerts" }],
  },
  normalise: (value) => ({
    connection: "slack",
    ...(typeof value === "string" ? { text: value } : (value as JsonObject)),
  }),
  shell_keys: [],
  secret_keys: [],
  expression_keys: [],
  result_names: ["response"],
  connections: ["slack"],
  branch: false,
  begins_again: true,
  notifies: true,
  start: send,
  adopt: send,
};

async function send(host: AttemptHost): Promise<AttemptOutcome> {
  const { config, connection = {}, message } = host.work;
  const { text, channel = connection.channel, blocks, thread_ts } = config;
  const said = String(text ?? (message ? `*${message.subject}*\n${message.text}` : "")).slice(0, TEXT_MAX);
  const body = { text: said, ...(blocks !== undefined && { blocks }), ...(thread_ts !== undefined && { thread_ts }) };
  if (typeof connection.webhook_url === "string") {
    return post(host, { config: { method: "POST", url: connection.webhook_url, json: body } });
  }
  if (typeof channel !== "string") {
    const why = "no channel is named, neither by the task nor by the connection";
    return { state: "failed", failure: { reason: "operator_failed", message: why, final: true } };
  }
  // Slack says no with the status 200.
  let refusal: string | undefined;
  const outcome = await post(host, {
    config: {
      method: "POST",
      url: `${String(connection.api_url ?? API_URL)}/chat.postMessage`,
      auth: { bearer: String(connection.token) },
      json: { channel, ...body },
    },
    checkOutputs: async (values, result) => {
      const { json } = (result?.response ?? {}) as JsonObject;
      const { ok, error } = (json ?? {}) as JsonObject;
      if (ok === true) return host.checkOutputs(values, result);
      refusal = typeof error === "string" ? error : "what it answers is neither yes nor no";
      return { ok: true, outputs: {} };
    },
  });
  if (refusal === undefined) return outcome;
  const final = !WORTH_ANOTHER_TRY.has(refusal) && { final: true as const };
  return {
    state: "failed",
    failure: { reason: "refused", message: `Slack refused the message: ${refusal}`, ...final },
  };
}
