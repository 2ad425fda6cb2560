import type { Check } from "./check.ts";
import { watchedBy } from "./watched.ts";

export const noDocs: Check = {
  code: "ENG807",
  name: "no-docs",
  severity: "info",
  summary: "a pipeline that calls somebody when it fails has nothing for them to read",
  visit: {
    pipeline(pipeline, { report }) {
      const { root } = pipeline;
      const watched = watchedBy(pipeline);
      if (watched === undefined || root.entry("doc") !== undefined || root.entry("description") !== undefined) return;
      report({
        at: watched.keyNode,
        message: `\`${pipeline.name}\` has \`${watched.key}\`, but says nothing of what it does`,
        hint: "write a `description` of one line, or a `doc` for whoever is called",
      });
    },
  },
};
