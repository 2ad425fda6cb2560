import { suggest } from "../../lib/index.ts";
import { respell } from "../mend.ts";
import { either } from "../shape/schema-words.ts";
import type { ScalarNode } from "../source.ts";
import type { Check, CheckContext } from "./check.ts";

export const unknownPool: Check = {
  code: "ENG603",
  name: "unknown-pool",
  severity: "error",
  summary: "a task waits for slots of a pool that doesn't exist",
  visit: {
    pipeline({ defaultPool }, context) {
      checkPool(defaultPool, context);
    },
    task({ pool }, _, context) {
      checkPool(pool, context);
    },
  },
};

function checkPool(node: ScalarNode | undefined, { options: { pools }, report }: CheckContext): void {
  if (pools === undefined || node === undefined || pools.has(node.text)) return;
  const near = suggest(node.text, pools.keys());
  const known =
    pools.size === 0
      ? "there are none"
      : `there is ${either(
          [...pools.keys()].map((name) => `\`${name}\``),
          "and",
        )}`;
  const fix =
    near === undefined ? undefined : respell(node, { written: node.text, meant: near, candidates: pools.keys() });
  report({
    at: node,
    message: `there is no pool \`${node.text}\`, so the task would wait for ever`,
    hint: near === undefined ? `set it under \`pools\` in engine.yaml; ${known}` : `did you mean \`${near}\`?`,
    fix,
  });
}
