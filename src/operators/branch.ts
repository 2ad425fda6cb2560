import type { AttemptOutcome, TaskId } from "../core/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import type { AttemptHost, Operator } from "./operator.ts";

/** What a case leads to: `then` and `else` take one task id or a list. */
const TARGETS_SCHEMA: JsonObject = {
  oneOf: [
    { type: "string", minLength: 1 },
    { type: "array", items: { type: "string", minLength: 1 }, minItems: 1 },
  ],
};

/** A case of a normalised config. `if` is text with one expression; absent in the `else`. */
interface BranchCase {
  readonly if?: string;
  readonly targets: readonly string[];
}

/** Chooses among its direct dependants. Runs inside the engine, without a process or a file. */
export const branch: Operator = {
  name: "branch",
  summary: "Chooses which of its direct dependants run",
  docs: `
Looks at its cases from the top: the first \`if\` that is true decides. The tasks under its \`then\` run; every
other direct dependant is skipped. \`else\` stands last and matches always. When nothing matches and there is no
\`else\`, all direct dependants are skipped.

\`\`\`yaml
tasks:
  train:
    bash: ./train.sh
    outputs:
      accuracy: number
  check_quality:
    needs: train
    branch:
      - if: \${{ tasks.train.outputs.accuracy >= 0.95 }}
        then: [deploy, announce]
      - if: \${{ tasks.train.outputs.accuracy >= 0.90 }}
        then: deploy
      - else: notify_failure
  deploy:
    needs: check_quality
    bash: ./deploy.sh
  announce:
    needs: check_quality
    bash: ./announce.sh
  notify_failure:
    needs: check_quality
    bash: ./notify.sh
\`\`\`

- Each \`if\` is an expression that gives true or false; the braces \`\${{ }}\` may be left out. Cases after the
  first match are not evaluated.
- \`then\` and \`else\` take one task id or a list. Each of them must name this task in its \`needs\`.
- A task that joins what the branch separated needs a trigger rule that allows for skips, such as
  \`none_failed_min_one_success\`.
- An \`if\` that can't be evaluated, or that gives something else than true or false, fails the task with the reason
  \`expression_failed\`.
`,
  schema: {
    type: "array",
    description: "The cases, from the top; the first that matches decides.",
    minItems: 1,
    items: {
      oneOf: [
        {
          type: "object",
          description: "A case: when `if` is true, the tasks under `then` run.",
          properties: {
            if: {
              type: ["string", "boolean"],
              description: "An expression that gives true or false.",
              examples: [`\${{ tasks.train.outputs.accuracy >= 0.90 }}`],
            },
            // biome-ignore lint/suspicious/noThenProperty: the language's word; nothing awaits a schema.
            then: { ...TARGETS_SCHEMA, description: "The direct dependants to run.", examples: ["deploy"] },
          },
          required: ["if", "then"],
          additionalProperties: false,
        },
        {
          type: "object",
          description: "What runs when no case matches. Stands last.",
          properties: {
            else: { ...TARGETS_SCHEMA, description: "The direct dependants to run.", examples: ["notify_failure"] },
          },
          required: ["else"],
          additionalProperties: false,
        },
      ],
    },
    examples: [
      [
        // biome-ignore lint/suspicious/noThenProperty: the language's word; nothing awaits a schema.
        { if: `\${{ tasks.train.outputs.accuracy >= 0.90 }}`, then: "deploy" },
        { else: "notify_failure" },
      ],
    ],
  },
  normalise: (value) => ({ cases: (value as JsonObject[]).map(normaliseCase) }),
  shell_keys: [],
  secret_keys: [],
  expression_keys: ["cases"],
  instant: true,
  branch: true,
  targets: (config) => casesOf(config).flatMap(({ targets }) => targets),
  cases: casesOf,
  start: choose,
  // Choosing again from the same values gives the same.
  adopt: choose,
};

function normaliseCase(written: JsonObject): JsonObject {
  const { if: condition, then: targets, else: otherwise } = written;
  if (condition === undefined) return { targets: asList(otherwise) };
  return { if: asExpression(condition), targets: asList(targets) };
}

function asList(value: JsonValue | undefined): string[] {
  return (Array.isArray(value) ? value : [value]) as string[];
}

/** The braces may be left out where only an expression can stand. */
function asExpression(condition: JsonValue): string {
  const text = String(condition);
  return text.includes("${{") ? text : `\${{ ${text} }}`;
}

function casesOf(config: JsonObject): readonly BranchCase[] {
  return config.cases as unknown as BranchCase[];
}

async function choose({ work }: AttemptHost): Promise<AttemptOutcome> {
  for (const { if: condition, targets } of casesOf(work.config)) {
    if (condition !== undefined) {
      const matched = work.evaluate(condition);
      if (!matched.ok) return expressionFailed(`the condition ${condition} can't be evaluated: ${matched.message}`);
      if (typeof matched.value !== "boolean") {
        const given = JSON.stringify(matched.value);
        return expressionFailed(`the condition ${condition} gave ${given}; it must give true or false`);
      }
      if (!matched.value) continue;
    }
    return { state: "success", outputs: {}, chosen: targets as readonly TaskId[] };
  }
  return { state: "success", outputs: {}, chosen: [] };
}

function expressionFailed(message: string): AttemptOutcome {
  return { state: "failed", failure: { reason: "expression_failed", message } };
}
