import type { Check } from "./check.ts";

export const encodingOrSize: Check = {
  code: "ENG105",
  name: "encoding-or-size",
  severity: "error",
  summary: "the file is not one UTF-8 document of at most 1 MiB",
  visit: {
    text(problem, { report }) {
      if (problem.kind === "file") report(problem);
    },
  },
};
