import type { SecretSources } from "../config/index.ts";
import type { EpochMs } from "../core/index.ts";
import type { Clock } from "../engine/index.ts";
import { readFromCommand } from "./secret-command.ts";
import { SecretFiles } from "./secret-files.ts";
import type { SecretReading } from "./secret-reading.ts";

/** How long what was seen of the folder of files holds. */
const LOOK_EVERY_MS = 1_000;

/** The first wait after a command has failed; it doubles, up to the time between two refreshes. */
const RETRY_FIRST_MS = 5_000;

/** Commands don't run again more often than this, whatever engine.yaml says. */
const REFRESH_MIN_MS = 1_000;

/** The values of secrets, from wherever engine.yaml says. In memory alone. */
export interface SecretStore {
  /** All values that are known now. The same object until one changes. */
  values(): Readonly<Record<string, string>>;
  /** Why there is no value of a secret; undefined when nothing is known of it. */
  problem(name: string): string | undefined;
  /** Resolves when each of these has a value, or it is known why not; from then on they are kept up to date. */
  ready(names: readonly string[]): Promise<void>;
  /** Ends the commands that run. */
  close(): void;
}

export interface SecretStoreOptions {
  readonly clock: Clock;
  /** Where commands run: the root. */
  readonly cwd: string;
  /** What commands inherit. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told when a command fails whose last value is still used. */
  readonly onTrouble: (message: string, cause: unknown) => void;
}

export function createSecretStore(sources: SecretSources, options: SecretStoreOptions): SecretStore {
  return new Secrets(sources, options);
}

/** The value of one secret. Rejects with why there is none. */
export async function secretOf(secrets: SecretStore, name: string): Promise<string> {
  await secrets.ready([name]);
  const value = secrets.values()[name];
  if (value !== undefined) return value;
  throw new Error(
    `there is no secret ${name}: ${secrets.problem(name) ?? "nothing in engine.yaml or the environment gives it"}`,
  );
}

/** A secret that comes from a command. */
interface Commanded {
  /** The last one that was read. */
  value?: string;
  /** Why the last try failed. */
  problem?: string;
  tried_at?: EpochMs;
  failures: number;
  reading?: Promise<void>;
  /** Cancels the next time. */
  cancel?: () => void;
}

class Secrets implements SecretStore {
  readonly #sources: SecretSources;
  readonly #options: SecretStoreOptions;
  readonly #files: SecretFiles | undefined;
  readonly #commanded = new Map<string, Commanded>();
  readonly #closing = new AbortController();
  #looked_at: EpochMs | undefined;
  #values: Readonly<Record<string, string>> | undefined;

  constructor(sources: SecretSources, options: SecretStoreOptions) {
    this.#sources = sources;
    this.#options = options;
    this.#files = sources.files === undefined ? undefined : new SecretFiles(sources.files);
  }

  values(): Readonly<Record<string, string>> {
    this.#look();
    this.#values ??= this.#merged();
    return this.#values;
  }

  problem(name: string): string | undefined {
    if (Object.hasOwn(this.values(), name)) return undefined;
    const reading = this.#files?.readings().get(name);
    const problem = reading?.ok === false ? reading.problem : this.#commanded.get(name)?.problem;
    if (problem !== undefined) return problem;
    if (Object.hasOwn(this.#sources.commands, name)) return "its command has not run yet";
    return this.#files?.folderProblem();
  }

  async ready(names: readonly string[]): Promise<void> {
    const { commands, environment } = this.#sources;
    this.#look();
    const files = this.#files?.readings();
    const wanted = names.filter(
      (name) => Object.hasOwn(commands, name) && !Object.hasOwn(environment, name) && files?.has(name) !== true,
    );
    await Promise.all([...new Set(wanted)].map((name) => this.#want(name)));
  }

  close(): void {
    this.#closing.abort();
    for (const { cancel } of this.#commanded.values()) cancel?.();
  }

  #look(): void {
    const now = this.#options.clock.now();
    const known_ms = this.#looked_at === undefined ? undefined : now - this.#looked_at;
    if (this.#files === undefined || (known_ms !== undefined && known_ms >= 0 && known_ms < LOOK_EVERY_MS)) return;
    this.#looked_at = now;
    if (this.#files.look()) this.#values = undefined;
  }

  /** The environment outweighs files, which outweigh commands. */
  #merged(): Readonly<Record<string, string>> {
    const values: Record<string, string> = {};
    for (const [name, { value }] of this.#commanded) if (value !== undefined) values[name] = value;
    for (const [name, reading] of this.#files?.readings() ?? []) {
      // A file that can't be read is no reason to take another value than the one that was meant.
      if (reading.ok) values[name] = reading.value;
      else delete values[name];
    }
    return { ...values, ...this.#sources.environment };
  }

  async #want(name: string): Promise<void> {
    const known = this.#commanded.get(name);
    if (known === undefined) return this.#read(name);
    if (known.reading !== undefined && known.value === undefined) return known.reading;
    const failed_ms = this.#options.clock.now() - (known.tried_at ?? 0);
    if (known.value === undefined && failed_ms >= RETRY_FIRST_MS) return this.#read(name);
  }

  /** Runs the command, once at a time, and sees to the next time. */
  #read(name: string): Promise<void> {
    const commanded: Commanded = this.#commanded.get(name) ?? { failures: 0 };
    this.#commanded.set(name, commanded);
    commanded.cancel?.();
    commanded.reading = this.#run(name).then((reading) => {
      delete commanded.reading;
      this.#take(name, commanded, reading);
    });
    return commanded.reading;
  }

  #run(name: string): Promise<SecretReading> {
    const { commands, timeout_ms } = this.#sources;
    const { cwd, clock, env } = this.#options;
    return readFromCommand({
      words: commands[name] ?? [],
      cwd,
      env: withoutSecrets(env),
      timeout_ms,
      clock,
      signal: this.#closing.signal,
      mask: () => Object.values(this.values()),
    });
  }

  #take(name: string, commanded: Commanded, reading: SecretReading): void {
    if (this.#closing.signal.aborted) return;
    const { clock, onTrouble } = this.#options;
    const now = clock.now();
    commanded.tried_at = now;
    if (reading.ok) {
      commanded.failures = 0;
      delete commanded.problem;
      if (commanded.value !== reading.value) this.#values = undefined;
      commanded.value = reading.value;
    } else {
      commanded.failures += 1;
      commanded.problem = reading.problem;
      if (commanded.value !== undefined && commanded.failures === 1) {
        onTrouble(
          `the secret ${name} could not be read again, so its last value is used: ${reading.problem}`,
          undefined,
        );
      }
    }
    const refresh_ms = Math.max(this.#sources.refresh_ms, REFRESH_MIN_MS);
    const wait_ms =
      commanded.failures === 0 ? refresh_ms : Math.min(RETRY_FIRST_MS * 2 ** (commanded.failures - 1), refresh_ms);
    commanded.cancel = clock.wakeIn(wait_ms, () => void this.#read(name));
  }
}

/** Commands no more inherit the secrets of tasks than other tasks do. */
function withoutSecrets(env: SecretStoreOptions["env"]): SecretStoreOptions["env"] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("ENGINE_SECRET_")));
}
