import { type Scope, scopeAt } from "../expressions/scope.ts";
import { hasTemplate } from "../expressions/template.ts";
import { DYN, MAP } from "../expressions/types.ts";
import type { PipelineSource, TextPlace } from "../model.ts";
import { isUnder } from "../operator-keys.ts";
import type { OperatorSpec } from "../operator-spec.ts";
import type { Cursor } from "./cursor.ts";

/*
 * Whether a cursor stands in an expression, and which names it sees there, when the file can't be parsed.
 */

/** Characters before the cursor in which the opening braces are looked for. */
const LENGTH_MAX = 4_000;

/** The beginning of the expression that a cursor stands in, up to the cursor; undefined outside of one. */
export function expressionBefore(text: string, offset: number, cursor: Cursor): string | undefined {
  if (cursor.role === "comment" || cursor.role === "key") return undefined;
  const from = Math.max(0, offset - LENGTH_MAX);
  const window = text.slice(from, offset);
  const open = window.lastIndexOf("${{");
  if (open !== -1 && window[open - 1] !== "$" && !window.includes("}}", open)) {
    const before = window.slice(open + 3);
    if (staysInValue(window, open, before)) return before;
  }
  if (!takesBareExpression(cursor) || cursor.role !== "value") return undefined;
  return hasTemplate(cursor.prefix) ? undefined : cursor.prefix;
}

/** Lines behind the one with the braces belong to the same value when none of them is a key of its own. */
function staysInValue(window: string, open: number, before: string): boolean {
  if (!before.includes("\n")) return true;
  const line = window.slice(window.lastIndexOf("\n", open) + 1, open);
  const indent = line.length - line.trimStart().length;
  return before
    .split("\n")
    .slice(1)
    .every((each) => {
      const depth = each.length - each.trimStart().length;
      return each.trim() === "" || depth > indent || (depth === indent && !/^\s*[\w-]+:(\s|$)/.test(each));
    });
}

/** `if`, `retries.if`, the `if` of a branch and `for_each` take an expression with or without braces. */
function takesBareExpression({ path }: Cursor): boolean {
  const [root, , key, ...rest] = path;
  if (root === "defaults") return path.join(".") === "defaults.retries.if";
  if (root !== "tasks" || key === undefined) return false;
  if (key === "if" || key === "for_each") return rest.length === 0;
  return path.at(-1) === "if" && (key === "retries" || rest[0] === "-");
}

const NOTIFICATIONS: ReadonlySet<string> = new Set(["on_failure", "on_success", "on_retry"]);

/** What kind of place a path leads to, as far as expressions go. */
function placeAt(path: readonly string[], operators: ReadonlyMap<string, OperatorSpec>): TextPlace {
  const keys = path[0] === "tasks" ? path.slice(2) : path[0] === "defaults" ? path.slice(1) : path;
  const [key = "", next] = keys;
  if (NOTIFICATIONS.has(key)) return "notification";
  if (key === "retries" && next === "if" && path.length > 2) return "retries_if";
  if (path[0] === "defaults") return key === "cwd" ? "cwd" : "none";
  if (key === "env") return "env";
  if (key === "outputs" && path[0] === "outputs")
    return path.length === 2 || path[2] === "value" ? "run_output" : "none";
  if (path[0] !== "tasks") return "none";
  if (key === "if" || key === "for_each" || key === "cwd" || key === "metrics") return key;
  if (key === "checks") return "metrics";
  if (key === "outputs") return path[4] === "value" ? "output" : "none";
  return operators.has(key) ? "operator" : "none";
}

/** The names in scope at a path; undefined where expressions are not evaluated. */
export function scopeAtPath(
  pipeline: PipelineSource,
  path: readonly string[],
  operators: ReadonlyMap<string, OperatorSpec>,
): Scope | undefined {
  const place = placeAt(path, operators);
  if (place === "none") return undefined;
  const task = path[0] === "tasks" ? pipeline.tasks.get(path[1] ?? "") : undefined;
  const spec = operators.get(path[2] ?? "");
  // What is being written is in its long form, as far as anybody can tell.
  const below = path.slice(3);
  if (spec !== undefined && isUnder(Object.keys(spec.literal_keys ?? {}), below)) return undefined;
  const secrets = place === "env" || (spec !== undefined && isUnder(spec.secret_keys, below));
  const result = place === "output" || (spec !== undefined && isUnder(spec.expression_keys, below));
  const scope = scopeAt(pipeline, { place, task, secrets, result }, () => DYN);
  const names = new Map(scope.names);
  // A task that is just being written is not in the model yet.
  if (path[0] === "tasks" && task === undefined) names.set("tasks", MAP);
  if (!scope.secrets) names.delete("secrets");
  return { ...scope, names };
}
