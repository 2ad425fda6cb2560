import { suggest } from "../../lib/index.ts";
import { baseEnvironment } from "./cel.ts";
import type { Call } from "./references.ts";

/*
 * The functions that expressions may call, by name: what a misspelt one meant, and how many arguments
 * each takes.
 */

interface Signatures {
  /** Counts of arguments, of `name(…)` and of `receiver.name(…)`. */
  readonly plain: Set<number>;
  readonly method: Set<number>;
}

let signatures: ReadonlyMap<string, Signatures> | undefined;

function known(): ReadonlyMap<string, Signatures> {
  if (signatures === undefined) {
    const found = new Map<string, Signatures>();
    for (const { name, receiverType, params } of baseEnvironment().getDefinitions().functions) {
      // Optional types are not part of the dialect.
      if (receiverType?.startsWith("optional") || receiverType === "OptionalNamespace") continue;
      const entry = found.get(name) ?? { plain: new Set(), method: new Set() };
      (receiverType === null ? entry.plain : entry.method).add(params.length);
      found.set(name, entry);
    }
    signatures = found;
  }
  return signatures;
}

/** Functions of other languages that people reach for, and what to write here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  toJSON: "a list or a map in a text becomes JSON by itself",
  fromJSON: "`bytes(text).json()` reads a map from JSON",
  len: "write `size(…)`",
  length: "write `size(…)`",
  count: "write `size(…)`",
  str: "write `string(…)`",
  float: "write `double(…)`",
  lower: "write `text.lowerAscii()`",
  upper: "write `text.upperAscii()`",
  strftime: 'write `run.logical_date.format("%Y-%m-%d")`',
  now: "a run has no now, so that it can be run again: use `run.logical_date`",
  success: "that is the default; see `trigger_rule` for others",
  failure: "write `trigger_rule: one_failed` instead",
  always: "write `trigger_rule: all_done` instead",
  cancelled: "a cancelled run starts no further tasks",
};

/** What is wrong with a call, whatever the types: no such function, or another number of arguments. */
export function callProblem(
  call: Call,
): { readonly kind: "unknown" | "arity"; readonly message: string; readonly hint?: string } | undefined {
  const found = known().get(call.name);
  if (found === undefined) {
    const near = suggest(call.name, known().keys());
    const hint = Object.hasOwn(ELSEWHERE, call.name) ? ELSEWHERE[call.name] : near && `did you mean \`${near}\`?`;
    return {
      kind: "unknown",
      message: `there is no function \`${call.name}\``,
      ...(hint === undefined ? {} : { hint }),
    };
  }
  const counts = call.method ? found.method : found.plain;
  if (counts.size === 0) {
    const message = `\`${call.name}\` is ${call.method ? "a function, not a method" : "a method, not a function"}`;
    const hint = call.method ? `write \`${call.name}(…)\`` : `write \`value.${call.name}(…)\``;
    return { kind: "unknown", message, hint };
  }
  if (counts.has(call.count)) return undefined;
  const wanted = [...counts].sort((a, b) => a - b);
  const takes = `${wanted.join(" or ")} argument${wanted.length === 1 && wanted[0] === 1 ? "" : "s"}`;
  return { kind: "arity", message: `\`${call.name}\` takes ${takes}, not ${call.count}` };
}
