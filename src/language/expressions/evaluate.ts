import type { Evaluated } from "../../core/index.ts";
import type { JsonValue } from "../../lib/index.ts";
import { type CompiledExpression, compileExpression } from "./cel.ts";
import { type Reference, ReferenceWalk } from "./references.ts";
import { hasTemplate, parseTemplate, wholeExpression } from "./template.ts";
import { type CelValue, celToText, fromCel, NotJson } from "./values.ts";

/** The names of a run. Asked only for what an expression refers to, so that nothing else has to be worked out. */
export interface Names {
  /** The value of a name; undefined when it doesn't exist here. `references` are those of the expression to this name. */
  resolve(name: string, references: readonly Reference[]): CelValue;
}

type Parsed = { readonly expression: CompiledExpression; readonly byRoot: ReadonlyMap<string, readonly Reference[]> };

/** Parses each expression once and evaluates it as often as asked. Nothing here throws. */
export class ExpressionCache {
  readonly #parsed = new Map<string, Parsed | { readonly problem: string }>();

  /** The references of an expression by the names that they begin with; empty when it can't be parsed. */
  references(source: string): ReadonlyMap<string, readonly Reference[]> {
    const parsed = this.#parse(source);
    return "problem" in parsed ? new Map() : parsed.byRoot;
  }

  /** The value of an expression, still as CEL has it. */
  evaluateCel(source: string, names: Names): Evaluated<CelValue> {
    const parsed = this.#parse(source);
    if ("problem" in parsed) return { ok: false, message: `\`${source.trim()}\` is no expression: ${parsed.problem}` };
    const values: Record<string, CelValue> = {};
    for (const [name, references] of parsed.byRoot) {
      const value = guarded(() => names.resolve(name, references));
      if (!value.ok) return value;
      values[name] = value.value;
    }
    const result = parsed.expression.evaluate(values);
    return result.ok ? result : { ok: false, message: `\`${source.trim()}\` can't be evaluated: ${result.message}` };
  }

  /** The value of an expression as JSON. */
  evaluate(source: string, names: Names): Evaluated<JsonValue> {
    const result = this.evaluateCel(source, names);
    return result.ok ? guarded(() => fromCel(result.value), source) : result;
  }

  /** A text with its expressions evaluated: the value itself when it is one expression, text otherwise. */
  evaluateText(text: string, names: Names): Evaluated<JsonValue> {
    if (!hasTemplate(text)) return { ok: true, value: text };
    const template = parseTemplate(text);
    const [problem] = template.problems;
    if (problem !== undefined) return { ok: false, message: problem.message };
    const whole = wholeExpression(template);
    if (whole !== undefined) return this.evaluate(whole.source, names);
    let result = "";
    for (const part of template.parts) {
      if (part.type === "text") result += part.text;
      else {
        const value = this.textOf(part.source, names);
        if (!value.ok) return value;
        result += value.value;
      }
    }
    return { ok: true, value: result };
  }

  /** The value of an expression as it stands in a text. */
  textOf(source: string, names: Names): Evaluated<string> {
    const result = this.evaluateCel(source, names);
    return result.ok ? guarded(() => celToText(result.value), source) : result;
  }

  /** A value with the expressions in all its texts evaluated. */
  evaluateAll(value: JsonValue, names: Names): Evaluated<JsonValue> {
    if (typeof value === "string") return this.evaluateText(value, names);
    if (value === null || typeof value !== "object") return { ok: true, value };
    if (Array.isArray(value)) {
      const items: JsonValue[] = [];
      for (const item of value) {
        const result = this.evaluateAll(item, names);
        if (!result.ok) return result;
        items.push(result.value);
      }
      return { ok: true, value: items };
    }
    const entries: [string, JsonValue][] = [];
    for (const [key, item] of Object.entries(value)) {
      const result = this.evaluateAll(item, names);
      if (!result.ok) return result;
      entries.push([key, result.value]);
    }
    return { ok: true, value: Object.fromEntries(entries) };
  }

  #parse(source: string): Parsed | { readonly problem: string } {
    let parsed = this.#parsed.get(source);
    if (parsed === undefined) {
      const compiled = compileExpression(source);
      parsed = compiled.ok
        ? { expression: compiled, byRoot: referencesOf(compiled) }
        : { problem: compiled.problem.message };
      this.#parsed.set(source, parsed);
    }
    return parsed;
  }
}

function referencesOf(expression: CompiledExpression): ReadonlyMap<string, readonly Reference[]> {
  return Map.groupBy(new ReferenceWalk(expression.ast).references, (reference) => reference.root.name);
}

/** Says why a name has no value here; the sentence is for a person. */
export class NameError extends Error {}

function guarded<T>(work: () => T, source?: string): Evaluated<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (error instanceof NotJson)
      return { ok: false, message: `\`${source?.trim()}\` can't be used: ${error.message}` };
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
