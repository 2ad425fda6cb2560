import { pipeline_schema } from "../definition/pipeline.ts";

/*
 * The canonical order of keys. Keys that are a pipeline's own (the ids of its tasks, its params, its variables) have none:
 * they stay as they are written.
 */

/** What a mapping is, as far as the order of its keys goes. */
export interface KeyOrder {
  /** The keys in their order. */
  readonly keys: readonly string[];
  /** The orders of the mappings under a key; "*" stands for all keys. */
  readonly inner?: Readonly<Record<string, KeyOrder>>;
}

const { definitions, properties } = pipeline_schema;

/** Where the operator stands among the keys of a task. */
const OPERATOR = "<operator>";

/**
 * What a task is, when it runs and how often, what it is given, what it does, what comes of it, and whom to tell. What is
 * short stands before the script, which may be long, so that nobody has to look for it below.
 */
const TASK_KEYS: readonly string[] = [
  "doc",
  "needs",
  "trigger_rule",
  "if",
  "for_each",
  "max_parallel",
  "depends_on_past",
  "priority",
  "pool",
  "pool_slots",
  "retries",
  "timeout",
  "grace",
  "on_lost",
  "soft_fail",
  "allow_failure",
  "env",
  "cwd",
  OPERATOR,
  "outputs",
  "metrics",
  "checks",
  "on_failure",
  "on_success",
  "on_retry",
];

const RETRIES: KeyOrder = { keys: Object.keys(definitions.retries.anyOf[1].properties) };
const schedule = definitions.schedule.anyOf[1].properties;

/** The order of a pipeline, whose tasks may have these operators. */
export function pipelineOrder(operators: Iterable<string>): KeyOrder {
  const task: KeyOrder = {
    keys: TASK_KEYS.flatMap((key) => (key === OPERATOR ? [...operators] : [key])),
    inner: {
      retries: RETRIES,
      metrics: { keys: [], inner: { "*": { keys: Object.keys(definitions.metric.properties) } } },
      checks: { keys: [], inner: { "*": { keys: Object.keys(definitions.check.properties) } } },
    },
  };
  return {
    keys: Object.keys(properties),
    inner: {
      schedule: {
        keys: Object.keys(schedule),
        inner: { catchup: { keys: Object.keys(schedule.catchup.anyOf[2].properties) } },
      },
      defaults: { keys: TASK_KEYS, inner: { retries: RETRIES } },
      tasks: { keys: [], inner: { "*": task } },
      slo: { keys: Object.keys(definitions.slo.properties) },
    },
  };
}

/** An entry of a mapping, as its place among the others depends on it. */
export interface Sortable {
  readonly key: string;
  /** Anchors that are set in it, and aliases in it, by name. */
  readonly anchors: ReadonlySet<string>;
  readonly aliases: ReadonlySet<string>;
}

/**
 * The entries in the canonical order. A key that has no place in it stays behind the one that it follows. What names an
 * anchor stays behind what sets it, and two that set the same one stay as they are.
 */
export function inOrder<T extends Sortable>(entries: readonly T[], { keys }: KeyOrder): readonly T[] {
  if (keys.length === 0) return entries;
  const ranks: number[] = [];
  for (const { key } of entries) {
    const rank = keys.indexOf(key);
    ranks.push(rank === -1 ? (ranks.at(-1) ?? -1) : rank);
  }
  const left = entries.map((_, index) => index).sort((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0) || a - b);
  const sorted: T[] = [];
  while (left.length > 0) {
    const next = left.find((index) => !left.some((other) => other < index && belongTogether(entries, other, index)));
    const chosen = entries[next ?? left[0] ?? 0];
    if (chosen === undefined) break;
    sorted.push(chosen);
    left.splice(left.indexOf(next ?? left[0] ?? 0), 1);
  }
  return sorted;
}

function belongTogether(entries: readonly Sortable[], before: number, after: number): boolean {
  const [a, b] = [entries[before], entries[after]];
  if (a === undefined || b === undefined) return false;
  const meets = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
    [...one].some((name) => other.has(name));
  // Of duplicate keys the first counts.
  return a.key === b.key || meets(a.anchors, b.anchors) || meets(a.anchors, b.aliases) || meets(a.aliases, b.anchors);
}
