import { type JsonObject, parseDuration } from "../lib/index.ts";
import type { Retention } from "./config.ts";
import { RETENTION_DEFAULT } from "./definition.ts";

/** `retention` as the schema of engine.yaml lets it through. */
interface Written {
  readonly runs?: string;
  readonly keep_runs?: number;
  readonly max_runs?: number;
  readonly logs?: string;
  readonly audit?: string;
}

/** How long things are kept. */
export function readRetention(value: JsonObject): Retention {
  const { runs, keep_runs, max_runs, logs, audit } = { ...RETENTION_DEFAULT, ...(value as Written) };
  return {
    runs_ms: parseDuration(runs) ?? 0,
    keep_runs: Math.min(keep_runs, max_runs ?? keep_runs),
    ...(max_runs !== undefined && { max_runs }),
    logs_ms: parseDuration(logs) ?? 0,
    audit_ms: parseDuration(audit) ?? 0,
  };
}
