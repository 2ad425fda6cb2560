import type { Check } from "./check.ts";

export const yamlSyntax: Check = {
  code: "ENG101",
  name: "yaml-syntax",
  severity: "error",
  summary: "the file is not valid YAML",
  visit: {
    text(problem, { report }) {
      if (problem.kind === "syntax") report(problem);
    },
  },
};
