import type { Failure } from "../../core/index.ts";
import type { JsonValue } from "../../lib/index.ts";
import type { Taking } from "./gather.ts";
import type { SqlResult } from "./settings.ts";

/*
 * What the engine and the process that works on a SQLite database say to each other.
 */

/** What is to be done; the first message to the process. */
export interface SqliteRequest extends Taking {
  /** An absolute path, or `:memory:`. */
  readonly file: string;
  readonly read_only: boolean;
  readonly statements: readonly {
    readonly text: string;
    readonly values: readonly JsonValue[];
    readonly verb: string;
  }[];
  readonly transaction: boolean;
}

export type SqliteReply =
  /** All statements were carried out. The process waits for a `SqliteVerdict` before it keeps what they did. */
  | { readonly type: "result"; readonly result: SqlResult }
  | { readonly type: "kept" }
  | {
      readonly type: "failed";
      readonly failure: Failure;
      /** The number of the statement, from 0 on. */
      readonly statement?: number;
    };

export interface SqliteVerdict {
  readonly keep: boolean;
}
