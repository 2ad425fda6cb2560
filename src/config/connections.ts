import { resolve } from "node:path";
import type { JsonObject } from "../lib/index.ts";

/*
 * The definition of `connections` in engine.yaml: how to reach what tasks talk to. Every text but those that choose
 * among words may hold expressions with `vars` and `secrets`.
 */

const text = { type: "string", minLength: 1 } as const;

/** The highest TCP port. */
const PORT_MAX = 65_535;

const port = {
  title: "a port",
  anyOf: [
    { type: "integer", minimum: 1, maximum: PORT_MAX },
    { type: "string", pattern: "^\\$\\{\\{[^}]+\\}\\}$" },
  ],
  description: "A number, or one expression: `${{ vars.PORT }}`.",
  examples: [5432],
} as const;

const pem = (what: string) =>
  ({
    ...text,
    description: `${what} in PEM: a file, relative to engine.yaml, or the text itself from a secret.`,
  }) as const;

const tls = {
  type: "object",
  title: "a mapping with `ca`, `cert`, `key` and `verify`",
  description: "How TLS is spoken.",
  properties: {
    ca: pem("The certificates that are trusted instead of the system's,"),
    cert: pem("The certificate that is shown to the other side,"),
    key: pem("Its private key,"),
    verify: {
      type: "boolean",
      description:
        "Whether the other side's certificate is checked. Without it anybody on the way can read and change all.",
      default: true,
    },
  },
  dependencies: { cert: ["key"], key: ["cert"] },
  minProperties: 1,
  additionalProperties: false,
} as const;

/** Of one type: its own keys beside `type`. */
function connection<const Type extends string, const Schema extends { readonly properties: object }>(
  type: Type,
  description: string,
  { properties, ...rest }: Schema & { readonly required?: readonly string[] },
) {
  const { required = [], ...others } = rest as { readonly required?: readonly string[] };
  return {
    type: "object",
    title: `a connection of type \`${type}\``,
    description,
    properties: { type: { const: type }, ...properties },
    ...others,
    required: ["type", ...required],
    additionalProperties: false,
  };
}

const password = { ...text, description: "A secret: `${{ secrets.NAME }}`." } as const;

const BY_TYPE = {
  http: connection("http", "A web service, also one that takes webhooks.", {
    properties: {
      base_url: {
        ...text,
        description: "Where its paths begin. What is sent with this connection goes nowhere else.",
        examples: ["https://api.example.com/v1"],
      },
      headers: {
        type: "object",
        description: "Headers of every request.",
        additionalProperties: { type: "string" },
        examples: [{ Accept: "application/json" }],
      },
      auth: {
        type: "object",
        title: "a mapping with `basic` or `bearer`",
        description: "How requests prove whose they are.",
        properties: {
          basic: {
            type: "object",
            title: "a mapping with `username` and `password`",
            properties: { username: text, password },
            required: ["username", "password"],
            additionalProperties: false,
          },
          bearer: { ...text, description: "A token. A secret: `${{ secrets.NAME }}`." },
        },
        oneOf: [{ required: ["basic"] }, { required: ["bearer"] }],
        additionalProperties: false,
      },
      tls: { $ref: "#/definitions/tls" },
      proxy: {
        ...text,
        description: "The proxy that requests go through.",
        examples: ["http://proxy.example.com:3128"],
      },
    },
    required: ["base_url"],
  }),
  postgres: connection("postgres", "A PostgreSQL database.", {
    properties: {
      host: {
        ...text,
        description: "A name, an address, or the folder of a Unix socket.",
        examples: ["db.example.com"],
      },
      port: { ...port, default: 5432 },
      database: { ...text, description: "Default: called as the user is." },
      user: { ...text, description: "Default: the user that the engine runs as." },
      password,
      url: {
        ...text,
        description:
          "All of that in one; what isn't a letter, a digit or `-` in the password is escaped as in every URL.",
        examples: ["postgres://etl:${{ secrets.DB_PASSWORD }}@db.example.com/warehouse"],
      },
      ssl: {
        title: "`true`, `false` or a mapping with `ca`, `cert`, `key` and `verify`",
        description: "Whether, and how, TLS is spoken. `true` checks the server's certificate.",
        anyOf: [{ type: "boolean" }, { $ref: "#/definitions/tls" }],
        default: false,
      },
    },
    oneOf: [{ required: ["host"] }, { required: ["url"] }],
    dependencies: { port: ["host"], database: ["host"], user: ["host"], password: ["host"] },
  }),
  sqlite: connection("sqlite", "A SQLite database.", {
    properties: {
      file: { ...text, description: "Its file, relative to engine.yaml.", examples: ["data/metrics.db"] },
      read_only: { type: "boolean", description: "Whether it is only read. It has to be there then.", default: false },
    },
    required: ["file"],
  }),
  docker_registry: connection("docker_registry", "A registry of container images.", {
    properties: {
      server: {
        ...text,
        description: "Its host, with a port if need be.",
        default: "docker.io",
        examples: ["ghcr.io"],
      },
      username: text,
      password,
    },
    required: ["username", "password"],
  }),
  smtp: connection("smtp", "A server that takes mail.", {
    properties: {
      host: { ...text, examples: ["smtp.example.com"] },
      port: { ...port, description: "Default: 465 with `tls: implicit`, else 587.", examples: [587] },
      user: { ...text, description: "Without it nobody logs in." },
      password,
      tls: {
        enum: ["starttls", "implicit", "none"],
        description: "`starttls` begins in the clear and insists on TLS, `implicit` speaks TLS at once.",
        default: "starttls",
      },
      ca: pem("The certificates that are trusted instead of the system's,"),
      from: { ...text, description: "Whom mail comes from.", examples: ["Engine <engine@example.com>"] },
    },
    dependencies: { user: ["password"], password: ["user"] },
    required: ["host"],
  }),
  slack: connection("slack", "A workspace of Slack.", {
    properties: {
      webhook_url: { ...text, description: "An incoming webhook. A secret: `${{ secrets.NAME }}`." },
      token: { ...text, description: "The token of a bot that may `chat:write`. A secret: `${{ secrets.NAME }}`." },
      api_url: {
        ...text,
        description: "Where the bot's API is. Default: Slack's.",
        examples: ["https://slack-gov.com/api"],
      },
      channel: { ...text, description: "Where the bot writes when a message doesn't say.", examples: ["#ml-alerts"] },
    },
    oneOf: [{ required: ["webhook_url"] }, { required: ["token"] }],
    dependencies: { channel: ["token"] },
  }),
} as const;

/** Keys that are there to hold a credential. A text that is written out there is one. */
const CREDENTIALS: ReadonlySet<string> = new Set(["password", "bearer", "webhook_url", "token"]);

/** Whether a text under a key is a credential by the definition of its connection. Headers have names of their own. */
export function isCredential(path: readonly string[]): boolean {
  return CREDENTIALS.has(path.at(-1) ?? "") && !path.includes("headers");
}

export const connections = {
  type: "object",
  description: "How to reach what tasks talk to. A task names one with `connection: NAME`.",
  propertyNames: { $ref: "#/definitions/id" },
  additionalProperties: { $ref: "#/definitions/connection" },
  default: {},
  examples: [{ warehouse: { type: "postgres", url: "${{ secrets.WAREHOUSE_URL }}" } }],
} as const;

export const connection_definitions = {
  tls,
  connection: {
    title: `a connection: a mapping with a \`type\``,
    oneOf: Object.values(BY_TYPE),
  },
} as const;

/** The keys of each type that are paths, unless they hold PEM itself. */
const PATHS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  http: ["ca", "cert", "key"].map((key) => ["tls", key]),
  postgres: ["ca", "cert", "key"].map((key) => ["ssl", key]),
  smtp: [["ca"]],
  sqlite: [["file"]],
};

/** An evaluated connection with its paths absolute: those that are relative begin at the root. */
export function absoluteConnection(connection: JsonObject, root: string): JsonObject {
  const paths = PATHS[String(connection.type)] ?? [];
  return paths.reduce((changed, path) => withAbsolute(changed, path, root), connection);
}

function withAbsolute(object: JsonObject, [key = "", ...deeper]: readonly string[], root: string): JsonObject {
  const value = object[key];
  if (deeper.length > 0) {
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    return isMap ? { ...object, [key]: withAbsolute(value as JsonObject, deeper, root) } : object;
  }
  const isPath = typeof value === "string" && !value.includes("-----BEGIN") && value !== ":memory:";
  return isPath ? { ...object, [key]: resolve(root, value) } : object;
}
