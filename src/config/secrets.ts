import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { type JsonObject, parseDuration } from "../lib/index.ts";
import type { SecretSources } from "./config.ts";
import { SECRET_REFRESH_DEFAULT, SECRET_TIMEOUT_DEFAULT } from "./definition.ts";

const PREFIX = "ENGINE_SECRET_";

/** What a secret in a folder may be called; Kubernetes keeps names with dots there for itself. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `secrets` as the schema of engine.yaml lets it through. */
interface Written {
  readonly files?: string;
  readonly commands?: Readonly<Record<string, string | readonly string[]>>;
  readonly timeout?: string;
  readonly refresh?: string;
}

/** Where secrets come from. `base`: the folder in which the path of `files` begins. */
export function readSecretSources(
  value: JsonObject,
  env: Readonly<Record<string, string | undefined>>,
  base: string,
): SecretSources {
  const { files, commands = {}, timeout = SECRET_TIMEOUT_DEFAULT, refresh = SECRET_REFRESH_DEFAULT } = value as Written;
  const environment: Record<string, string> = {};
  for (const [name, text] of Object.entries(env)) {
    if (name.startsWith(PREFIX) && text !== undefined) environment[name.slice(PREFIX.length)] = text;
  }
  return {
    environment,
    ...(files === undefined ? {} : { files: resolve(base, files) }),
    commands: Object.fromEntries(Object.entries(commands).map(([name, command]) => [name, wordsOf(command)])),
    timeout_ms: parseDuration(timeout) ?? 0,
    refresh_ms: parseDuration(refresh) ?? 0,
  };
}

function wordsOf(command: string | readonly string[]): readonly string[] {
  return typeof command === "string" ? command.trim().split(/\s+/) : command;
}

/** The names of the secrets that are set here. Reads no value and runs nothing. */
export function secretNames({ environment, files, commands }: SecretSources): ReadonlySet<string> {
  const inFolder = files === undefined ? [] : secretFiles(files);
  return new Set([...Object.keys(environment), ...inFolder, ...Object.keys(commands)]);
}

/** The names of the secrets in a folder; none when it isn't there or can't be read. */
export function secretFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => NAME.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return [];
  }
}
