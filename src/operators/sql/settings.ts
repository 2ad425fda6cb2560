import type { JsonObject, JsonValue } from "../../lib/index.ts";

/** What is asked of a database, as the config gives it after `normalise`. */
export interface SqlSettings {
  readonly connection: string;
  /** The statements. Exactly one of it and `file` is there. */
  readonly query?: string;
  /** A path from `cwd` on. */
  readonly file?: string;
  /** By place, for `$1` and `?1`, or by name, for `:name`. */
  readonly params?: readonly JsonValue[] | JsonObject;
  /** All statements or none. */
  readonly transaction: boolean;
  readonly max_rows: number;
  /** A path from `cwd` on. */
  readonly save_to?: string;
}

/** What the last statement gave. */
export interface SqlResult {
  readonly rows: readonly JsonObject[];
  /** How many rows it gave; of one that gives none, how many it changed. */
  readonly row_count: number;
}

/** A database that is asked. */
export type Dialect = "postgres" | "sqlite";
