import type { Dashboard, Variable } from "./model.ts";
import { ALL, type Choices, type Chosen, inQuery, namesIn } from "./templates.ts";

/*
 * The variables of a board: what is chosen of them, and what there is to choose.
 */

/** What a variable asks for: the values of a label, of all series or of those that a selector takes. */
export interface LabelValues {
  readonly label: string;
  readonly match?: string;
}

/** Undefined: it asks for something else, and the preview can't offer values. */
export function labelValuesOf({ type, query }: Variable): LabelValues | undefined {
  if (type !== "query") return undefined;
  const text = typeof query === "string" ? query : (query?.query ?? "");
  const [, match, label] = /^\s*label_values\(\s*(?:([\s\S]+),)?\s*(\w+)\s*\)\s*$/.exec(text) ?? [];
  if (label === undefined) return undefined;
  return { label, ...(match !== undefined && { match: match.trim() }) };
}

/** Variables that a person can choose values of. */
export function offered({ templating }: Dashboard): readonly Variable[] {
  return templating.list.filter((variable) => labelValuesOf(variable) !== undefined);
}

/** What is chosen: by the address (`var-name`), else as the board says. */
export function choicesOf({ templating }: Dashboard, address: URLSearchParams): Choices {
  return new Map(
    templating.list.map((variable): [string, Chosen] => {
      const said = address.getAll(`var-${variable.name}`).filter((value) => value !== "");
      const current = variable.current?.value ?? (variable.includeAll === true ? ALL : "");
      const values = said.length > 0 ? said : [current].flat();
      const { allValue, multi } = variable;
      const how = { ...(allValue !== undefined && { allValue }), ...(multi !== undefined && { multi }) };
      return [variable.name, { values, in_query: inQuery(values, how) }];
    }),
  );
}

/** A key that changes whenever a text would be filled in differently. */
export function keyOf(text: string, choices: Choices): string {
  return [...namesIn(text)].map((name) => `${name}=${choices.get(name)?.in_query ?? ""}`).join("&");
}
