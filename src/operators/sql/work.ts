import type { JsonObject } from "../../lib/index.ts";
import type { Taking } from "./gather.ts";
import type { SqlResult } from "./settings.ts";
import type { Statement } from "./statements.ts";

/** What is to be done on a database. */
export interface SqlWork extends Taking {
  /** Evaluated, its paths absolute. */
  readonly connection: JsonObject;
  /** Who asks, for the server's list of sessions. */
  readonly name: string;
  /** All statements, as written: for places in messages. */
  readonly source: string;
  readonly statements: readonly Statement[];
  /** All or none. */
  readonly transaction: boolean;
}

/**
 * Carries work out on a database. `accept` looks at the result before the transaction is kept, and refuses it by a throw.
 * @throws SqlFailure; CommitUnknown when nobody knows whether the transaction was kept; anything when it was aborted
 */
export type Session = (
  work: SqlWork,
  accept: (result: SqlResult) => Promise<void>,
  signal: AbortSignal,
) => Promise<SqlResult>;
