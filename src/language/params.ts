import { type JsonObject, type JsonValue, suggest } from "../lib/index.ts";
import type { Param, Pipeline } from "./pipeline.ts";
import { checkValue, describeProblem, valueFromText } from "./value-schema.ts";

/** The params of a run, checked and complete; or one sentence for each thing that is wrong. */
export type CheckedParams =
  | { readonly ok: true; readonly params: JsonObject }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Checks what was given for a run against the pipeline's `params` and fills defaults in. Text is read as
 * the declared type, so that `epochs=10` from a command line is a number where one is asked for.
 */
export function checkParams(pipeline: Pick<Pipeline, "params">, given: JsonObject): CheckedParams {
  const problems: string[] = [];
  const names = Object.keys(pipeline.params);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(pipeline.params, name)) continue;
    const near = suggest(name, names);
    const known = names.length === 0 ? "the pipeline takes none" : `there is ${names.join(", ")}`;
    problems.push(`there is no param \`${name}\`; ${near === undefined ? known : `did you mean \`${near}\`?`}`);
  }
  const params: JsonObject = {};
  for (const [name, param] of Object.entries(pipeline.params)) {
    const value = Object.hasOwn(given, name) ? readParam(param, given[name]) : param.default;
    if (value === undefined) {
      problems.push(`\`${name}\` is missing, and it has no default`);
      continue;
    }
    const found = checkValue(param.schema, value).map((problem) => describeProblem(name, problem));
    const json = found.length > 0 && typeof value === "string" ? JSON_FORMS.get(String(param.schema.type)) : undefined;
    problems.push(
      ...found.map((problem) => (json === undefined ? problem : `${problem}; as text it is JSON: ${json}`)),
    );
    params[name] = value;
  }
  return problems.length === 0 ? { ok: true, params } : { ok: false, problems };
}

/** How a list and a map are written where all values are texts. */
const JSON_FORMS: ReadonlyMap<string, string> = new Map([
  ["array", '["a", "b"]'],
  ["object", '{"a": 1}'],
]);

function readParam(param: Param, value: JsonValue | undefined): JsonValue | undefined {
  return typeof value === "string" ? valueFromText(param.schema, value) : value;
}
