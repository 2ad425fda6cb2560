import type { TaskSource } from "../model.ts";
import type { SourceNode } from "../source.ts";
import type { Check, Finding } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const constantCondition: Check = {
  code: "ENG407",
  name: "constant-condition",
  severity: "warning",
  summary: "a condition is always true or always false",
  visit: {
    ...reportExpressions("constant_condition"),
    pipeline({ defaults }, { report }) {
      for (const finding of alwaysTrue(retriesIf(defaults?.get("retries")), LEAVE_OUT)) report(finding);
    },
    task(task, _pipeline, { report }) {
      const { node } = task;
      for (const finding of alwaysTrue(node.get("if"), LEAVE_OUT)) report(finding);
      for (const finding of alwaysTrue(retriesIf(node.get("retries")), LEAVE_OUT)) report(finding);
      for (const condition of branchConditions(task))
        for (const finding of alwaysTrue(condition, ELSE)) report(finding);
    },
  },
};

const LEAVE_OUT = "leave it out";
const ELSE = "a case that always matches is written `else`, and stands last";

/** The YAML value `false` switches something off for a while, and says so; `true` says nothing. */
function alwaysTrue(condition: SourceNode | undefined, hint: string): readonly Finding[] {
  if (condition?.kind !== "scalar" || condition.value !== true) return [];
  return [{ at: condition, message: "the condition is always true", hint }];
}

function retriesIf(retries: SourceNode | undefined): SourceNode | undefined {
  return retries?.kind === "map" ? retries.get("if") : undefined;
}

/** The conditions in the list of cases of a branch. */
function branchConditions({ operator }: TaskSource): readonly SourceNode[] {
  if (!operator?.spec.branch || operator.config === undefined || operator.node.kind !== "list") return [];
  return operator.node.items.flatMap((item) => (item.kind === "map" ? (item.get("if") ?? []) : []));
}
