import type { Operator } from "./operator.ts";

/** Does nothing: joins and markers. Runs inside the engine, without a process or a file. */
export const noop: Operator = {
  name: "noop",
  summary: "Does nothing: a join or a marker",
  docs: `
Succeeds at once. Use it where a pipeline needs a task to join branches or to mark a place, for others to name in \`needs\`.

\`\`\`yaml
tasks:
  left:
    bash: ./left.sh
  right:
    bash: ./right.sh
  end:
    needs: [left, right]
    trigger_rule: none_failed_min_one_success
    noop: {}
\`\`\`

It starts no process and hands on no outputs.
`,
  schema: {
    type: "object",
    description: "Takes no settings: write `noop: {}`.",
    additionalProperties: false,
    examples: [{}],
  },
  normalise: () => ({}),
  shell_keys: [],
  secret_keys: [],
  expression_keys: [],
  instant: true,
  branch: false,
  start: async () => ({ state: "success", outputs: {} }),
  // Nothing happened that could happen twice.
  adopt: async () => ({ state: "success", outputs: {} }),
};
