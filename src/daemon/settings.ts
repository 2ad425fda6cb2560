import type { Config } from "../config/index.ts";
import { formatDuration, type JsonObject, type JsonValue } from "../lib/index.ts";

/** The configuration that counts, for people: durations as they are written; of secrets and connections what they are called. */
export function describeSettings(config: Config): JsonObject {
  const { pools, vars, secrets, connections, plugins, git, server, metrics, retention, concurrency } = config;
  const { timeout_ms, refresh_ms, environment, commands, files } = secrets;
  return {
    ...{ pipelines: config.pipelines, data: config.data, concurrency, pools, vars },
    secrets: {
      environment: Object.keys(environment).sort(),
      commands: Object.keys(commands).sort(),
      ...(files !== undefined && { files }),
      ...written({ timeout_ms, refresh_ms }),
    },
    connections: Object.fromEntries(Object.entries(connections).map(([name, { type = null }]) => [name, type])),
    plugins: plugins.map(({ module }) => module),
    ...(git !== undefined && { git: written({ ...git }) }),
    server: { ...server, tls: server.tls !== undefined },
    metrics: metrics as unknown as JsonObject,
    retention: written({ ...retention }),
  };
}

/** `timeout_ms: 60000` as `timeout: 1m`. */
function written(settings: Readonly<Record<string, JsonValue>>): JsonObject {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) =>
      key.endsWith("_ms") ? [key.slice(0, -"_ms".length), formatDuration(Number(value))] : [key, value],
    ),
  );
}
