import { targetsOf } from "../branches.ts";
import { compileExpression } from "../expressions/cel.ts";
import { expressionsIn } from "../expressions/place.ts";
import { ReferenceWalk, type Step } from "../expressions/references.ts";
import type { PipelineSource, TextSource } from "../model.ts";
import { type ScalarNode, type SourceNode, stringOf } from "../source.ts";
import type { Span } from "../text.ts";
import { usedPipeline } from "../used-pipeline.ts";

/*
 * The names of a pipeline: where each is defined, and every place that means it. Pure; made from one file.
 */

export type SymbolKind = "task" | "output" | "param";

/** A place that names a task, an output or a param. */
export interface Occurrence {
  /** The name alone, without quotes, brackets and dots. */
  readonly at: Span;
  /** Where it stands: at its definition, in `needs`, as the target of a branch, or in an expression. */
  readonly role: "definition" | "needs" | "branch" | "expression";
  /** How it is written there: as a YAML scalar (with quotes or without), behind a dot, or in brackets. */
  readonly form: "plain" | "quoted" | "dot" | "bracket";
  /** The YAML scalar around the expression, which what is written in it must not break. */
  readonly inside?: ScalarNode;
}

export interface PipelineSymbol {
  readonly kind: SymbolKind;
  readonly name: string;
  /** Of an output: the task that hands it on. */
  readonly task?: string;
  /** From the key to the end of what stands under it; absent when the name is used and defined nowhere. */
  readonly whole?: Span;
  /** In the order of the file, each place once; the definition is one of them. */
  readonly occurrences: readonly Occurrence[];
}

/** A place that names another pipeline. */
export interface PipelineMention {
  readonly name: string;
  readonly at: Span;
}

export interface SymbolIndex {
  readonly symbols: readonly PipelineSymbol[];
  /** The pipelines that this one comes after, and those that its tasks run. */
  readonly pipelines: readonly PipelineMention[];
}

const indexes = new WeakMap<PipelineSource, SymbolIndex>();

/** The names of a pipeline. Worked out once for each; never throws. */
export function symbolsOf(pipeline: PipelineSource): SymbolIndex {
  let index = indexes.get(pipeline);
  if (index === undefined) {
    index = new IndexBuilder(pipeline).build();
    indexes.set(pipeline, index);
  }
  return index;
}

/** The name at a place: the cursor may stand before, in and right behind it. */
export function symbolAt(
  index: SymbolIndex,
  offset: number,
): { readonly symbol: PipelineSymbol; readonly occurrence: Occurrence } | undefined {
  for (const symbol of index.symbols) {
    const occurrence = symbol.occurrences.find(({ at }) => at.start <= offset && offset <= at.end);
    if (occurrence !== undefined) return { symbol, occurrence };
  }
  return undefined;
}

interface Growing extends PipelineSymbol {
  whole?: Span;
  readonly occurrences: Occurrence[];
}

class IndexBuilder {
  readonly #pipeline: PipelineSource;
  readonly #symbols = new Map<string, Growing>();
  readonly #seen = new Set<string>();

  constructor(pipeline: PipelineSource) {
    this.#pipeline = pipeline;
  }

  build(): SymbolIndex {
    const { root, params, tasks } = this.#pipeline;
    for (const param of params.values()) this.#define("param", param.key, param.node);
    const tasksNode = root.get("tasks");
    for (const { keyNode, value } of tasksNode?.kind === "map" ? tasksNode.entries : []) {
      this.#define("task", keyNode, value);
    }
    for (const task of tasks.values()) {
      for (const output of task.outputs.values()) this.#define("output", output.key, output.node, task.id);
      for (const { id, node } of task.needs) this.#scalar("task", id, node, "needs");
      for (const { id, at } of targetsOf(task)) this.#scalar("task", id, at, "branch");
    }
    for (const text of textsOf(this.#pipeline)) this.#text(text);
    for (const { occurrences } of this.#symbols.values()) occurrences.sort((a, b) => a.at.start - b.at.start);
    return { symbols: [...this.#symbols.values()], pipelines: mentionsOf(this.#pipeline) };
  }

  #define(kind: SymbolKind, key: ScalarNode, value: SourceNode, task?: string): void {
    const symbol = this.#symbol(kind, key.text, task);
    symbol.whole ??= { start: key.start, end: Math.max(key.end, value.end) };
    this.#scalar(kind, key.text, key, "definition", task);
  }

  #scalar(kind: SymbolKind, name: string, node: ScalarNode, role: Occurrence["role"], task?: string): void {
    const form = node.style === "plain" ? "plain" : "quoted";
    this.#add(this.#symbol(kind, name, task), { at: node.span(0, node.text.length), role, form });
  }

  #text(text: TextSource): void {
    for (const { source, start } of expressionsIn(text)) {
      if (!/\b(?:tasks|params)\b/.test(source)) continue;
      const compiled = compileExpression(source);
      if (!compiled.ok) continue;
      const mention = (kind: SymbolKind, step: Step | undefined, task?: string): void => {
        if (step?.name !== undefined) this.#step(text.node, source, start, { ...step, name: step.name }, kind, task);
      };
      for (const { root, steps } of new ReferenceWalk(compiled.ast).references) {
        const [first, second, third] = steps;
        if (root.name === "params") mention("param", first);
        if (root.name !== "tasks") continue;
        mention("task", first);
        if (second?.name === "outputs") mention("output", third, first?.name);
      }
    }
  }

  /** The step's own place covers the quotes of `["name"]`. */
  #step(
    node: ScalarNode,
    source: string,
    offset: number,
    step: Step & { readonly name: string },
    kind: SymbolKind,
    task?: string,
  ): void {
    const written = source.slice(step.start, step.end);
    const bracket = step.after > step.end;
    const within = written.lastIndexOf(step.name);
    // A name that is written with escapes can't be told letter by letter: it is left alone.
    if (within === -1 || (kind === "output" && task === undefined)) return;
    const start = offset + step.start + within;
    const at = node.span(start, start + step.name.length);
    this.#add(this.#symbol(kind, step.name, task), {
      at,
      role: "expression",
      form: bracket ? "bracket" : "dot",
      inside: node,
    });
  }

  #symbol(kind: SymbolKind, name: string, task?: string): Growing {
    const key = `${kind}\0${task ?? ""}\0${name}`;
    let symbol = this.#symbols.get(key);
    if (symbol === undefined) {
      symbol = { kind, name, ...(task === undefined ? {} : { task }), occurrences: [] };
      this.#symbols.set(key, symbol);
    }
    return symbol;
  }

  /** An alias shows the same place again. */
  #add(symbol: Growing, occurrence: Occurrence): void {
    const key = `${symbol.kind}\0${occurrence.at.start}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    symbol.occurrences.push(occurrence);
  }
}

/** Keys whose text is for people; braces in it are only shown. */
const PROSE: ReadonlySet<string> = new Set(["doc", "description"]);

/**
 * Every text that may name something: those of the model, and what has braces under keys that are wrong or
 * unknown, which a rename must not leave behind.
 */
function textsOf({ root, texts }: PipelineSource): readonly TextSource[] {
  const known = new Set(texts.map((text) => text.node));
  const further: TextSource[] = [];
  const look = (node: SourceNode, path: readonly string[]): void => {
    if (node.kind === "map") {
      for (const { key, value } of node.entries) if (!PROSE.has(key)) look(value, [...path, key]);
    } else if (node.kind === "list") {
      for (const item of node.items) look(item, path);
    } else if (!known.has(node) && node.text.includes("${{")) {
      known.add(node);
      further.push({ node, place: "none", path });
    }
  };
  look(root, []);
  return [...texts.filter(({ place, path }) => place !== "none" || !path.some((key) => PROSE.has(key))), ...further];
}

function mentionsOf({ root, tasks }: PipelineSource): readonly PipelineMention[] {
  const schedule = root.get("schedule");
  const after = schedule?.kind === "map" ? schedule.get("after") : undefined;
  const run = [...tasks.values()].flatMap(({ operator }) => usedPipeline(operator) ?? []);
  const nodes = [...(after?.kind === "list" ? after.items : after === undefined ? [] : [after]), ...run];
  return nodes.flatMap((node) => {
    const name = stringOf(node);
    return node.kind === "scalar" && name !== undefined ? [{ name, at: node.span(0, node.text.length) }] : [];
  });
}
