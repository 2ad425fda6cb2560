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
      /** When it is worth looking again, if that comes before the interval is over. */
      readonly again_at?: EpochMs;
      /** Before this moment nothing can be found, and then it is looked for at once. */
      readonly not_before?: EpochMs;
    }
  /** It can't be looked for: a mistake that no waiting mends. */
  | { readonly state: "failed"; readonly failure: Failure };

/** What a look gets. Its signal is aborted when it is to end: the attempt is told to stop, or the look takes too long. */
export type LookHost = Pick<AttemptHost, "work" | "runs" | "signal" | "now" | "log">;

/** As in `OperatorSpec`, by the keys of the kind's settings. */
export interface KindSpec {
  readonly secret_keys: readonly string[];
  readonly expression_keys: readonly string[];
  readonly literal_keys: Readonly<Record<string, string>>;
  readonly result_names: readonly string[];
  /** What the key `connection` may name. */
  readonly connections: readonly string[];
}

/** What a sensor waits for: one module a kind. */
export interface SensorKind {
  /** The key under `sensor`. */
  readonly name: string;
  /** JSON Schema of what stands under the key. */
  readonly schema: JsonObject;
  /** Widens the short form. */
  normalise(value: JsonValue): JsonValue;
  /** What the language has to know of the settings; absent: they hold expressions and nothing else. */
  readonly spec?: KindSpec;
  /** Looks once. A throw is a bug. */
  look(host: LookHost, config: JsonValue): Promise<Look>;
  /** Calls back when it is worth looking before the interval is over. Returns how to stop. */
  watch?(host: Pick<AttemptHost, "work">, config: JsonValue, changed: () => void): () => void;
}
