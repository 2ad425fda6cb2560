import type { EpochMs } from "../core/index.ts";
import type { Store } from "./ports.ts";
import type { Program } from "./program.ts";

/** Versions that are remembered as stored: those of all live pipelines, a few times over. */
const REMEMBERED_MAX = 10_000;

/** Keeps what runs begin with. A version that was stored once is not stored again for each of its runs. */
export class StoredVersions {
  readonly #store: Store;
  readonly #stored = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Stores each anew when it comes: some were deleted. */
  forget(): void {
    this.#stored.clear();
  }

  /** Resolves once the version of a program is stored. */
  async put({ pipeline }: Program, now: EpochMs): Promise<void> {
    const { version, name, file, source } = pipeline;
    if (this.#stored.has(version)) return;
    await this.#store.putPipelineVersion({ version, pipeline: name, file, source, stored_at: now });
    if (this.#stored.size >= REMEMBERED_MAX) this.#stored.clear();
    this.#stored.add(version);
  }
}
