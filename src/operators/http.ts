import type { AttemptOutcome } from "../core/index.ts";
import { DURATION_PATTERN, type JsonObject } from "../lib/index.ts";
import type { RequestHost } from "./http/response.ts";
import type { AttemptHost, Operator } from "./operator.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const SHORT_FORM = new RegExp(`^(${METHODS.join("|")})\\s+(\\S[\\s\\S]*)$`);
/** Made twice they do what they do once. */
const IDEMPOTENT = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]);
/** Followed when the task doesn't say: more than any sound service needs. */
const REDIRECTS = 5;
const CONNECT_TIMEOUT = "10s";

const VALUES: JsonObject = { type: ["string", "number", "boolean", "null"] };
const QUERY: JsonObject = {
  type: "object",
  additionalProperties: { anyOf: [VALUES, { type: "array", items: VALUES }] },
};
const STATUS: JsonObject = {
  anyOf: [
    { type: "integer", minimum: 100, maximum: 599 },
    { type: "string", pattern: "^[1-5]xx$" },
  ],
};
const BODIES: JsonObject[] = ["json", "form", "body", "file"].map((key) => ({ required: [key] }));

/** Makes one HTTP request, inside the engine. */
export const http: Operator = {
  name: "http",
  summary: "Makes an HTTP request, and takes outputs from the answer",
  docs: `
Makes one request. A status of 2xx is success.

\`\`\`yaml
tasks:
  health:
    http: GET https://models.example.com/health
  deploy:
    needs: health
    retries: 3
    timeout: 2m
    http:
      method: POST
      url: https://models.example.com/deploy
      auth: { bearer: "\${{ secrets.DEPLOY_TOKEN }}" }
      json: { path: /models/42 }
      expect:
        status: [200, 202]
        body: \${{ response.json.state != "failed" }}
    outputs:
      id: string                                        # the key \`id\` of a JSON body
      replicas:
        type: integer
        value: \${{ size(response.json.replicas) }}
\`\`\`

**The request.** At most one of \`json\`, \`form\`, \`body\` and \`file\` is what is sent; the first three bring their
content type along, which \`headers\` can replace. Values of \`query\` are encoded, a list gives a name several times, and
null leaves it out. \`auth\` is \`bearer: TOKEN\`, or \`basic\` with \`username\` and \`password\`. Secrets can stand in every key but \`method\`, \`file\`, \`save_to\` and \`expect\`; in the short form only
when it is the URL alone.

**A connection** of the type \`http\` (\`connection: models\`) has a \`base_url\`, which \`url\` goes below, and \`headers\` and
\`auth\` for all requests. Its credentials go to that host alone.

**The answer** is \`response\` in \`expect\` and in the \`value\` of outputs: \`status\`, \`headers\` (names in lower case), \`text\`,
\`json\` (null when the body is none), \`size\`, \`url\` and \`elapsed_ms\`. An output without a \`value\` is the key of that
name in a JSON body. A body that is compressed is unpacked. It may hold 1 MiB in memory, or \`max_bytes\` (64 MiB
at most); with \`save_to\` it goes to a file, whole or not at all, and \`text\` and \`json\` are null.

**Expectations.** \`expect.status\` is one status or a list, of numbers and forms such as \`2xx\`. A header under \`expect.headers\` is to
be that text, or to begin with it before a \`;\`. \`expect.body\` is an expression that is to give true.

**How it fails.** By \`error.reason\`:

| reason | when | retried |
|---|---|---|
| \`dns_failed\`, \`connection_failed\`, \`tls_failed\` | there is no connection, or it broke before the answer | yes |
| \`refused\` | a status from 400 on, with \`status\` and the beginning of the body | 408, 425, 429 and 5xx |
| \`unexpected\` | the answer isn't what \`expect\` says | yes |
| \`response_invalid\` | the body is too large, never ends, was cut off, or was to be JSON and is not | yes, but for too large |
| \`output_invalid\` | an output isn't what the task declares | yes |
| \`timeout\` | it took longer than the task's \`timeout\`; without one, the other side was silent for five minutes | yes |

\`retries.if\` decides otherwise, and sees \`status\`. A \`Retry-After\` is obeyed: the next attempt comes no earlier, up to an
hour, whatever \`retries\` says of the delay.

**Redirects.** Five are followed, or \`redirects\`; \`false\` takes the first answer. Another host gets no \`Authorization\`, no cookie and
no header with a secret, and https: never goes on to http:.

**Proxy.** \`HTTP_PROXY\`, \`HTTPS_PROXY\`, \`ALL_PROXY\` and \`NO_PROXY\`, also in lower case, of the task's \`env\` or of the engine; \`proxy\`
goes before them, and \`false\` is none.

**TLS.** \`ca\`, \`cert\` and \`key\` are each a file or the PEM text itself; \`ca\` stands in place of the authorities that Node knows.
\`verify: false\` accepts every certificate: for tests alone.

**After a crash of the engine** a request can't be found again. GET, HEAD, PUT, DELETE and OPTIONS are made once more: that does
no harm. POST and PATCH are lost, and \`on_lost\` decides, unless they have an \`idempotency_key\`: then they are made once
more with the same key, by which the other side knows them. The key is the same for all attempts of the task in a run.
\`true\` sends it as \`Idempotency-Key\`; any other header can be named.
`,
  schema: {
    description: "An HTTP request.",
    oneOf: [
      {
        type: "string",
        description: "A method and a URL, or a URL alone for GET.",
        minLength: 1,
        examples: ["GET https://models.example.com/health"],
      },
      {
        type: "object",
        properties: {
          method: { enum: METHODS, description: "The method.", default: "GET", examples: ["POST"] },
          url: {
            type: "string",
            description: "Where it goes; with a `connection`, a path below its `base_url`.",
            minLength: 1,
            examples: ["https://models.example.com/deploy"],
          },
          connection: {
            type: "string",
            description: "A connection of the type `http` in engine.yaml.",
            minLength: 1,
            examples: ["models"],
          },
          headers: {
            type: "object",
            description: "Headers, by name.",
            additionalProperties: VALUES,
            examples: [{ Accept: "application/json" }],
          },
          query: { ...QUERY, description: "What is added to the URL's query, by name.", examples: [{ page: 1 }] },
          json: { description: "A value that is sent as JSON.", examples: [{ path: "/models/42" }] },
          form: { ...QUERY, description: "Fields that are sent as a form.", examples: [{ name: "Ada" }] },
          body: { type: "string", description: "A text that is sent as it is.", examples: ["<ping/>"] },
          file: {
            type: "string",
            description: "A file that is sent, from the task's `cwd` on.",
            minLength: 1,
            examples: ["model.bin"],
          },
          auth: {
            description: "How the request shows who it is from.",
            oneOf: [
              {
                type: "object",
                properties: {
                  basic: {
                    type: "object",
                    description: "A user and a password.",
                    properties: {
                      username: { type: "string", description: "The user.", examples: ["engine"] },
                      password: {
                        type: "string",
                        description: "The password: a secret.",
                        examples: [`\${{ secrets.MODELS_PASSWORD }}`],
                      },
                    },
                    required: ["username", "password"],
                    additionalProperties: false,
                  },
                },
                required: ["basic"],
                additionalProperties: false,
              },
              {
                type: "object",
                properties: {
                  bearer: {
                    type: "string",
                    description: "A token: a secret.",
                    minLength: 1,
                    examples: [`\${{ secrets.DEPLOY_TOKEN }}`],
                  },
                },
                required: ["bearer"],
                additionalProperties: false,
              },
            ],
            examples: [{ bearer: `\${{ secrets.DEPLOY_TOKEN }}` }],
          },
          redirects: {
            description: "How many redirects are followed; false: none.",
            anyOf: [{ type: "integer", minimum: 0, maximum: 50 }, { const: false }],
            default: REDIRECTS,
          },
          tls: {
            type: "object",
            description: "How a secure connection is made.",
            properties: {
              ca: { type: "string", description: "Who may have signed the other side's certificate.", minLength: 1 },
              cert: { type: "string", description: "Our certificate.", minLength: 1 },
              key: { type: "string", description: "The key of our certificate.", minLength: 1 },
              verify: {
                type: "boolean",
                description: "False accepts every certificate: for tests alone.",
                default: true,
              },
            },
            additionalProperties: false,
            examples: [{ ca: "ca.pem" }],
          },
          proxy: {
            description: "The proxy that it goes through; false: none. Default: the environment's.",
            anyOf: [{ type: "string", minLength: 1 }, { const: false }],
            examples: ["http://proxy.example.com:3128"],
          },
          connect_timeout: {
            type: "string",
            description: "How long the connection may take.",
            pattern: DURATION_PATTERN,
            default: CONNECT_TIMEOUT,
          },
          save_to: {
            type: "string",
            description: "A file that the body is written to, from the task's `cwd` on.",
            minLength: 1,
            examples: ["data/day.csv"],
          },
          max_bytes: {
            type: "integer",
            description: "What the body may hold. Default: 1 MiB, and no bound with `save_to`.",
            minimum: 1,
            examples: [10485760],
          },
          idempotency_key: {
            description:
              "Sends a key that is the same for every attempt: as `Idempotency-Key`, or in the header named here.",
            anyOf: [{ type: "boolean" }, { type: "string", pattern: "^[A-Za-z0-9-]+$" }],
            default: false,
          },
          expect: {
            type: "object",
            description: "What the answer has to be.",
            properties: {
              status: {
                description: "A status or a list of them: numbers, and forms such as `2xx`.",
                anyOf: [STATUS, { type: "array", items: STATUS, minItems: 1 }],
                default: "2xx",
              },
              headers: {
                type: "object",
                description: "Headers, by name: the value, or its beginning up to a `;`.",
                additionalProperties: { type: "string" },
                examples: [{ "content-type": "application/json" }],
              },
              body: {
                type: "string",
                description: "An expression over `response` that has to give true.",
                pattern: "^\\s*\\$\\{\\{[\\s\\S]*\\}\\}\\s*$",
                examples: [`\${{ response.json.ready }}`],
              },
            },
            additionalProperties: false,
            examples: [{ status: [200, 202] }],
          },
        },
        required: ["url"],
        // One of them is sent, or none.
        oneOf: [...BODIES, { not: { anyOf: BODIES } }],
        additionalProperties: false,
      },
    ],
    examples: [
      "GET https://models.example.com/health",
      { method: "POST", url: "https://models.example.com/deploy", json: {} },
    ],
  },
  normalise: (value) => ({
    method: "GET",
    redirects: REDIRECTS,
    connect_timeout: CONNECT_TIMEOUT,
    idempotency_key: false,
    expect: {},
    ...(typeof value === "string" ? fromShortForm(value) : (value as JsonObject)),
  }),
  shell_keys: [],
  secret_keys: ["url", "headers", "query", "json", "form", "body", "auth", "tls", "proxy"],
  expression_keys: ["expect"],
  result_names: ["response"],
  connections: ["http"],
  branch: false,
  begins_again: true,
  start: exchange,
  adopt: again,
};

function fromShortForm(text: string): JsonObject {
  const [, method, url] = SHORT_FORM.exec(text) ?? [];
  return method === undefined || url === undefined ? { url: text } : { method, url };
}

/** What makes requests is loaded for the first of them: checking a pipeline has no use for it. */
export async function exchange(host: RequestHost): Promise<AttemptOutcome> {
  return (await import("./http/response.ts")).exchange(host);
}

/** Makes the request once more, where that does no harm. */
async function again(host: AttemptHost): Promise<AttemptOutcome> {
  const { method, idempotency_key } = host.work.config;
  if (!IDEMPOTENT.has(method as string) && idempotency_key === false) {
    const message = `the engine ended while the request was under way, and a ${method} may have had its effect`;
    return { state: "lost", message: `${message} (an \`idempotency_key\` would let it be made again)` };
  }
  host.log("the engine had ended: the request is made again");
  return exchange(host);
}
