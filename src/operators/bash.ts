import type { AttemptOutcome } from "../core/index.ts";
import { SKIP_EXIT_CODE, skipExitCode } from "./code/exit-code.ts";
import { outcomeOf } from "./code/task-code.ts";
import type { AttemptHost, Operator } from "./operator.ts";

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
          skip_exit_code: skipExitCode,
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
  return outcomeOf(host, end, { what: "the script", skip_exit_code: config.skip_exit_code as number });
}
