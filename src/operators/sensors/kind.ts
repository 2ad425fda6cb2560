import type { EpochMs, Failure } from "../../core/index.ts";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import type { AttemptHost } from "../operator.ts";

/** What a look found. */
export type Look =
  | {
      readonly state: "found";
      /** What it found, by name: the declared ones are handed on. */
      readonly values?: JsonObject;
      /** What the `value` of an output sees. */
      readonly result?: JsonObject;
    }
  | {
      readonly state: "not_yet";
      /** Why not, in some words: `there is no such file`. */
      readonly why: string;
      /** When it is worth looking again, where that is known; else after the interval. */
      readonly again_at?: EpochMs;
    }
  /** It can't be looked for: a mistake that no waiting mends. */
  | { readonly state: "failed"; readonly failure: Failure };

/** What a sensor waits for: one module a kind. */
export interface SensorKind {
  /** The key under `sensor`. */
  readonly name: string;
  /** JSON Schema of what stands under the key. */
  readonly schema: JsonObject;
  /** Widens the short form. */
  normalise(value: JsonValue): JsonValue;
  /** Looks once. A throw is a bug. */
  look(host: AttemptHost, config: JsonValue): Promise<Look>;
  /** Calls back when it is worth looking before the interval is over. Returns how to stop. */
  watch?(host: AttemptHost, config: JsonValue, changed: () => void): () => void;
}
