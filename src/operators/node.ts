import { resolve } from "node:path";
import type { AttemptOutcome } from "../core/index.ts";
import type { JsonObject } from "../lib/index.ts";
import { contextOf, outcomeOf } from "./code/task-code.ts";
import type { AttemptHost, Operator } from "./operator.ts";

/** Calls a function in a Node process, which outlives the engine for as long as it has an attempt. */
export const node: Operator = {
  name: "node",
  summary: "Calls a function of a JavaScript or TypeScript module",
  docs: `
Calls the function that a module exports. What it returns are the task's outputs.

\`\`\`yaml
tasks:
  score:
    node: ./score.ts
    outputs:
      accuracy: number
\`\`\`

\`\`\`ts
// score.ts
import type { TaskContext } from "engine";

export default async function score(context: TaskContext<{ threshold: number }>) {
  context.log("for", context.ds, "with", context.params.threshold);
  return { accuracy: 0.93 };
}
\`\`\`

The long form names the function, and hands it values of tasks before it as its second argument:

\`\`\`yaml
tasks:
  load:
    node: ./load.ts
    outputs: { rows: integer }
  train:
    needs: load
    node:
      module: ./train.ts
      function: train
      with:
        rows: \${{ tasks.load.outputs.rows }}
\`\`\`

\`\`\`ts
export function train(context: TaskContext, { rows }: { rows: number }) { … }
\`\`\`

**The module.** A path from the task's \`cwd\` on: \`.js\`, \`.mjs\`, \`.cjs\`, or TypeScript as Node itself reads it, which
takes types away and checks nothing (so no \`enum\`, and imports name the file: \`./rows.ts\`). It runs on the engine's own
Node.

**The context.** \`params\`; \`run\` with \`id\`, \`trigger\`, \`logical_date\`, \`data_interval_start\` and
\`data_interval_end\` (each a \`Date\`); \`ds\`; \`pipeline\`, \`task\`, \`attempt\`; in a \`for_each\` also \`item\` and
\`item_index\`; \`log(…)\`, and \`signal\`, an \`AbortSignal\`. The environment is that of [bash](bash.md), so a secret comes in
by \`env\`. What is written to \`console\` or to standard output is the log.

**What it returns.** An object with the declared outputs, or nothing. A value that doesn't fit, one that isn't declared
and one that is missing fail the task with the reason \`output_invalid\`. 256 KiB a task: hand on a path, not the data.

**How it fails.** An error that it throws fails the task with the reason \`exception\`; the log has the stack, without
the lines of Node and the engine. A module or function that isn't there is \`not_found\`.
\`process.exit(3)\` is the reason \`exit_code\`. A promise that nothing can settle any more is an \`exception\` too.

**Processes are kept.** Starting Node takes longer than most small functions. So on Linux a process that ended well
carries out the next attempt of the same module, in the same \`cwd\` and with the same \`env\`: one attempt at a time, 50
attempts at most, and it ends after 10 seconds without one. What the module keeps at its top level may therefore still be
there in a later attempt; do there what may be done once, such as reading a model, and nothing that belongs to one attempt.
A process is not used again when a file that it loaded as a module has changed, or when the function left something
behind: a timer, a connection, work under way, a listener of \`process\`, a changed environment or folder; when it
started another process; and when it holds over 512 MiB. \`isolated: true\` gives every attempt a process of its own.

**Stopping.** A time-out or a cancel sends SIGTERM. A function that has looked at \`context.signal\` sees it abort, and has
\`grace\` to end; any other is ended at once. What still runs after \`grace\` is killed, a loop that never waits as well. What the
function left under way when it returned is ended with it.

**After a crash of the engine.** The process goes on to the end of its attempt. \`engine run --resume\` finds it, or
its result.
`,
  schema: {
    description: "A function of a JavaScript or TypeScript module.",
    oneOf: [
      {
        type: "string",
        description: "The module's path, from the task's `cwd` on; its default export is called.",
        minLength: 1,
        examples: ["./score.ts"],
      },
      {
        type: "object",
        properties: {
          module: {
            type: "string",
            description: "The module's path, from the task's `cwd` on.",
            minLength: 1,
            examples: ["./train.ts"],
          },
          function: {
            type: "string",
            description: "The name that the module exports the function under.",
            minLength: 1,
            default: "default",
            examples: ["train"],
          },
          with: {
            type: "object",
            description: "Values for the function, by name: its second argument.",
            additionalProperties: true,
            examples: [{ rows: `\${{ tasks.load.outputs.rows }}` }],
          },
          isolated: {
            type: "boolean",
            description: "Gives every attempt a process of its own.",
            default: false,
            examples: [true],
          },
        },
        required: ["module"],
        additionalProperties: false,
      },
    ],
    examples: ["./score.ts", { module: "./train.ts", function: "train" }],
  },
  normalise: (value) => ({
    function: "default",
    with: {},
    isolated: false,
    ...(typeof value === "string" ? { module: value } : (value as { module: string })),
  }),
  shell_keys: [],
  secret_keys: [],
  expression_keys: [],
  branch: false,
  start: async (host) => {
    const context = contextOf(host);
    return run(host, context);
  },
  // The process has what it needs; this one only waits for it.
  adopt: (host) => run(host, {}),
};

async function run(host: AttemptHost, context: JsonObject): Promise<AttemptOutcome> {
  const { config, env, cwd } = host.work;
  const end = await host.call({
    module: resolve(cwd, config.module as string),
    function: config.function as string,
    context,
    args: config.with as JsonObject,
    isolated: config.isolated as boolean,
    env,
    cwd,
  });
  return outcomeOf(host, end, { what: "the function's process" });
}
