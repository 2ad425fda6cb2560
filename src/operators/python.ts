import { fileURLToPath } from "node:url";
import type { AttemptOutcome } from "../core/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import { SKIP_EXIT_CODE, skipExitCode } from "./code/exit-code.ts";
import { contextOf, outcomeOf } from "./code/task-code.ts";
import type { AttemptHost, Operator } from "./operator.ts";

/** The script below ends so when there is no interpreter. What bash gives for a command that it can't find. */
const NOT_FOUND_EXIT_CODE = 127;

/** The program that runs the task's code: beside this file, or beside the bundle's folder of chunks. */
const RUNNER = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./code/python-runner.py" : "../python-runner.py", import.meta.url),
);

/** `score:train`, `lib/score.py:train`: what comes before the last colon, when a name follows it. */
const FUNCTION = /^[\s\S]+:[A-Za-z_]\w*$/;

/** Runs a script, or calls a function, with a Python interpreter, in a process that outlives the engine. */
export const python: Operator = {
  name: "python",
  summary: "Runs a Python script, or calls a Python function",
  docs: `
Runs a script, or calls a function: what a function returns are the task's outputs. Nothing has to be installed for it.

\`\`\`yaml
tasks:
  load:
    python: load.py
  check:
    needs: load
    python: checks.py:no_gaps        # or a module that can be imported: company.checks:no_gaps
    outputs:
      gaps: integer
\`\`\`

\`\`\`python
# checks.py
def no_gaps(context):
    print("for", context.ds, "with", context.params["dataset"])
    return {"gaps": 0}
\`\`\`

The long forms take arguments, an interpreter and the exit code that skips:

\`\`\`yaml
tasks:
  load:
    python: load.py
    outputs: { rows: integer }
  train:
    needs: load
    python:
      function: train.py:train
      interpreter: .venv
      with:
        rows: \${{ tasks.load.outputs.rows }}     # def train(context, rows): …
  report:
    needs: train
    python:
      script: report.py
      args: [--day, "\${{ ds }}"]
\`\`\`

**What is run.** Paths are relative to the task's \`cwd\`. As with Python itself a script or file finds modules beside
itself, and a module is looked for in \`cwd\` first. The interpreter is a program in \`PATH\`, a path, or the folder of a
virtual environment, which is active then; any Python from 3.8 on. Output is not buffered.

**A function** gets the context: \`params\` (a dict); \`run\` with \`id\`, \`trigger\`, \`logical_date\`, \`data_interval_start\` and
\`data_interval_end\` (each a \`datetime\` with its zone); \`ds\`; \`pipeline\`, \`task\`, \`attempt\`; in a \`for_each\` also \`item\` and
\`item_index\`. What stands under \`with\` comes as keyword arguments. An \`async def\` is awaited. It returns a dict of
outputs, or nothing; numbers of NumPy, dates and paths are taken too.

**A script** reads the same context from the JSON file that \`$ENGINE_CONTEXT\` names (times are ISO 8601), and hands values
on by \`$ENGINE_OUTPUT\`, as with [bash](bash.md). The environment of both is that of \`bash\`, so a secret comes in by \`env\`.

**How it ends.** An exception fails the task with the reason \`exception\`; the log has the traceback, without the
engine's own lines. \`sys.exit(3)\` fails it with the reason \`exit_code\`, and \`skip_exit_code\` skips it. An interpreter, file, module or
function that isn't there is \`not_found\`, and so is an import of a package that isn't installed. Outputs that don't fit are
\`output_invalid\`. What the code left running in the background is ended with it.

**Stopping.** A time-out or a cancel sends SIGTERM to every process of the task; what still runs after \`grace\` is killed. A
function that has to tidy up sets a handler with \`signal.signal\`.

**After a crash of the engine.** The process goes on. \`engine run --resume\` finds it, or its result.
`,
  schema: {
    description: "A Python script or function.",
    oneOf: [
      {
        type: "string",
        description: "A script's path; or a function, as `file.py:function` or `module:function`.",
        minLength: 1,
        examples: ["load.py", "checks.py:no_gaps"],
      },
      {
        type: "object",
        properties: {
          script: {
            type: "string",
            description: "The script's path, from the task's `cwd` on.",
            minLength: 1,
            examples: ["report.py"],
          },
          function: {
            type: "string",
            description: "The function, as `file.py:function` or `module:function`.",
            pattern: FUNCTION.source,
            examples: ["train.py:train"],
          },
          args: {
            type: "array",
            description: "The script's arguments.",
            items: { type: ["string", "number", "boolean"] },
            examples: [["--day", `\${{ ds }}`]],
          },
          with: {
            type: "object",
            description: "Values for the function, by name: its keyword arguments.",
            additionalProperties: true,
            examples: [{ rows: `\${{ tasks.load.outputs.rows }}` }],
          },
          interpreter: {
            type: "string",
            description: "A program in `PATH`, a path, or the folder of a virtual environment.",
            minLength: 1,
            default: "python3",
            examples: [".venv"],
          },
          skip_exit_code: skipExitCode,
        },
        oneOf: [{ required: ["script"] }, { required: ["function"] }],
        dependencies: { args: ["script"], with: ["function"] },
        additionalProperties: false,
      },
    ],
    examples: ["load.py", { function: "train.py:train", interpreter: ".venv" }],
  },
  normalise: (value) => {
    const short = (text: string): JsonObject => (FUNCTION.test(text) ? { function: text } : { script: text });
    return {
      interpreter: "python3",
      skip_exit_code: SKIP_EXIT_CODE,
      args: [],
      with: {},
      ...(typeof value === "string" ? short(value) : (value as JsonObject)),
    };
  },
  shell_keys: [],
  secret_keys: [],
  expression_keys: [],
  branch: false,
  start: async (host) => run(host, { ...contextOf(host), with: host.work.config.with ?? {} }),
  // The process has what it needs; this one only waits for it.
  adopt: (host) => run(host, {}),
};

async function run(host: AttemptHost, context: JsonObject): Promise<AttemptOutcome> {
  const { config, env, cwd } = host.work;
  const end = await host.process({ script: scriptOf(config), env, cwd, context });
  if (end.type === "exited" && end.code === NOT_FOUND_EXIT_CODE && host.stopReason === undefined) {
    const message = `there is no Python interpreter ${config.interpreter} (a program in PATH, a path or a virtual environment's folder)`;
    const error = host.readError();
    if (error === undefined) {
      return { state: "failed", failure: { reason: "not_found", message, exit_code: end.code, final: true } };
    }
  }
  const what = config.script === undefined ? "the function's process" : "the script";
  return outcomeOf(host, end, { what, skip_exit_code: config.skip_exit_code as number });
}

/** Finds the interpreter and becomes it. */
function scriptOf({ interpreter, script, function: called, args }: JsonObject): string {
  const what = script === undefined ? ["function", called as string] : ["script", script as string, ...texts(args)];
  return `python=${quote(interpreter as string)}
if [ -d "$python" ]; then
  VIRTUAL_ENV=$(cd -- "$python" && pwd)
  export VIRTUAL_ENV PATH="$VIRTUAL_ENV/bin:$PATH"
  unset PYTHONHOME
  python=$VIRTUAL_ENV/bin/python
fi
if ! command -v -- "$python" > /dev/null; then exit ${NOT_FOUND_EXIT_CODE}; fi
exec "$python" -u ${[RUNNER, ...what].map(quote).join(" ")}
`;
}

function texts(values: JsonValue | undefined): readonly string[] {
  return (values as readonly (string | number | boolean)[]).map(String);
}

/** As one word of the shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
