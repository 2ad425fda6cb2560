import type { OperatorSpec } from "../../src/language/index.ts";
import type { JsonObject } from "../../src/lib/index.ts";
import { operators } from "../../src/operators/index.ts";

/** An operator with a connection; what the built-in one of that name is, outweighs it. */
const SLACK: OperatorSpec = {
  name: "slack",
  summary: "Tells somebody",
  docs: "",
  schema: {},
  normalise: (value) => value as JsonObject,
  shell_keys: [],
  secret_keys: [],
  expression_keys: [],
  connections: ["slack"],
  branch: false,
};

/** The built-in operators, and in any case one that takes a connection of the type `slack`. */
export const operatorsWithSlack: ReadonlyMap<string, OperatorSpec> = new Map<string, OperatorSpec>([
  ...operators,
  [SLACK.name, operators.get(SLACK.name) ?? SLACK],
]);
