import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const secretExposed: Check = {
  code: "ENG410",
  name: "secret-exposed",
  severity: "error",
  suppressible: true,
  summary: "a secret stands where it would be shown or stored",
  visit: {
    ...reportExpressions("secret_exposed"),
    shape(problem, { report }) {
      if (problem.kind === "secret" && problem.operator === undefined) report(problem);
    },
  },
};
