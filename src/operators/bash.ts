import { constants } from "node:os";
import type { AttemptOutcome, Failure } from "../core/index.ts";
import type { AttemptHost, Operator, ProcessEnd } from "./operator.ts";

/** Ends a script as skipped. Free in the usual conventions (sysexits.h ends at 78, the shell's own begin at 126). */
const SKIP_EXIT_CODE = 99;
/** A shell adds the signal's number to this when a command was ended by a signal. */
const SIGNAL_EXIT_BASE = 128;

/** Runs a script in a process of its own, which outlives the engine. */
export const bash: Operator = {
  name: "bash",
  summary: "Runs a script with bash",
  docs: `
Runs a script with \`bash -euo pipefail\`: it ends at the first command that fails, at a variable that isn't set, and
when any command of a pipe fails.

\`\`\`yaml
tasks:
  load:
    bash: |
      python load.py --day \${{ ds }}
      echo "rows=$(wc -l < out.csv)" >> "$ENGINE_OUTPUT"
    outputs:
      rows: integer
\`\`\`

The long form, for a script that uses the exit code 99 for something else:

\`\`\`yaml
tasks:
  check:
    bash:
      script: ./check.sh
      skip_exit_code: 3
\`\`\`

**How it ends.** Exit code 0 is success, \`skip_exit_code\` skips the task, every other code fails it with the reason
\`exit_code\`. A script whose shell is killed from outside fails with the reason \`signal\`. What the script
left running in the background is ended with it.

**Expressions.** A \`\${{ … }}\` in the script is handed over in an environment variable, so its value is an argument
and never code. Secrets can't stand in a script: put them in \`env\` and use \`"$NAME"\`.

**Environment.** What the engine itself inherited (without \`ENGINE_SECRET_*\`), the \`env\` of the pipeline and the
task, one \`PARAM_NAME\` for each param, and \`ENGINE_*\`, among them \`ENGINE_OUTPUT\`. Standard input is empty. The
script runs in the task's \`cwd\`.

**Outputs.** Each line of the file that \`$ENGINE_OUTPUT\` names hands one value on:

\`\`\`bash
echo "rows=120" >> "$ENGINE_OUTPUT"            # name=value
{
  echo "report<<END"                           # several lines, up to the word alone on a line
  cat report.md
  echo "END"
} >> "$ENGINE_OUTPUT"
echo '{"accuracy": 0.93, "path": "m.bin"}' >> "$ENGINE_OUTPUT"   # one JSON object
\`\`\`

Values are converted to the type that the task declares under \`outputs\`. A value that doesn't fit, one that isn't
declared and one that is missing fail the task with the reason \`output_invalid\`, and so does one that holds the
value of a secret. 256 KiB a task: hand on a path, not the data.

**Stopping.** A time-out or a cancel sends SIGTERM to every process of the task; what still runs after \`grace\`
is killed.
`,
  schema: {
    description: "A script, run with `bash -euo pipefail`.",
    oneOf: [
      {
        type: "string",
        description: "The script, run with `bash -euo pipefail`.",
        minLength: 1,
        examples: [`python train.py --epochs \${{ params.epochs }}`],
      },
      {
        type: "object",
        properties: {
          script: {
            type: "string",
            description: "The script, run with `bash -euo pipefail`.",
            minLength: 1,
            examples: ["./check.sh"],
          },
          skip_exit_code: {
            type: "integer",
            description: "The exit code that skips the task instead of failing it.",
            minimum: 1,
            maximum: 255,
            default: SKIP_EXIT_CODE,
            examples: [3],
          },
        },
        required: ["script"],
        additionalProperties: false,
      },
    ],
    examples: ["make train", { script: "./check.sh", skip_exit_code: 3 }],
  },
  normalise: (value) => ({
    skip_exit_code: SKIP_EXIT_CODE,
    ...(typeof value === "string" ? { script: value } : (value as { script: string })),
  }),
  outputs_hint: "leave `value` out, and write `NAME=VALUE` to the file `$ENGINE_OUTPUT` in the script",
  shell_keys: ["script"],
  secret_keys: [],
  expression_keys: [],
  branch: false,
  start: run,
  adopt: run,
};

async function run(host: AttemptHost): Promise<AttemptOutcome> {
  const { config, env, cwd } = host.work;
  // A script that came with Windows line ends would fail at its first line with an error that shows nothing.
  const script = (config.script as string).replaceAll("\r\n", "\n");
  const end = await host.process({ script, env, cwd });
  if (end.type === "lost") return { state: "lost", message: end.message };
  if (end.type === "exited" && end.code === config.skip_exit_code) {
    return { state: "skipped", message: `the script ended with exit code ${end.code}` };
  }
  if (end.type === "exited" && end.code === 0) {
    const read = await host.readOutputs();
    if (read.ok) return { state: "success", outputs: read.outputs };
    return { state: "failed", failure: { reason: "output_invalid", message: read.message } };
  }
  return { state: "failed", failure: failureOf(end, host) };
}

function failureOf(end: Exclude<ProcessEnd, { type: "lost" }>, host: AttemptHost): Failure {
  if (end.type === "spawn_failed") return { reason: "spawn_failed", message: end.message };
  const facts = end.type === "exited" ? { exit_code: end.code } : { signal: end.signal };
  const how = end.type === "exited" ? `ended with exit code ${end.code}` : `was ended by ${end.signal}`;
  switch (host.stopReason) {
    case "timeout":
      return { reason: "timeout", message: `the script took longer than its timeout and ${how}`, ...facts };
    case "cancelled":
      return { reason: "cancelled", message: `the script was cancelled and ${how}`, ...facts };
    case undefined: {
      if (end.type === "signalled") return { reason: "signal", message: `the script's shell ${how}`, ...facts };
      const meaning = exitCodeMeaning(end.code);
      return { reason: "exit_code", message: `the script ${how}${meaning && `: ${meaning}`}`, ...facts };
    }
  }
}

/** What the shell means by a code of its own; empty for the codes that scripts choose. */
export function exitCodeMeaning(code: number): string {
  if (code === 126) return "a command was found but can't be executed (is it executable, and for this machine?)";
  if (code === 127) return "a command was not found (see the last lines of the log, and PATH)";
  const signal = signalName(code - SIGNAL_EXIT_BASE);
  if (signal === undefined) return "";
  const often = signal === "SIGKILL" ? ", often because the machine or its container ran out of memory" : "";
  return `a command was ended by ${signal}${often}`;
}

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
