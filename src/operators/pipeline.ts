import type { AttemptOutcome, Evaluated } from "../core/index.ts";
import type { ChildResult } from "../engine/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import type { AttemptHost, Operator } from "./operator.ts";

/** Runs another pipeline. The run is one of its own, found again by the attempt that started it. */
export const pipeline: Operator = {
  name: "pipeline",
  summary: "Runs another pipeline, and waits for it",
  docs: `
Starts a run of another pipeline of the repository and waits until it has ended. Meanwhile the task holds no slot.
When that run has succeeded, its \`outputs\` are this task's; when it has failed or was cancelled, the task fails with the
reason \`run_failed\`.

\`\`\`yaml
params:
  region: eu
tasks:
  train:
    pipeline:
      name: train_model
      params:
        region: \${{ params.region }}
    outputs:
      accuracy: number
  report:
    needs: train
    bash: echo "accuracy \${{ tasks.train.outputs.accuracy }}"
\`\`\`

The pipeline that is run says what it hands on under its own \`outputs\`:

\`\`\`yaml
tasks:
  evaluate:
    bash: ./evaluate.sh
    outputs:
      accuracy: number
outputs:
  accuracy: \${{ tasks.evaluate.outputs.accuracy }}
\`\`\`

**The run.** It is a run as any other: \`engine runs list\` shows it, with the trigger \`pipeline\`. It gets the params that
are given and the defaults of the others, and the logical date of the run that started it. It begins with the version of
the pipeline that stands in the folder of pipelines at that moment. A retry of the task starts another run.

**Many runs.** With \`for_each\` there is one run for each item, all at once. \`max_parallel: 3\` lets three go at a time, though
a task that waits for its run holds no slot.

**Not waiting.** With \`wait: false\` the task succeeds as soon as the run is stored. It hands on \`run_id\`, if it declares it.

**Cancel and time-out** go down: the run is cancelled, and the task ends when that has ended.

**After a crash** the run is found again, goes on, and is waited for. It is never started twice by one attempt. Where the crash
came between a cancel or time-out of the task and that of the run, the next engine cancels the run when it starts.

**Bounds.** A pipeline that runs itself, directly or through others, is an error of \`engine validate\`. At most ten runs
may stand one above the other.
`,
  schema: {
    description: "Runs another pipeline.",
    oneOf: [
      { type: "string", description: "The name of the pipeline.", minLength: 1, examples: ["train_model"] },
      {
        type: "object",
        properties: {
          name: { type: "string", description: "The name of the pipeline.", minLength: 1, examples: ["train_model"] },
          params: {
            type: "object",
            description: "Params of the run, by name. The others have their defaults.",
            examples: [{ region: "eu" }],
          },
          wait: {
            type: "boolean",
            description: "Whether the task lasts as long as the run.",
            default: true,
          },
        },
        required: ["name"],
        additionalProperties: false,
      },
    ],
    examples: ["train_model", { name: "train_model", params: { region: "eu" } }],
  },
  normalise: (value) => ({
    params: {},
    wait: true,
    ...(typeof value === "string" ? { name: value } : (value as { name: string })),
  }),
  outputs_hint: "leave `value` out: what the run hands on is there by its name",
  shell_keys: [],
  secret_keys: [],
  expression_keys: [],
  pipeline_key: "name",
  runs_pipeline: true,
  branch: false,
  waits: true,
  start: (host) => run(host, ""),
  adopt: (host) => run(host, " goes on"),
};

interface Settings {
  readonly name: string;
  readonly params: JsonObject;
  readonly wait: boolean;
}

async function run(host: AttemptHost, what: string): Promise<AttemptOutcome> {
  const { run_id, key, attempt, config, logical_date } = host.work;
  const { name, params, wait } = config as unknown as Settings;
  if (host.stopReason !== undefined) return stopped(host, name);
  const request = { pipeline: name, params, logical_date };
  const started = await expected(host.runs.start({ run_id, key, attempt }, request));
  if (!started.ok) return { state: "failed", failure: { reason: "not_found", message: started.message, final: true } };
  const child = started.value;
  host.log(`run ${child} of pipeline ${name}${what}`);
  if (!wait && host.stopReason === undefined) return handOn(host, { run_id: child });
  host.giveSlotBack();
  const stop = (): void => {
    // Its end is what is waited for, whatever becomes of the wish.
    host.runs
      .cancel(child, `${run_id}/${key}`)
      .catch((error: unknown) => host.log(`run ${child}: ${messageOf(error)}`));
  };
  if (host.signal.aborted) stop();
  else host.signal.addEventListener("abort", stop, { once: true });
  const ended = await expected(host.runs.finished(child));
  host.signal.removeEventListener("abort", stop);
  if (host.stopReason !== undefined) return stopped(host, name);
  // It can't be taken up any more, as when its version no longer compiles.
  if (!ended.ok) return { state: "failed", failure: { reason: "run_failed", message: ended.message } };
  return judge(host, name, ended.value);
}

/** What the engine expects of its callers has a code; anything else is a bug, and said to be one. */
async function expected<T>(asked: Promise<T>): Promise<Evaluated<T>> {
  try {
    return { ok: true, value: await asked };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "EngineError") throw error;
    return { ok: false, message: error.message };
  }
}

async function judge(
  host: AttemptHost,
  name: string,
  { run_id, state, why, outputs }: ChildResult,
): Promise<AttemptOutcome> {
  if (state === "success") return handOn(host, { run_id, ...outputs });
  const because = why === undefined ? "" : `: ${why}`;
  const message = `run ${run_id} of pipeline ${name} ended as ${state}${because}`;
  return { state: "failed", failure: { reason: "run_failed", message } };
}

/** The declared ones of what there is to hand on. */
async function handOn(host: AttemptHost, values: Readonly<Record<string, JsonValue>>): Promise<AttemptOutcome> {
  const declared = Object.entries(values).filter(([name]) => Object.hasOwn(host.work.outputs, name));
  const checked = await host.checkOutputs(Object.fromEntries(declared));
  if (checked.ok) return { state: "success", outputs: checked.outputs };
  return { state: "failed", failure: { reason: "output_invalid", message: checked.message } };
}

function stopped(host: AttemptHost, name: string): AttemptOutcome {
  const reason = host.stopReason ?? "cancelled";
  return { state: "failed", failure: { reason, message: `the run of pipeline ${name} was cancelled` } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
