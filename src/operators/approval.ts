import type { AttemptOutcome } from "../core/index.ts";
import type { AttemptWork } from "../engine/index.ts";
import { checkParams, checkValue, describeProblem } from "../language/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import type { Answer, Answered, AttemptHost, Operator } from "./operator.ts";

interface Settings {
  readonly message: string;
  /** JSON Schema of each field; a \`default\` in it makes the field optional. */
  readonly form: Readonly<Record<string, JsonObject>>;
  /** Empty: anybody. */
  readonly approvers: readonly string[];
  readonly on_reject: "fail" | "skip";
  readonly default?: "approve" | "reject";
}

/** What is recorded as having answered when nobody did. */
const NOBODY = "timeout";

/** Waits for a person, without a slot. */
export const approval: Operator = {
  name: "approval",
  summary: "Waits until a person says yes or no",
  docs: `
Asks a person and waits, without a slot, until there is an answer.

\`\`\`yaml
tasks:
  train:
    bash: ./train.sh
    outputs:
      accuracy: number
  approve:
    needs: train
    timeout: 2d
    approval:
      message: Deploy a model with accuracy \${{ tasks.train.outputs.accuracy }}?
      form:
        percent: { type: integer, minimum: 1, maximum: 100, default: 10 }
      approvers: [ann, bob]
    outputs:
      percent: integer
  deploy:
    needs: approve
    bash: ./deploy.sh --percent \${{ tasks.approve.outputs.percent }}
\`\`\`

The answer comes from a command, in any terminal of the machine:

\`\`\`sh
engine approve latest approve -p percent=25 --comment "looks good"
engine approve latest approve --reject --comment "not on a Friday"
\`\`\`

**Yes** is success. The task hands on what it declares of the form's fields, and of \`approved\`, \`by\`, \`at\` (ISO 8601) and
\`comment\`. **No** fails the task with the reason \`rejected\`, which is not retried; with \`on_reject: skip\` it skips the task.
Who answered, when and what is kept with the run.

**Who may answer.** With \`approvers\`, only these users: the name of the operating system's user who types the command.

**The form** has fields as a pipeline has params: a default each, or a JSON Schema. An answer that doesn't fit is refused, and
the task waits on.

**When nobody answers.** After the task's \`timeout\` it fails, or is skipped with \`soft_fail: true\`. With \`default: approve\` or
\`default: reject\` that is the answer then, with the form's defaults.

**After a crash** the next engine goes on waiting, and the time counts on.
`,
  schema: {
    description: "Asks a person.",
    oneOf: [
      { type: "string", description: "The question.", minLength: 1, examples: ["Deploy it?"] },
      {
        type: "object",
        properties: {
          message: { type: "string", description: "The question.", minLength: 1, examples: ["Deploy it?"] },
          form: {
            type: "object",
            description: "What is to be filled in, by name: a default, or a JSON Schema.",
            propertyNames: { pattern: "^[a-z][a-z0-9_]{0,62}$" },
            examples: [{ percent: { type: "integer", minimum: 1, maximum: 100, default: 10 } }],
          },
          approvers: {
            type: "array",
            description: "The users who may answer. Absent: everybody.",
            items: { type: "string", minLength: 1 },
            minItems: 1,
            examples: [["ann", "bob"]],
          },
          on_reject: {
            type: "string",
            enum: ["fail", "skip"],
            description: "What a no does to the task.",
            default: "fail",
          },
          default: {
            type: "string",
            enum: ["approve", "reject"],
            description: "The answer when nobody has given one within the task's `timeout`.",
          },
        },
        required: ["message"],
        additionalProperties: false,
      },
    ],
    examples: ["Deploy it?", { message: "Deploy it?", approvers: ["ann", "bob"], default: "reject" }],
  },
  normalise(value) {
    const written = typeof value === "string" ? { message: value } : (value as JsonObject);
    const form = Object.entries((written.form ?? {}) as JsonObject).map(([name, field]) => [name, schemaOf(field)]);
    return { on_reject: "fail", approvers: [], ...written, form: Object.fromEntries(form) };
  },
  shell_keys: [],
  secret_keys: [],
  expression_keys: [],
  branch: false,
  waits: true,
  begins_again: true,
  decides_timeout: (config) => config.default !== undefined,
  start(host) {
    host.log((host.work.config as unknown as Settings).message);
    host.log(`answer with: engine approve ${host.work.run_id} '${host.work.key}' [-p NAME=VALUE] [--reject]`);
    return wait(host);
  },
  adopt: wait,
  answer,
};

/** `percent: 10` is a number with the default 10. */
function schemaOf(field: JsonValue): JsonObject {
  if (field !== null && typeof field === "object" && !Array.isArray(field)) return field;
  const type = Array.isArray(field) ? "array" : Number.isInteger(field) ? "integer" : typeof field;
  return { type, default: field };
}

async function wait(host: AttemptHost): Promise<AttemptOutcome> {
  const { config, timeout_ms, started_at } = host.work;
  const settings = config as unknown as Settings;
  host.giveSlotBack();
  if (settings.default === undefined || timeout_ms === undefined) {
    // The answer goes past here, and ends the wait.
    await new Promise<void>((resolve) => {
      if (host.signal.aborted) resolve();
      else host.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  } else await host.sleep(Math.max(started_at + timeout_ms - host.now(), 0));
  if (host.stopReason !== undefined) {
    return { state: "failed", failure: { reason: host.stopReason, message: "nobody has answered" } };
  }
  const approved = settings.default === "approve";
  const answered = answer(host.work, { by: NOBODY, at: host.now(), approved, values: {} }, true);
  if (answered.ok) return answered.outcome;
  const message = `nobody has answered, and by itself it can't: ${answered.problem}`;
  return { state: "failed", failure: { reason: "timeout", message } };
}

function answer(
  { config, outputs }: Pick<AttemptWork, "config" | "outputs">,
  { by, at, approved, values, comment }: Answer,
  byItself = false,
): Answered {
  const { form, approvers, on_reject } = config as unknown as Settings;
  if (!byItself && approvers.length > 0 && !approvers.includes(by)) {
    return { ok: false, problem: `${by} may not answer; ${approvers.join(", ")} may` };
  }
  const said = comment === undefined ? "" : `: ${comment}`;
  if (!approved) {
    const message = `rejected by ${by}${said}`;
    if (on_reject === "skip") return { ok: true, outcome: { state: "skipped", message } };
    return { ok: true, outcome: { state: "failed", failure: { reason: "rejected", message, final: true } } };
  }
  const params = Object.fromEntries(
    Object.entries(form).map(([name, schema]) => [name, { schema, ...defaultOf(schema) }]),
  );
  const filled = checkParams({ params }, values);
  if (!filled.ok) return { ok: false, problem: filled.problems.join("; ") };
  const all: JsonObject = {
    approved: true,
    by,
    at: new Date(at).toISOString(),
    comment: comment ?? "",
    ...filled.params,
  };
  const handed: Record<string, JsonValue> = {};
  for (const [name, schema] of Object.entries(outputs)) {
    const value = all[name];
    if (value === undefined)
      return { ok: false, problem: `the task declares the output \`${name}\`, which no answer has` };
    const [problem] = checkValue(schema, value);
    if (problem !== undefined) return { ok: false, problem: `output ${describeProblem(name, problem)}` };
    handed[name] = value;
  }
  return { ok: true, outcome: { state: "success", outputs: handed } };
}

function defaultOf({ default: value }: JsonObject): { readonly default?: JsonValue } {
  return value === undefined ? {} : { default: value };
}
