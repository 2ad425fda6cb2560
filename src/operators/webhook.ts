import { post } from "./messages/post.ts";
import type { Operator } from "./operator.ts";

/** Tells a web service, as a task or as a notification. */
export const webhook: Operator = {
  name: "webhook",
  summary: "Tells a web service, with an HTTP request",
  docs: `
Sends a POST request with JSON. Without a \`json\` of the task's own it says how things stand: the pipeline, the run, its
state, the task, the attempt, the error and the last lines of the log, as far as there are any.

\`\`\`yaml
tasks:
  publish:
    bash: ./publish.sh
  tell:
    needs: publish
    webhook:
      url: https://chat.example.com/hooks/data
      json: { text: "Published \${{ ds }}" }
on_failure:
  - webhook: https://incidents.example.com/events
\`\`\`

The body without \`json\`:

\`\`\`json
{"subject": "orders: the run failed", "text": "pipeline: orders\\nrun_id: …", "pipeline": "orders", "run_id": "…",
 "state": "failed", "logical_date": "2026-01-31T02:00:00Z", "trigger": "schedule", "took": "3m", "why": "task load failed",
 "failed_tasks": ["load"], "error": "exit_code: …", "log_tail": ["…"]}
\`\`\`

A status from 400 on fails it; for everything else about requests, proxies and certificates see [http](http.md). An
address that is a secret belongs in a connection of the type \`http\`, as its \`base_url\`. After a crash of the engine a
message that was on its way is sent again.
`,
  schema: {
    description: "An HTTP request that tells somebody.",
    oneOf: [
      { type: "string", description: "The URL.", minLength: 1, examples: ["https://incidents.example.com/events"] },
      {
        type: "object",
        properties: {
          url: {
            type: "string",
            description: "The URL; with a connection, it goes below its `base_url`.",
            minLength: 1,
            examples: ["https://incidents.example.com/events"],
          },
          connection: { type: "string", description: "A connection of the type `http`.", examples: ["incidents"] },
          method: { enum: ["POST", "PUT", "PATCH"], description: "The method.", default: "POST" },
          headers: {
            type: "object",
            description: "Headers by name.",
            additionalProperties: { type: ["string", "number", "boolean"] },
            examples: [{ "X-Source": "engine" }],
          },
          json: { description: "The body. Without it: how things stand.", examples: [{ text: "it failed" }] },
        },
        anyOf: [{ required: ["url"] }, { required: ["connection"] }],
        additionalProperties: false,
      },
    ],
    examples: [
      "https://incidents.example.com/events",
      { url: "https://chat.example.com/hooks/data", json: { text: "done" } },
    ],
  },
  normalise: (value) => ({
    method: "POST",
    ...(typeof value === "string" ? { url: value } : (value as { url: string })),
  }),
  shell_keys: [],
  secret_keys: ["headers"],
  expression_keys: [],
  result_names: ["response"],
  connections: ["http"],
  branch: false,
  begins_again: true,
  notifies: true,
  start: (host) => {
    const { config, message, connection } = host.work;
    const { url = "", json, ...rest } = config;
    const said = message && { subject: message.subject, text: message.text, ...message.facts };
    return post(host, { config: { ...rest, url, json: json === undefined ? (said ?? {}) : json }, connection });
  },
  adopt: (host) => webhook.start(host),
};
