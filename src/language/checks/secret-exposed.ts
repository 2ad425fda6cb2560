import { isScript } from "../expressions/place.ts";
import { printedVariables } from "../expressions/shell-prints.ts";
import { hasTemplate, parseTemplate } from "../expressions/template.ts";
import type { PipelineSource, TaskSource, TextSource } from "../model.ts";
import type { SourceNode } from "../source.ts";
import type { Check, Finding } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

const inExpressions = reportExpressions("secret_exposed");

export const secretExposed: Check = {
  code: "ENG410",
  name: "secret-exposed",
  severity: "error",
  suppressible: true,
  summary: "a secret stands where it would be shown or stored",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "secret" && problem.operator === undefined) report(problem);
    },
    expression(text, pipeline, context) {
      inExpressions.expression?.(text, pipeline, context);
      for (const finding of printedSecrets(text, pipeline)) context.report(finding);
    },
  },
};

/** Variables with a secret in them that a script writes to its log or its outputs. */
function printedSecrets(text: TextSource, pipeline: PipelineSource): readonly Finding[] {
  const { node, task } = text;
  if (task === undefined || !isScript(text) || !node.text.includes("$")) return [];
  const secrets = secretVariables(task, pipeline);
  return printedVariables(node.text, new Set(secrets.keys())).map(({ name, start, end, to, by }) => ({
    at: node.span(start, end),
    message:
      to === "log"
        ? `\`${by}\` writes \`$${name}\` to the log, and it holds a secret`
        : `\`${by}\` hands \`$${name}\` on as an output, and it holds a secret`,
    hint:
      to === "log"
        ? `leave it out; \`\${${name}:+set}\` says that there is one`
        : "outputs are stored and shown: let the task that needs the secret take it in its own `env`",
    related: placesOf(secrets.get(name), `the secret in \`$${name}\``),
  }));
}

function placesOf(at: SourceNode | undefined, message: string): NonNullable<Finding["related"]> {
  return at === undefined ? [] : [{ at, message }];
}

/** The variables of a task's environment whose values are made of secrets. */
function secretVariables(task: TaskSource, pipeline: PipelineSource): ReadonlyMap<string, SourceNode> {
  const env = new Map([...pipeline.env, ...task.env].map(([name, { value }]) => [name, value] as const));
  return new Map([...env].filter(([, value]) => value.kind === "scalar" && namesSecret(value.text)));
}

function namesSecret(text: string): boolean {
  if (!hasTemplate(text)) return false;
  return parseTemplate(text).parts.some((part) => part.type === "expression" && /\bsecrets\s*[.[]/.test(part.source));
}
