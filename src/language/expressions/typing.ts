import type { TypeCheckResult } from "@marcbachmann/cel-js";
import { checkingEnvironment } from "./cel.ts";
import type { Reference, Step } from "./references.ts";
import { outputsTypeFromOutside, type Scope, STATE } from "./scope.ts";
import { DYN, MAP, type ValueType } from "./types.ts";

/*
 * The library checks types against declared variables. Declaring every task of every pipeline would cost
 * more than all other checks together, and types are few. So each name whose type is known is replaced
 * by a stand-in of the same length for its type, such as `__2____________` for `params.epochs`: one
 * environment serves all pipelines, and the positions in what it reports are right as they are.
 */

/** The stand-ins that are declared, and the number of each type in them. */
const declared = new Set<string>();
const typeNumbers = new Map<string, number>();

/** Checks the types of an expression that can be parsed and names only what exists in the scope. */
export function checkTypes(source: string, scope: Scope, references: readonly Reference[]): TypeCheckResult {
  const text = [...Array(source.length).keys()].map((at) => source.charAt(at));
  for (const reference of references) {
    const known = knownPart(scope, reference);
    if (known === undefined) continue;
    const standIn = standInFor(known.type.cel, source.slice(reference.start, known.end));
    for (let at = 0; at < standIn.length; at++) text[reference.start + at] = standIn.charAt(at);
  }
  return checkingEnvironment().check(text.join(""));
}

/** The longest beginning of a reference whose type is known, and where it ends. */
function knownPart(scope: Scope, reference: Reference): { readonly type: ValueType; readonly end: number } | undefined {
  // `has` wants its last step left to see.
  const steps = reference.inHas ? reference.steps.slice(0, -1) : reference.steps;
  const root = reference.root.name === "tasks" ? tasksType(scope, steps) : scope.names.get(reference.root.name);
  if (root === undefined) return undefined;
  let type = root;
  let last: Step = reference.root;
  for (const step of steps) {
    const next: ValueType | undefined = step.name === undefined ? undefined : type.fields?.get(step.name);
    if (next === undefined) break;
    type = next;
    last = step;
  }
  return { type, end: last.after };
}

/** `tasks` as far as this reference looks into it. */
function tasksType(scope: Scope, steps: readonly Step[]): ValueType {
  const id = steps[0]?.name;
  const task = id === undefined ? undefined : scope.pipeline.tasks.get(id);
  if (id === undefined || task === undefined) return MAP;
  const parts: ValueType = {
    cel: MAP.cel,
    fields: new Map([
      ["state", STATE],
      ["outputs", outputsTypeFromOutside(task)],
    ]),
  };
  return { cel: MAP.cel, fields: new Map([[id, parts]]) };
}

/** A name that is as long as `written` and declared with this type; `written` itself where none is short enough. */
function standInFor(cel: string, written: string): string {
  const number = typeNumbers.get(cel) ?? typeNumbers.size;
  typeNumbers.set(cel, number);
  const name = `__${number.toString(36)}`.padEnd(written.length, "_");
  // `ds` is that short and always the same type; so is nothing else until there are a thousand types.
  if (name.length > written.length) return declare(written, written === "ds" ? cel : DYN.cel);
  return declare(name, cel);
}

function declare(name: string, cel: string): string {
  if (!declared.has(name)) {
    checkingEnvironment().registerVariable(name, cel);
    declared.add(name);
  }
  return name;
}
