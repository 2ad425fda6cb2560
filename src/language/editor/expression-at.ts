import { scopeOf } from "../expressions/analyse.ts";
import { compileExpression } from "../expressions/cel.ts";
import { checkExpression } from "../expressions/check.ts";
import { type FunctionDoc, functionDocs } from "../expressions/function-docs.ts";
import { expressionsIn } from "../expressions/place.ts";
import { type Reference, ReferenceWalk } from "../expressions/references.ts";
import type { Scope } from "../expressions/scope.ts";
import { describeType, type ValueType } from "../expressions/types.ts";
import type { PipelineSource } from "../model.ts";
import type { Span } from "../text.ts";
import { typeOf } from "./expression-cursor.ts";

/** What an expression says at a place. */
export type ExpressionPlace = { readonly at: Span } & (
  | {
      readonly kind: "name";
      /** The names up to the one at the place: `tasks`, `train`, `outputs`. */
      readonly steps: readonly string[];
      /** In words: "a number". */
      readonly type: string;
      /** The values that it can have. */
      readonly choices?: readonly string[];
    }
  | { readonly kind: "call"; readonly name: string; readonly docs: readonly FunctionDoc[] }
  | { readonly kind: "whole"; readonly type: string }
);

/** What the expression at an offset of the file says there; undefined outside of expressions and in one that is broken. */
export function expressionAt(pipeline: PipelineSource, offset: number): ExpressionPlace | undefined {
  const text = pipeline.texts.find(({ node }) => node.start <= offset && offset <= node.end);
  const inText = text?.node.textOffset(offset);
  if (text === undefined || inText === undefined) return undefined;
  const expression = expressionsIn(text).find(
    ({ source, start }) => start <= inText && inText <= start + source.length,
  );
  if (expression === undefined) return undefined;
  const { source, start } = expression;
  const compiled = compileExpression(source);
  if (!compiled.ok) return undefined;
  const scope = scopeOf(text, pipeline);
  const place = inText - start;
  const spanOf = (from: number, to: number): Span => text.node.span(start + from, start + to);
  const walk = new ReferenceWalk(compiled.ast);
  const call = walk.calls.find((each) => each.start <= place && place <= each.end);
  if (call !== undefined) {
    return { kind: "call", name: call.name, docs: functionDocs(call.name), at: spanOf(call.start, call.end) };
  }
  const reference = walk.references.find((each) => each.start <= place && place <= each.end);
  const named = reference === undefined ? undefined : nameAt(reference, place, scope);
  if (named !== undefined) {
    const { steps, type, from, to } = named;
    const choices = type.choices === undefined ? {} : { choices: type.choices };
    return { kind: "name", steps, type: describeType(type.cel), ...choices, at: spanOf(from, to) };
  }
  const { type } = checkExpression(source, scope, "any");
  return type === undefined ? undefined : { kind: "whole", type: describeType(type), at: spanOf(0, source.length) };
}

interface Named {
  readonly steps: readonly string[];
  readonly type: ValueType;
  readonly from: number;
  readonly to: number;
}

function nameAt({ root, steps, start }: Reference, place: number, scope: Scope): Named | undefined {
  const names = [root.name];
  let { end } = root;
  for (const step of steps) {
    if (place <= end) break;
    if (step.name === undefined) return undefined;
    names.push(step.name);
    end = step.after;
  }
  const type = typeOf(scope, names);
  return type === undefined ? undefined : { steps: names, type, from: start, to: end };
}
