import type { Check } from "./check.ts";
import { watchedBy } from "./watched.ts";

export const noOwner: Check = {
  code: "ENG806",
  name: "no-owner",
  severity: "warning",
  summary: "a pipeline that calls somebody when it fails doesn't say who answers for it",
  visit: {
    pipeline(pipeline, { report }) {
      const watched = watchedBy(pipeline);
      if (watched === undefined || pipeline.root.entry("owner") !== undefined) return;
      report({
        at: watched.keyNode,
        message: `\`${pipeline.name}\` has \`${watched.key}\`, but nobody answers for it`,
        hint: "name a person or a team: `owner: data-platform`",
      });
    },
  },
};
