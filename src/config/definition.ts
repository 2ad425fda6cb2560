/*
 * The definition of engine.yaml, in JSON Schema draft-07. From it come the validators and
 * schemas/engine.schema.json: `npm run gen`. The descriptions are what an editor shows on hover.
 */

import { duration } from "../language/index.ts";
import { connection_definitions, connections } from "./connections.ts";

/** Attempts that may run at once when nobody says. */
export const CONCURRENCY_DEFAULT = 16;

/** More processes at once than one machine bears; a larger number is a mistake. */
const CONCURRENCY_MAX = 10_000;

const folder = { type: "string", title: "a folder", minLength: 1 } as const;

const id = {
  type: "string",
  pattern: "^[a-z][a-z0-9_-]{0,62}$",
  description: "Small letters, digits, `_` and `-`, beginning with a letter; at most 63 characters.",
} as const;

const value_name = {
  type: "string",
  pattern: "^[a-z][a-z0-9_]{0,62}$",
  description: "Small letters, digits and `_`, beginning with a letter; at most 63 characters.",
} as const;

/** How long a command that reads a secret may take when nobody says. */
export const SECRET_TIMEOUT_DEFAULT = "10s";

/** How old the value of a secret from a command may grow when nobody says. */
export const SECRET_REFRESH_DEFAULT = "5m";

/** How long things are kept when nobody says. */
export const RETENTION_DEFAULT = { runs: "90d", keep_runs: 10, logs: "30d", audit: "365d" } as const;

const retention = {
  type: "object",
  title: "a mapping with `runs`, `keep_runs`, `max_runs`, `logs` and `audit`",
  description: "How long the daemon keeps what was. What is older is deleted, for good.",
  properties: {
    runs: {
      $ref: "#/definitions/duration",
      description:
        "Runs that ended longer ago are deleted, with all that is known of them; so are skipped slots, backfills and versions of pipelines from before.",
      default: RETENTION_DEFAULT.runs,
    },
    keep_runs: {
      type: "integer",
      minimum: 1,
      description: "So many of each pipeline stay however old they are: the newest.",
      default: RETENTION_DEFAULT.keep_runs,
    },
    max_runs: {
      type: "integer",
      minimum: 1,
      description:
        "More of each pipeline don't stay, however young they are. Outweighs `keep_runs`. Default: no such limit.",
      examples: [10_000],
    },
    logs: {
      $ref: "#/definitions/duration",
      description: "Logs and other files of runs that ended longer ago are deleted, though the run stays.",
      default: RETENTION_DEFAULT.logs,
    },
    audit: {
      $ref: "#/definitions/duration",
      description: "Who changed what is kept so long.",
      default: RETENTION_DEFAULT.audit,
    },
  },
  additionalProperties: false,
} as const;

const secret_name = {
  type: "string",
  title: "the name of a secret",
  pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
  description: "Letters, digits and `_`, not beginning with a digit.",
} as const;

const command = {
  title: "a command: a list of its program and arguments, or one line",
  oneOf: [
    { type: "array", items: { type: "string" }, minItems: 1 },
    {
      type: "string",
      // No shell reads it: what only a shell understands would be handed over as it is.
      pattern: "^[^\\s\"'`$|;&<>\\\\]+( +[^\\s\"'`$|;&<>\\\\]+)*$",
    },
  ],
  description: "No shell reads it: one line is cut at its blanks, so quotes, pipes and variables need a list.",
  examples: [["sops", "decrypt", "--extract", '["token"]', "secrets.yaml"], "vault kv get -field=token secret/app"],
} as const;

/** Where the daemon listens when nobody says: nobody else's machine can ask there. */
export const LISTEN_DEFAULT = "127.0.0.1:8420";

const server = {
  type: "object",
  title: "a mapping with `listen`, `auth` and `tls`",
  description: "The API of `engine serve`: where it listens, and who may ask.",
  properties: {
    listen: {
      type: "string",
      title: "an address with a port",
      pattern: "^(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9._-]+):[0-9]{1,5}$",
      description: "The address and the port to listen on. `0.0.0.0` is every address of the machine.",
      default: LISTEN_DEFAULT,
      examples: ["0.0.0.0:8420", "[::1]:8420"],
    },
    auth: {
      enum: ["none", "token"],
      description:
        "Whether who asks needs a token (`engine token create`). Without it the API listens to its own machine alone. Default: `none` on a loopback address, `token` on any other.",
    },
    tls: {
      type: "object",
      title: "a mapping with `cert` and `key`",
      description: "Files in PEM, relative to engine.yaml: then the API speaks HTTPS.",
      properties: { cert: { $ref: "#/definitions/file" }, key: { $ref: "#/definitions/file" } },
      required: ["cert", "key"],
      additionalProperties: false,
    },
  },
  additionalProperties: false,
} as const;

/** What is measured, and where it goes, when nobody says. */
export const METRICS_DEFAULT = { airflow_names: false, max_series: 50_000 } as const;
export const STATSD_DEFAULT = { port: 8125, tags: "none", names: "engine" } as const;

const metrics = {
  type: "object",
  title: "a mapping with `airflow_names`, `max_series`, `grafana_url` and `statsd`",
  description: "What the daemon tells of itself and of its pipelines, beside `/metrics` of the API.",
  properties: {
    airflow_names: {
      type: "boolean",
      description: "`/metrics` has Airflow's names too, for dashboards and rules that were made for it.",
      default: METRICS_DEFAULT.airflow_names,
    },
    max_series: {
      type: "integer",
      minimum: 100,
      description: "Series that `/metrics` has at most; what comes beyond is dropped, and counted.",
      default: METRICS_DEFAULT.max_series,
    },
    grafana_url: {
      type: "string",
      title: "the address of Grafana",
      // It is shown, so it holds no credentials; what is appended begins with a slash.
      pattern: "^https?://[^\\s@?#]*[^\\s@?#/]$",
      description:
        "Where the dashboards of `engine monitoring` are: the web page leads to them, and so do the alerts that are generated.",
      examples: ["https://grafana.example.com"],
    },
    statsd: {
      type: "object",
      title: "a mapping with `host`",
      description: "The same is sent to a receiver of StatsD, over UDP.",
      properties: {
        host: { type: "string", minLength: 1, description: "Its name or address.", examples: ["statsd-exporter"] },
        port: { type: "integer", minimum: 1, maximum: 65_535, description: "Its port.", default: STATSD_DEFAULT.port },
        prefix: {
          type: "string",
          pattern: "^[A-Za-z0-9_.-]*$",
          description: "What every name begins with. Default: `engine`, or `airflow` with Airflow's names.",
        },
        tags: {
          enum: ["none", "datadog", "influxdb", "graphite"],
          description: "How tags are written. Without, their values become parts of the names.",
          default: STATSD_DEFAULT.tags,
        },
        names: {
          enum: ["engine", "airflow"],
          description: "Whose names: with Airflow's, a mapping that was made for it goes on working.",
          default: STATSD_DEFAULT.names,
        },
      },
      required: ["host"],
      additionalProperties: false,
    },
  },
  additionalProperties: false,
} as const;

/** How the daemon follows a repository when nobody says. */
export const GIT_DEFAULT = { path: "pipelines", interval: "1m", timeout: "1m", username: "git" } as const;

const git = {
  type: "object",
  title: "a mapping with `url`",
  description:
    "A repository that `engine serve` follows by itself, instead of the folder `pipelines`: it takes up each commit of a branch whose pipelines are all without errors.",
  properties: {
    url: {
      type: "string",
      title: "the address of a repository",
      // What begins otherwise could be an option of git, or a program that git would run. No credentials: it is shown.
      pattern:
        "^((https?|git|file)://[^@\\s]+|ssh://([A-Za-z0-9._-]+@)?[^@\\s]+|[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\\s]+)$",
      description:
        "Over `https`, `ssh`, `git` or `file`, without a user's name in front of `https`, and never with a password.",
      examples: ["https://git.example.com/data/pipelines.git", "git@git.example.com:data/pipelines.git"],
    },
    branch: {
      type: "string",
      title: "a branch",
      // As git takes them, but for a few that nobody uses.
      pattern: "^(?!.*(\\.\\.|//|@\\{|\\.lock(/|$)|/\\.|[./]$))[A-Za-z0-9_][^\\s~^:?*\\[\\\\\\x00-\\x1f\\x7f]*$",
      description: "The branch to follow. Default: the one that the repository calls its own.",
      examples: ["main", "release/eu"],
    },
    path: {
      type: "string",
      title: "a folder of the repository",
      pattern: "^(?!/)(?!(.*/)?\\.\\.(/|$))[^\\\\]+$",
      description: "The folder of pipelines, from the repository's root on; `.` is the root itself.",
      default: GIT_DEFAULT.path,
    },
    interval: {
      $ref: "#/definitions/duration",
      description: "How often the daemon asks for new commits, at least every second.",
      default: GIT_DEFAULT.interval,
    },
    timeout: {
      $ref: "#/definitions/duration",
      description: "The longest that it may take to get a commit.",
      default: GIT_DEFAULT.timeout,
    },
    username: {
      type: "string",
      pattern: "^[^\\x00-\\x1f\\x7f:]+$",
      description: "The name that goes with `token_secret`.",
      default: GIT_DEFAULT.username,
    },
    token_secret: {
      $ref: "#/definitions/secret_name",
      description: "The name of the secret with a token or a password, for `https`.",
      examples: ["GIT_TOKEN"],
    },
    ssh_key_secret: {
      $ref: "#/definitions/secret_name",
      description: "The name of the secret with a private key that has no passphrase, for `ssh`.",
      examples: ["GIT_KEY"],
    },
  },
  // `url` is needed too, but another source may say it.
  additionalProperties: false,
} as const;

const file = { type: "string", title: "a file", minLength: 1 } as const;

/** The keys of engine.yaml that can also be set by an environment variable and a flag. */
export const config_properties = {
  pipelines: {
    ...folder,
    description: "The folder of pipelines: every `.yaml` and `.yml` file in it and below. Relative to engine.yaml.",
    default: "pipelines",
  },
  data: {
    ...folder,
    description: "The folder that remembers: runs, logs, outputs. Relative to engine.yaml. Keep it out of git.",
    default: ".engine",
  },
  concurrency: {
    type: "integer",
    minimum: 1,
    maximum: CONCURRENCY_MAX,
    description: "How many attempts may run at once, over all runs.",
    default: CONCURRENCY_DEFAULT,
  },
  pools: {
    type: "object",
    description:
      "Named, finite resources, and how many slots each has. A task takes slots with `pool` and `pool_slots`.",
    propertyNames: { $ref: "#/definitions/id" },
    additionalProperties: { type: "integer", minimum: 1 },
    default: {},
    examples: [{ gpu: 2 }],
  },
  vars: {
    type: "object",
    description: "Values that expressions see as `vars.NAME`: what differs between two installations.",
    propertyNames: { $ref: "#/definitions/value_name" },
    additionalProperties: { type: ["string", "number", "boolean"] },
    default: {},
    examples: [{ region: "eu-central-1" }],
  },
  connections,
  git,
  server,
  metrics,
  retention,
  secrets: {
    type: "object",
    title: "a mapping with `files`, `commands`, `timeout` and `refresh`",
    description:
      "Where the values of `secrets.NAME` come from, beside the variables `ENGINE_SECRET_NAME`, which outweigh all. Never the values themselves.",
    properties: {
      files: {
        ...folder,
        description: "A folder with one file for each secret, called as it is. Relative to engine.yaml.",
        examples: ["/run/secrets"],
      },
      commands: {
        type: "object",
        description: "Commands that print a secret, by its name. They run in the folder of engine.yaml.",
        propertyNames: { $ref: "#/definitions/secret_name" },
        additionalProperties: { $ref: "#/definitions/command" },
        examples: [{ DEPLOY_TOKEN: ["vault", "kv", "get", "-field=token", "secret/deploy"] }],
      },
      timeout: {
        $ref: "#/definitions/duration",
        description: "The longest that a command may take.",
        default: SECRET_TIMEOUT_DEFAULT,
      },
      refresh: {
        $ref: "#/definitions/duration",
        description: "How often the commands of secrets in use run again.",
        default: SECRET_REFRESH_DEFAULT,
      },
    },
    additionalProperties: false,
  },
} as const;

const code = {
  type: "string",
  title: "the code of a finding",
  description: "`ENG` and three digits, as `engine validate` prints it. `engine explain` lists all.",
  examples: ["ENG508"],
} as const;

const glob = {
  type: "string",
  title: "a glob",
  minLength: 1,
  description:
    "Of paths from the repository's root: `*` within one name, `**` for any folders, `?`, `{a,b}`. Without a slash, a file's name in any folder.",
  examples: ["pipelines/legacy/**", "*_test.yaml"],
} as const;

const rules = {
  type: "object",
  description: "What becomes of the findings of a code.",
  propertyNames: { $ref: "#/definitions/code" },
  additionalProperties: {
    enum: ["off", "info", "warn", "error"],
    description: "`off` drops them, the others are their severity. Errors that leave nothing to run can't be lowered.",
  },
  examples: [{ ENG508: "error" }],
} as const;

const override = {
  type: "object",
  title: "a mapping with `files` and `rules`",
  properties: {
    files: { $ref: "#/definitions/glob" },
    rules: { $ref: "#/definitions/rules" },
  },
  required: ["files", "rules"],
  additionalProperties: false,
} as const;

const ignored = {
  type: "object",
  title: "a mapping with `code`, `path` and `reason`",
  properties: {
    code: { $ref: "#/definitions/code" },
    path: { $ref: "#/definitions/glob" },
    reason: {
      type: "string",
      minLength: 1,
      description: "Why these findings are accepted.",
      examples: ["it may take all night"],
    },
    until: {
      type: "string",
      title: "a day",
      pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
      description: "The last day on which this holds, in UTC, such as `2027-01-31`. Without it, it holds for good.",
      examples: ["2027-01-31"],
    },
  },
  required: ["code", "path", "reason"],
  additionalProperties: false,
} as const;

/** The keys that only engine.yaml has: neither a variable nor a flag would hold them. */
export const file_properties = {
  plugins: {
    type: "array",
    description:
      "Modules with operators of your own: files, which begin with `./` or `../` and are relative to engine.yaml, or npm packages.",
    items: {
      type: "string",
      title: "a module",
      // Neither an absolute path nor a URL: the repository says the same on every machine.
      pattern: "^(\\.{1,2}/[^\\s].*|(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*(/[A-Za-z0-9._~/-]+)?)$",
      description: "A file such as `./plugins/greet.ts`, or an npm package such as `@acme/engine-operator`.",
      examples: ["./plugins/greet.ts", "@acme/engine-operator"],
    },
    default: [],
    examples: [["./plugins/greet.ts", "@acme/engine-operator"]],
  },
  validate: {
    type: "object",
    description: "What `engine validate` makes of its findings, for this repository.",
    properties: {
      rules: { $ref: "#/definitions/rules" },
      overrides: {
        type: "array",
        description: "Rules for some files; of several that fit a file, the last counts.",
        items: { $ref: "#/definitions/override" },
      },
      ignore: {
        type: "array",
        description: "Findings that are accepted, each with a reason.",
        items: { $ref: "#/definitions/ignored" },
      },
    },
    additionalProperties: false,
  },
} as const;

const definitions = { id, value_name, duration, secret_name, command, file, ...connection_definitions } as const;

export const config_schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  description: "Where pipelines are, where the engine remembers, and what runs at once. Every key has a default.",
  type: "object",
  properties: { ...config_properties, ...file_properties },
  additionalProperties: false,
  definitions: { ...definitions, code, glob, rules, override, ignored },
} as const;

/** The schema of one key alone, for its environment variable or flag. */
export function keySchema(key: keyof typeof config_properties): object {
  return { ...config_properties[key], definitions };
}
