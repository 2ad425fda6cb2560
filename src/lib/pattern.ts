import vm from "node:vm";

/** Until nobody waits any longer for an answer, in milliseconds. What is well written takes microseconds. */
const MATCH_MAX_MS = 1_000;

let match: { readonly context: vm.Context; readonly script: vm.Script } | undefined;

/**
 * Whether an expression from a file matches anywhere in a text. Undefined when that takes longer than a second: for
 * `^(a+)+$`, each further letter doubles the ways that are tried, and nobody may stop the process so.
 */
export function matchesInTime(expression: RegExp, text: string): boolean | undefined {
  match ??= { context: vm.createContext({}), script: new vm.Script("expression.test(text)") };
  try {
    Object.assign(match.context, { expression, text });
    return match.script.runInContext(match.context, { timeout: MATCH_MAX_MS }) as boolean;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return undefined;
    throw error;
  }
}
