import type { ASTNode } from "@marcbachmann/cel-js";
import { childrenOf } from "./cel.ts";

/*
 * What an expression names. A walk over its tree finds every chain such as `tasks.train.outputs.accuracy`,
 * every call, and what is known to be there at each place: behind `x != null ?` x is not null.
 */

/** One step of a chain; `name` is undefined for an index that is computed. */
export interface Step {
  readonly name: string | undefined;
  readonly start: number;
  readonly end: number;
  /** Where the access ends: behind the bracket of `["name"]`. */
  readonly after: number;
}

export interface Reference {
  readonly root: Step & { readonly name: string };
  readonly steps: readonly Step[];
  readonly start: number;
  readonly end: number;
  /** Only asked whether it is there, or compared with something: null does no harm. */
  readonly tested: boolean;
  /** The argument of `has(…)`. */
  readonly inHas: boolean;
  /** What the conditions around it have made sure of. */
  readonly facts: Facts;
  /** The text that it is compared with by `==` or `!=`. */
  readonly comparedWith?: { readonly text: string; readonly start: number; readonly end: number };
}

export interface Call {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** True for `receiver.name(…)`. */
  readonly method: boolean;
  /** How many arguments stand in the parentheses. */
  readonly count: number;
}

/** `train` when the task is known to have succeeded, `train.accuracy` when that output is known not to be null. */
export type Facts = ReadonlySet<string>;

const NOTHING: Facts = new Set();

/** Methods that name a variable for each element in their first argument. */
const COMPREHENSIONS = new Set(["all", "exists", "exists_one", "map", "filter"]);

/** What a condition makes sure of on its way to each side. */
interface Outcome {
  readonly whenTrue: Facts;
  readonly whenFalse: Facts;
}

/** Walks an expression once. Variables of comprehensions are no references. */
export class ReferenceWalk {
  readonly references: Reference[] = [];
  readonly calls: Call[] = [];

  /** `given` is what is known before the expression begins. */
  constructor(ast: ASTNode, given: Facts = NOTHING) {
    this.#visit(ast, given, new Set());
  }

  #visit(node: ASTNode, facts: Facts, locals: ReadonlySet<string>): void {
    const chain = chainOf(node);
    if (chain !== undefined) {
      this.#chain(chain, facts, locals, "read");
      return;
    }
    switch (node.op) {
      case "&&":
      case "||": {
        const [left, right] = node.args;
        this.#visit(left, facts, locals);
        const outcome = outcomeOf(left);
        this.#visit(right, both(facts, node.op === "&&" ? outcome.whenTrue : outcome.whenFalse), locals);
        break;
      }
      case "?:": {
        const [condition, yes, no] = node.args;
        const { whenTrue, whenFalse } = outcomeOf(condition);
        this.#visit(condition, facts, locals);
        this.#visit(yes, both(facts, whenTrue), locals);
        this.#visit(no, both(facts, whenFalse), locals);
        break;
      }
      case "==":
      case "!=":
        for (const [index, side] of node.args.entries()) {
          const compared = chainOf(side);
          if (compared === undefined) this.#visit(side, facts, locals);
          else this.#chain(compared, facts, locals, "compare", node.args[1 - index]);
        }
        break;
      case "call":
        this.#call(node, facts, locals);
        break;
      case "rcall":
        this.#methodCall(node, facts, locals);
        break;
      default:
        for (const child of childrenOf(node)) this.#visit(child, facts, locals);
    }
  }

  #call(node: Extract<ASTNode, { op: "call" }>, facts: Facts, locals: ReadonlySet<string>): void {
    const [name, args] = node.args;
    this.calls.push({ name, method: false, count: args.length, start: node.start, end: node.start + name.length });
    for (const argument of args) {
      const chain = name === "has" ? chainOf(argument) : undefined;
      if (chain === undefined) this.#visit(argument, facts, locals);
      else this.#chain(chain, facts, locals, "has");
    }
  }

  #methodCall(node: Extract<ASTNode, { op: "rcall" }>, facts: Facts, locals: ReadonlySet<string>): void {
    const [name, receiver, args] = node.args;
    const at = receiver.end + node.input.slice(receiver.end).indexOf(name);
    this.calls.push({ name, method: true, count: args.length, start: at, end: at + name.length });
    const isBind = name === "bind" && receiver.op === "id" && receiver.args === "cel";
    if (!isBind) this.#visit(receiver, facts, locals);
    const [variable, ...rest] = args;
    if (variable?.op !== "id" || !(isBind || COMPREHENSIONS.has(name))) {
      for (const argument of args) this.#visit(argument, facts, locals);
      return;
    }
    const inner = new Set([...locals, variable.args]);
    for (const [index, argument] of rest.entries())
      this.#visit(argument, facts, isBind && index === 0 ? locals : inner);
  }

  #chain(
    chain: Chain,
    facts: Facts,
    locals: ReadonlySet<string>,
    use: "read" | "compare" | "has",
    other?: ASTNode,
  ): void {
    for (const index of chain.indexes) this.#visit(index, facts, locals);
    if (locals.has(chain.root.name)) return;
    const text = other?.op === "value" && typeof other.args === "string" ? other.args : undefined;
    this.references.push({
      root: chain.root,
      steps: chain.steps,
      start: chain.start,
      end: chain.end,
      tested: use !== "read",
      inHas: use === "has",
      facts,
      ...(text === undefined || other === undefined
        ? {}
        : { comparedWith: { text, start: other.start, end: other.end } }),
    });
  }
}

/** What is known when a condition that was evaluated before turned out true: a task's `if`, for its config. */
export function factsWhenTrue(ast: ASTNode): Facts {
  return outcomeOf(ast).whenTrue;
}

interface Chain {
  readonly root: Step & { readonly name: string };
  readonly steps: readonly Step[];
  /** Computed indexes inside it. */
  readonly indexes: readonly ASTNode[];
  readonly start: number;
  readonly end: number;
}

/** Reads `a.b["c"][0]` as a chain; undefined for anything that doesn't begin with a name. */
function chainOf(node: ASTNode): Chain | undefined {
  if (node.op === "id") {
    const root = { name: node.args, start: node.start, end: node.end, after: node.end };
    return { root, steps: [], indexes: [], start: node.start, end: node.end };
  }
  if (node.op !== "." && node.op !== "[]") return undefined;
  const inner = chainOf(node.args[0]);
  if (inner === undefined) return undefined;
  const index = node.args[1];
  if (typeof index === "string") {
    const step = { name: index, start: node.pos, end: node.end, after: node.end };
    return { ...inner, steps: [...inner.steps, step], end: node.end };
  }
  const literal = index.op === "value" && typeof index.args === "string" ? index.args : undefined;
  const step = { name: literal, start: index.start, end: index.end, after: node.end };
  const indexes = literal === undefined ? [...inner.indexes, index] : inner.indexes;
  return { ...inner, steps: [...inner.steps, step], indexes, end: node.end };
}

function outcomeOf(node: ASTNode): Outcome {
  switch (node.op) {
    case "&&":
    case "||": {
      const left = outcomeOf(node.args[0]);
      const right = outcomeOf(node.args[1]);
      return node.op === "&&"
        ? { whenTrue: both(left.whenTrue, right.whenTrue), whenFalse: common(left.whenFalse, right.whenFalse) }
        : { whenTrue: common(left.whenTrue, right.whenTrue), whenFalse: both(left.whenFalse, right.whenFalse) };
    }
    case "!_": {
      const { whenTrue, whenFalse } = outcomeOf(node.args);
      return { whenTrue: whenFalse, whenFalse: whenTrue };
    }
    case "==":
    case "!=": {
      const { equal, different } = comparisonFacts(node.args[0], node.args[1]);
      return node.op === "==" ? { whenTrue: equal, whenFalse: different } : { whenTrue: different, whenFalse: equal };
    }
    case "call": {
      const argument = node.args[0] === "has" ? node.args[1][0] : undefined;
      return { whenTrue: argument === undefined ? NOTHING : outputFact(argument), whenFalse: NOTHING };
    }
    default:
      return { whenTrue: NOTHING, whenFalse: NOTHING };
  }
}

/** What `a == b` and `a != b` tell of an output or a state among the two. */
function comparisonFacts(left: ASTNode, right: ASTNode): { readonly equal: Facts; readonly different: Facts } {
  const [chain, other] = chainOf(left) === undefined ? [right, left] : [left, right];
  if (other.op !== "value") return { equal: NOTHING, different: NOTHING };
  if (other.args === null) return { equal: NOTHING, different: outputFact(chain) };
  const steps = chainOf(chain)?.steps.map((step) => step.name);
  const isSuccess = other.args === "success" && steps?.length === 2 && steps[1] === "state" && steps[0] !== undefined;
  return { equal: isSuccess ? new Set([steps[0] ?? ""]) : outputFact(chain), different: NOTHING };
}

/** That the output which a chain names is not null. */
function outputFact(node: ASTNode): Facts {
  const chain = chainOf(node);
  const [task, outputs, name] = chain?.steps.map((step) => step.name) ?? [];
  if (chain?.root.name !== "tasks" || outputs !== "outputs" || task === undefined || name === undefined) return NOTHING;
  return new Set([`${task}.${name}`]);
}

function both(a: Facts, b: Facts): Facts {
  if (a.size === 0) return b;
  return b.size === 0 ? a : new Set([...a, ...b]);
}

function common(a: Facts, b: Facts): Facts {
  return new Set([...a].filter((fact) => b.has(fact)));
}
