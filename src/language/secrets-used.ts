import type { JsonObject, JsonValue } from "../lib/index.ts";
import { ExpressionCache } from "./expressions/evaluate.ts";
import { hasTemplate, parseTemplate } from "./expressions/template.ts";
import type { Notify, Pipeline } from "./pipeline.ts";

/** The names of the secrets that a pipeline's expressions use. */
export function secretNames(pipeline: Pipeline, expressions: ExpressionCache): readonly string[] {
  const channels = (notify: Notify): JsonValue[] =>
    Object.values(notify).flatMap((all) => all.map(({ config }) => config));
  const texts = pipeline.tasks.flatMap((task) => [{ ...task.env }, task.config, ...channels(task.notify)]);
  return secretsIn([{ ...pipeline.env }, ...channels(pipeline.notify), ...texts], expressions);
}

/** The names of the secrets that the expressions in these values use. */
export function secretsIn(values: readonly JsonValue[], expressions: ExpressionCache): readonly string[] {
  const names = new Set<string>();
  const look = (value: JsonValue): void => {
    if (typeof value === "string") {
      if (!hasTemplate(value)) return;
      for (const part of parseTemplate(value).parts) {
        const references = part.type === "expression" ? expressions.references(part.source).get("secrets") : undefined;
        for (const { steps } of references ?? []) if (steps[0]?.name !== undefined) names.add(steps[0].name);
      }
    } else if (value !== null && typeof value === "object") Object.values(value).forEach(look);
  };
  values.forEach(look);
  return [...names];
}

/** The names of all secrets that a run of a pipeline may need: its own, and those of the connections that it names. */
export function secretsUsedBy(
  pipeline: Pipeline,
  connections: Readonly<Record<string, JsonObject>>,
): readonly string[] {
  const expressions = new ExpressionCache();
  const used = connectionsOf(pipeline, connections);
  return [...new Set([...secretNames(pipeline, expressions), ...secretsIn(used, expressions)])];
}

/** Those that a pipeline names; all, when an expression chooses one. */
function connectionsOf(pipeline: Pipeline, connections: Readonly<Record<string, JsonObject>>): readonly JsonObject[] {
  const notifies = [pipeline, ...pipeline.tasks].flatMap(({ notify }) => Object.values(notify).flat());
  const configs = [...pipeline.tasks, ...notifies].map(({ config }) => config);
  const names = configs.flatMap(connectionNames);
  if (names.some(hasTemplate)) return Object.values(connections);
  return names.flatMap((name): readonly JsonObject[] => {
    const named = Object.hasOwn(connections, name) ? connections[name] : undefined;
    return named === undefined ? [] : [named];
  });
}

/** What stands under `connection` anywhere in a config. */
function connectionNames(config: JsonValue): readonly string[] {
  if (config === null || typeof config !== "object") return [];
  return Object.entries(config).flatMap(([key, value]) =>
    key === "connection" && typeof value === "string" ? [value] : connectionNames(value),
  );
}
