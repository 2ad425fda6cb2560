import type { TaskSource } from "../model.ts";
import { type MapEntry, type ScalarNode, stringOf } from "../source.ts";

/** A metric of a task, as far as it is well-formed. */
export interface MetricSource {
  readonly name: string;
  readonly key: ScalarNode;
  readonly type: string | undefined;
  readonly labels: readonly MapEntry[];
  /** The key `labels`. */
  readonly labelsKey?: ScalarNode;
}

export function metricsOf(task: TaskSource): readonly MetricSource[] {
  const metrics = task.node.get("metrics");
  if (metrics?.kind !== "map") return [];
  return metrics.entries.flatMap(({ key: name, keyNode: key, value }) => {
    if (value.kind !== "map") return [];
    const labels = value.entry("labels");
    return [
      {
        name,
        key,
        type: stringOf(value.get("type")),
        labels: labels?.value.kind === "map" ? labels.value.entries : [],
        ...(labels === undefined ? {} : { labelsKey: labels.keyNode }),
      },
    ];
  });
}
