import { approval } from "./approval.ts";
import { bash } from "./bash.ts";
import { branch } from "./branch.ts";
import { docker } from "./docker/index.ts";
import { email } from "./email.ts";
import { validators } from "./generated/validators.ts";
import { http } from "./http.ts";
import { node } from "./node.ts";
import { noop } from "./noop.ts";
import type { Operator } from "./operator.ts";
import { pipeline } from "./pipeline.ts";
import { python } from "./python.ts";
import { sensor } from "./sensors/index.ts";
import { slack } from "./slack.ts";
import { sql } from "./sql.ts";
import { webhook } from "./webhook.ts";

export type { TaskContext } from "./code/task-context.ts";
export { dockerVersion } from "./docker/client.ts";
export type {
  Answer,
  AttemptError,
  AttemptHost,
  CallSpec,
  Operator,
  OutputLine,
  OutputMark,
  Outputs,
  OutsideHost,
  ProcessEnd,
  ProcessSpec,
} from "./operator.ts";

export { type LoadedOperators, type PluginProblem, withPlugins } from "./plugins.ts";

/** Every built-in operator, by the key that a task uses it with. A new one is added here and nowhere else. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  [approval, bash, branch, docker, email, http, node, noop, pipeline, python, sensor, slack, sql, webhook].map(
    (operator) => [operator.name, withValidator(operator)],
  ),
);

/** A new operator has no validator until `npm run gen` has written it. */
function withValidator(operator: Operator): Operator {
  const validate = validators[operator.name];
  return validate === undefined ? operator : { ...operator, validate };
}
