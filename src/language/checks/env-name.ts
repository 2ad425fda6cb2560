import { renameKey } from "../mend.ts";
import type { Check } from "./check.ts";

export const envName: Check = {
  code: "ENG608",
  name: "env-name",
  severity: "error",
  summary: "an environment variable has a name that can't be used",
  visit: {
    shape(problem, { report }) {
      if (problem.kind !== "bad_env_name" || problem.operator !== undefined) return;
      // What a script calls the variable nobody looks for.
      report({ ...problem, fix: renameKey(problem.broken, problem.better, false) });
    },
  },
};
