import { suggest } from "../../lib/index.ts";
import { takesSecrets } from "../expressions/place.ts";
import { referencesIn } from "../expressions/references-in.ts";
import type { Check } from "./check.ts";

export const unknownSecret: Check = {
  code: "ENG702",
  name: "unknown-secret",
  severity: "error",
  summary: "an expression names a secret nearly as one is called that is set",
  suppressible: true,
  conditional: true,
  visit: {
    expression(text, _pipeline, { options: { secrets }, report }) {
      // Where no secret may stand, that is what there is to say.
      if (secrets === undefined || !takesSecrets(text) || !text.node.text.includes("secrets")) return;
      for (const { root, steps, placeOf } of referencesIn(text)) {
        const [step] = steps;
        const name = step?.name;
        if (root.name !== "secrets" || step === undefined || name === undefined || secrets.has(name)) continue;
        // The machine that runs it may have more secrets than this one; but nearly the same name is a slip.
        const near = suggest(name, secrets);
        if (near === undefined) continue;
        const hint = `did you mean \`${near}\`? or set \`ENGINE_SECRET_${name}\` here as well`;
        report({ at: placeOf(step), message: `there is no secret \`${name}\`, but one with nearly that name`, hint });
      }
    },
  },
};
