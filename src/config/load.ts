import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import {
  type CheckedDocument,
  checkDocument,
  type Diagnostic,
  type DocumentTexts,
  type Found,
  type Policy,
  settle,
} from "../language/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import type { Config, PluginEntry } from "./config.ts";
import { isCredential } from "./connections.ts";
import { CONCURRENCY_DEFAULT, config_properties, config_schema, keySchema } from "./definition.ts";
import { validators } from "./generated/validators.ts";
import { readGit } from "./git.ts";
import { readMetrics } from "./metrics.ts";
import { readPolicy } from "./policy.ts";
import { readRetention } from "./retention.ts";
import { readSecretSources, secretNames } from "./secrets.ts";
import { readServer } from "./server.ts";

/** The name of the file, in the repository's root. */
export const CONFIG_FILE = "engine.yaml";

/** What the command line says. Flags outweigh the environment, which outweighs the file. */
export interface ConfigFlags {
  readonly pipelines?: string;
  readonly data?: string;
  readonly concurrency?: string;
  /** `NAME=SLOTS`, each. */
  readonly pool?: readonly string[];
  /** `NAME=VALUE`, each. */
  readonly var?: readonly string[];
  /** Where the API listens: `HOST:PORT`. */
  readonly listen?: string;
}

export interface ConfigSources {
  /** engine.yaml is looked for here and then upwards; relative paths of flags and of the environment begin here. Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: ConfigFlags;
  /** The text of a file (absolute) that an editor has open; it outweighs what is on disk. */
  readonly textOf?: (path: string) => string | undefined;
}

export interface LoadedConfig {
  /** Absent when there is an error. */
  readonly config?: Config;
  /** The engine.yaml that was found, relative to the working directory. */
  readonly file?: string;
  /** Their `file` is engine.yaml, an environment variable's name, or a flag. */
  readonly diagnostics: readonly Diagnostic[];
  /** What was found in engine.yaml before levels and suppressions; absent when it has an error that can't be suppressed. */
  readonly found?: Found;
  /** What the diagnostics are about, by their `file`. */
  readonly texts: ReadonlyMap<string, string>;
}

type Key = keyof typeof config_properties;
/** What one source says. */
type Settings = { readonly [key in Key]?: JsonValue };

/** Settles the configuration. Throws a system error when engine.yaml is there and can't be read. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { cwd, env, flags, textOf } = sources;
  const reader = new Reader();
  const nearestFile = findConfigFile(cwd, textOf);
  const root = nearestFile === undefined ? cwd : dirname(nearestFile.path);
  const file = nearestFile === undefined ? undefined : relative(cwd, nearestFile.path);
  const fromFile = nearestFile === undefined || file === undefined ? {} : reader.file(file, nearestFile.bytes);
  const fromEnv = reader.environment(env);
  const fromFlags = reader.flags(flags);
  const { diagnostics, texts } = reader;
  const settled = { diagnostics, texts, ...(file === undefined ? {} : { file }) };
  if (diagnostics.some(({ severity }) => severity === "error")) return settled;

  const nearest = { ...fromEnv, ...fromFlags };
  const folder = (key: "pipelines" | "data"): string =>
    nearest[key] === undefined
      ? resolve(root, String(fromFile[key] ?? config_properties[key].default))
      : resolve(cwd, String(nearest[key]));
  const merged = (key: "pools" | "vars" | "connections"): object => ({
    ...asObject(fromFile[key]),
    ...asObject(fromEnv[key]),
    ...asObject(fromFlags[key]),
  });
  const secrets = readSecretSources(
    { ...asObject(fromFile.secrets), ...asObject(fromEnv.secrets) },
    env,
    asObject(fromEnv.secrets).files === undefined ? root : cwd,
  );
  const server = readServer(
    { ...asObject(fromFile.server), ...asObject(fromEnv.server), ...asObject(fromFlags.server) },
    asObject(fromEnv.server).tls === undefined ? root : cwd,
  );
  if ("problem" in server) {
    reader.refuseKey("server", server.problem, server.hint, fromFlags.server ?? fromEnv.server);
    return settled;
  }
  const git = readGit({ ...asObject(fromFile.git), ...asObject(fromEnv.git) });
  if (git !== undefined && "problem" in git) {
    reader.refuseKey("git", git.problem, git.hint, fromEnv.git);
    return settled;
  }
  const names = { vars: Object.keys(merged("vars")), secrets: secretNames(secrets) };
  const { found, diagnostics: left } = reader.checkConnections(names, relative(root, cwd));
  const all = { ...settled, found, diagnostics: left };
  if (left.some(({ severity }) => severity === "error")) return all;
  return {
    ...all,
    config: {
      root,
      has_file: file !== undefined,
      pipelines: folder("pipelines"),
      data: folder("data"),
      concurrency: Number(nearest.concurrency ?? fromFile.concurrency ?? CONCURRENCY_DEFAULT),
      pools: merged("pools") as Config["pools"],
      vars: merged("vars") as Config["vars"],
      secrets,
      connections: merged("connections") as Config["connections"],
      plugins: reader.plugins,
      ...(git !== undefined && { git }),
      server,
      metrics: readMetrics({ ...asObject(fromFile.metrics), ...asObject(fromEnv.metrics) }),
      retention: readRetention({ ...asObject(fromFile.retention), ...asObject(fromEnv.retention) }),
      validate: reader.policy,
    },
  };
}

/** Reads what each source says, and gathers what is wrong with it. */
class Reader {
  readonly diagnostics: Diagnostic[] = [];
  readonly texts = new Map<string, string>();
  policy: Policy = { rules: {}, overrides: [], ignore: [] };
  plugins: readonly PluginEntry[] = [];
  #file: CheckedDocument | undefined;
  #filePath = "";
  /** The variable `ENGINE_CONNECTIONS`. */
  #connections: CheckedDocument | undefined;

  file(path: string, bytes: Uint8Array): Settings {
    this.texts.set(path, new TextDecoder().decode(bytes));
    const document = checkDocument(
      { path, bytes },
      { name: CONFIG_FILE, schema: asSchema(config_schema), validate: validatorOf("config") },
    );
    const {
      validate,
      plugins = [],
      ...settings
    } = asObject(document.value) as Settings & {
      readonly validate?: JsonValue;
      readonly plugins?: readonly string[];
    };
    this.plugins = plugins.map((module, index) => ({
      module,
      file: path,
      range: document.placeOf(["plugins", index]),
    }));
    const { policy, diagnostics } = readPolicy(path, document, validate);
    this.policy = policy;
    this.diagnostics.push(...document.diagnostics, ...diagnostics);
    this.#file = document;
    this.#filePath = path;
    return settings;
  }

  /**
   * What all sources together have wrong, once none of them has an error of its own: connections may use vars and secrets
   * of other sources. `folder`: the working directory as a path from the root.
   */
  checkConnections(
    names: Pick<DocumentTexts, "vars" | "secrets">,
    folder: string,
  ): { readonly found: Found; readonly diagnostics: readonly Diagnostic[] } {
    const inFile = this.#file?.checkTexts({ ...names, below: "connections", isCredential }) ?? [];
    const comments = this.#file?.comments ?? [];
    const found = { diagnostics: [...this.diagnostics, ...inFile], comments };
    const { diagnostics } = settle(found, {
      policy: this.policy,
      folder: folder.replaceAll("\\", "/"),
      complete: false,
    });
    // Who sets a variable may write credentials there.
    return { found, diagnostics: [...diagnostics, ...(this.#connections?.checkTexts(names) ?? [])] };
  }

  /** `ENGINE_CONCURRENCY` and its like. A variable that is set but empty counts as not set. */
  environment(env: ConfigSources["env"]): Settings {
    const settings: Record<string, JsonValue> = {};
    for (const key of Object.keys(config_properties) as Key[]) {
      const name = `ENGINE_${key.toUpperCase()}`;
      const text = env[name];
      if (text !== undefined && text !== "") this.#set(settings, key, name, text);
    }
    return settings;
  }

  flags(flags: ConfigFlags): Settings {
    const settings: Record<string, JsonValue> = {};
    for (const key of ["pipelines", "data", "concurrency"] as const) {
      const text = flags[key];
      if (text !== undefined) this.#set(settings, key, `--${key}`, text);
    }
    for (const [key, flag, given] of [
      ["pools", "--pool", flags.pool],
      ["vars", "--var", flags.var],
    ] as const) {
      for (const pair of given ?? []) this.#setPair(settings, key, flag, pair);
    }
    if (flags.listen !== undefined) {
      const server = this.#read("server", "--listen", JSON.stringify({ listen: flags.listen }));
      if (server !== undefined) settings.server = server;
    }
    return settings;
  }

  /** What is said of a key doesn't go together. `nearest`: what the flags or else the environment say of it. */
  refuseKey(key: "server" | "git", message: string, hint: string, nearest: JsonValue | undefined): void {
    if (nearest !== undefined || this.#file === undefined) {
      this.#refuse(`ENGINE_${key.toUpperCase()}`, JSON.stringify(nearest), `can't be used: ${message}`, hint);
      return;
    }
    const finding = { code: "ENG204", name: "bad-value", severity: "error", message, hint } as const;
    this.diagnostics.push({ ...finding, file: this.#filePath, range: this.#file.placeOf([key]) });
  }

  #set(settings: Record<string, JsonValue>, key: Key, source: string, text: string): void {
    // A path is taken to the letter; the rest is YAML, as in the file.
    if (key === "pipelines" || key === "data") {
      if (text.trim() === "") this.#refuse(source, text, "is empty", "give a folder, or leave it out");
      else settings[key] = text;
      return;
    }
    const value = this.#read(key, source, text);
    if (value !== undefined) settings[key] = value;
  }

  #setPair(settings: Record<string, JsonValue>, key: "pools" | "vars", flag: string, pair: string): void {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || text === undefined) {
      const form = key === "pools" ? "NAME=SLOTS" : "NAME=VALUE";
      this.#refuse(
        flag,
        pair,
        `must have the form ${form}`,
        `write \`${flag} ${key === "pools" ? "gpu=2" : "region=eu"}\``,
      );
      return;
    }
    const value = this.#read(key, `${flag} ${name}`, `${name}: ${text === "" ? '""' : text}`);
    if (value !== undefined) settings[key] = { ...asObject(settings[key] ?? null), ...asObject(value) };
  }

  #read(key: Key, source: string, text: string): JsonValue | undefined {
    this.texts.set(source, text);
    const definition = { name: source, schema: asSchema(keySchema(key)), validate: validatorOf(key) };
    const document = checkDocument({ path: source, text }, definition);
    this.diagnostics.push(...document.diagnostics);
    if (key === "connections") this.#connections = document;
    return document.value;
  }

  #refuse(source: string, text: string, message: string, hint: string): void {
    this.texts.set(source, text);
    const start = { line: 1, column: 1, offset: 0 };
    const end = { line: 1, column: text.length + 1, offset: text.length };
    const finding = { code: "ENG204", name: "bad-value", severity: "error", hint } as const;
    this.diagnostics.push({ ...finding, file: source, range: { start, end }, message: `${source} ${message}` });
  }
}

/** The nearest engine.yaml from a folder upwards. */
function findConfigFile(cwd: string, textOf: ConfigSources["textOf"]): { path: string; bytes: Uint8Array } | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, CONFIG_FILE);
    const open = textOf?.(path);
    if (open !== undefined) return { path, bytes: new TextEncoder().encode(open) };
    try {
      return { path, bytes: readFileSync(path) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    }
    if (dirname(folder) === folder) return undefined;
  }
}

function validatorOf(name: string): (value: unknown) => boolean {
  return validators[name] ?? (() => false);
}

function asSchema(schema: object): Parameters<typeof checkDocument>[1]["schema"] {
  return schema as Parameters<typeof checkDocument>[1]["schema"];
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
