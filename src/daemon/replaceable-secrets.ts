import type { SecretSources } from "../config/index.ts";
import { createSecretStore, type SecretStore, type SecretStoreOptions } from "./secret-store.ts";

/** Secrets whose sources can be replaced by others while they are in use. */
export class ReplaceableSecrets implements SecretStore {
  readonly #options: SecretStoreOptions;
  /** Those that somebody needs. */
  readonly #needed = new Set<string>();
  #sources: SecretSources;
  #store: SecretStore;

  constructor(sources: SecretSources, options: SecretStoreOptions) {
    this.#options = options;
    this.#sources = sources;
    this.#store = createSecretStore(sources, options);
  }

  /** Resolves once those that are needed were read from there, or it is known why not; until then the old ones count. */
  async replace(sources: SecretSources): Promise<void> {
    if (JSON.stringify(sources) === JSON.stringify(this.#sources)) return;
    const next = createSecretStore(sources, this.#options);
    await next.ready([...this.#needed]);
    this.#store.close();
    this.#store = next;
    this.#sources = sources;
  }

  values(): Readonly<Record<string, string>> {
    return this.#store.values();
  }

  problem(name: string): string | undefined {
    return this.#store.problem(name);
  }

  ready(names: readonly string[]): Promise<void> {
    for (const name of names) this.#needed.add(name);
    return this.#store.ready(names);
  }

  close(): void {
    this.#store.close();
  }
}
