import type { Policy, Range } from "../language/index.ts";
import type { JsonObject } from "../lib/index.ts";

/** A secret comes from the environment, else from a file, else from a command. */
export interface SecretSources {
  /** Of `ENGINE_SECRET_NAME`, by `NAME`. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder with a file for each. Absolute. */
  readonly files?: string;
  /** The program and its arguments, by the secret's name. */
  readonly commands: Readonly<Record<string, readonly string[]>>;
  /** The longest that a command may take. */
  readonly timeout_ms: number;
  /** How often the commands of secrets in use run again. */
  readonly refresh_ms: number;
}

/** A module with operators, as engine.yaml lists it. */
export interface PluginEntry {
  /** A path that begins with `./` or `../`, from the root on; or what an npm package is imported by. */
  readonly module: string;
  /** Where it is listed, to say what is wrong with it: engine.yaml, relative to the working directory. */
  readonly file: string;
  readonly range: Range;
}

/** The daemon's API. */
export interface ServerConfig {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Whether a token is needed. */
  readonly auth: "none" | "token";
  /** Files in PEM. Absolute. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A repository that the daemon follows. */
export interface GitConfig {
  /** Without credentials. */
  readonly url: string;
  /** Absent: the one that the repository calls its own. */
  readonly branch?: string;
  /** The folder of pipelines, from the repository's root on. */
  readonly path: string;
  /** How often it is asked for new commits. */
  readonly interval_ms: number;
  /** The longest that getting a commit may take. */
  readonly timeout_ms: number;
  /** Goes with the token. */
  readonly username: string;
  /** Names of secrets. */
  readonly token_secret?: string;
  readonly ssh_key_secret?: string;
}

/** What the daemon measures, and where it goes. */
export interface MetricsConfig {
  /** Whether `/metrics` has Airflow's names too. */
  readonly airflow_names: boolean;
  /** Series that `/metrics` has at most. */
  readonly max_series: number;
  /** Where Grafana is, without a slash at the end. */
  readonly grafana_url?: string;
  readonly statsd?: StatsdConfig;
}

/** A receiver of StatsD. */
export interface StatsdConfig {
  readonly host: string;
  readonly port: number;
  /** Begins every name. */
  readonly prefix: string;
  readonly tags: "none" | "datadog" | "influxdb" | "graphite";
  readonly names: "engine" | "airflow";
}

/** How long the daemon keeps what was. */
export interface Retention {
  /** Runs that ended longer ago are deleted, but for the newest `keep_runs` of each pipeline. */
  readonly runs_ms: number;
  /** At least 1. */
  readonly keep_runs: number;
  /** More of each pipeline don't stay; at least `keep_runs`. Absent: no limit. */
  readonly max_runs?: number;
  /** Files of attempts go this long after their run has ended. */
  readonly logs_ms: number;
  readonly audit_ms: number;
}

/** Everything that `engine.yaml`, the environment and the flags settle, with defaults filled in. Paths are absolute. */
export interface Config {
  /** The repository's root: the folder of engine.yaml, or the working directory. */
  readonly root: string;
  /** Whether there is an engine.yaml. */
  readonly has_file: boolean;
  /** The folder of pipelines. Default: `pipelines` under the root. */
  readonly pipelines: string;
  /** The data folder: store, logs, attempts. Default: `.engine` under the root. */
  readonly data: string;
  /** Attempts that may run at once over all runs. Default 16. */
  readonly concurrency: number;
  /** Named, finite resources: how many slots each has. */
  readonly pools: Readonly<Record<string, number>>;
  /** Values that expressions see as `vars.*`. */
  readonly vars: Readonly<Record<string, string | number | boolean>>;
  /** Where the values come from that expressions see as `secrets.*`. */
  readonly secrets: SecretSources;
  /** How to reach what tasks talk to, by name, as written: texts may hold expressions with `vars` and `secrets`. */
  readonly connections: Readonly<Record<string, JsonObject>>;
  /** Modules with operators beside the built-in ones. */
  readonly plugins: readonly PluginEntry[];
  /** The daemon follows this repository instead of the folder of pipelines; other commands take the folder. */
  readonly git?: GitConfig;
  /** Where the daemon's API listens, and who may ask. */
  readonly server: ServerConfig;
  readonly metrics: MetricsConfig;
  readonly retention: Retention;
  /** What `engine validate` makes of its findings. Its globs begin at the root. */
  readonly validate: Policy;
}
