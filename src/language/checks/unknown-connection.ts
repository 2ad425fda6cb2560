import { suggest } from "../../lib/index.ts";
import { hasTemplate } from "../expressions/template.ts";
import { respell } from "../mend.ts";
import { connectionKeys } from "../operator-keys.ts";
import type { OperatorSpec } from "../operator-spec.ts";
import { either } from "../shape/schema-words.ts";
import type { MapNode, SourceNode } from "../source.ts";
import type { Check, CheckContext } from "./check.ts";

export const unknownConnection: Check = {
  code: "ENG610",
  name: "unknown-connection",
  severity: "error",
  summary: "a task names a connection that doesn't exist, or one that its operator can't use",
  visit: {
    pipeline({ root, defaults }, context) {
      for (const node of [root, defaults]) checkChannels(node, context);
    },
    task({ node, operator }, _, context) {
      if (operator !== undefined) checkConnection(operator.spec, operator.node, context);
      checkChannels(node, context);
    },
  },
};

/** What tells somebody takes a connection as tasks do. */
function checkChannels(node: MapNode | undefined, context: CheckContext): void {
  for (const cause of ["on_success", "on_failure", "on_retry"]) {
    const channels = node?.get(cause);
    for (const channel of channels?.kind === "list" ? channels.items : []) {
      for (const { key, value } of channel.kind === "map" ? channel.entries : []) {
        const spec = context.options.operators.get(key);
        if (spec !== undefined) checkConnection(spec, value, context);
      }
    }
  }
}

function checkConnection(spec: OperatorSpec, config: SourceNode, context: CheckContext): void {
  for (const [key, types] of connectionKeys(spec)) {
    let node: SourceNode | undefined = config;
    for (const part of key.split(".")) node = node?.kind === "map" ? node.get(part) : undefined;
    checkNamed(spec.name, types, node, context);
  }
}

function checkNamed(
  operator: string,
  types: readonly string[],
  node: SourceNode | undefined,
  { options: { connections }, report }: CheckContext,
): void {
  if (connections === undefined || node?.kind !== "scalar") return;
  // Which one an expression chooses is known when it runs.
  if (typeof node.value !== "string" || hasTemplate(node.text)) return;
  const type = connections.get(node.text);
  if (type !== undefined && types.includes(type)) return;
  const fitting = [...connections].flatMap(([name, each]) => (types.includes(each) ? [name] : []));
  const near = suggest(node.text, fitting);
  const words = either(types.map(quoted));
  const message =
    type === undefined
      ? `there is no connection \`${node.text}\``
      : `\`${node.text}\` is a connection of type \`${type}\`, and \`${operator}\` takes ${words}`;
  const known =
    fitting.length === 0
      ? `there is none of type ${words}`
      : `of type ${words} there is ${either(fitting.map(quoted), "and")}`;
  report({
    at: node,
    message,
    hint: near === undefined ? `set it under \`connections\` in engine.yaml; ${known}` : `did you mean \`${near}\`?`,
    fix: near === undefined ? undefined : respell(node, { written: node.text, meant: near, candidates: fitting }),
  });
}

function quoted(name: string): string {
  return `\`${name}\``;
}
