import { isSurelyMeant, suggest } from "../../lib/index.ts";
import { graphOf } from "../graph.ts";
import type { PipelineSource } from "../model.ts";
import { listed } from "../shape/schema-words.ts";
import type { ExpressionFinding, ExpressionFindingKind, Replacement } from "./finding.ts";
import type { Reference, Step } from "./references.ts";
import { outputsTypeFromOutside, type Scope, STATE } from "./scope.ts";
import { STRING, type ValueType } from "./types.ts";

/** Names that a hint lists. More would hide the message. */
const LISTED_MAX = 20;

type Findings = readonly ExpressionFinding[];

/** Checks one chain of names against the scope. */
export function checkReference(source: string, scope: Scope, reference: Reference): Findings {
  return new ReferenceCheck(source, scope, reference).run();
}

/** A task whose id has a dash, written with a dot: a subtraction to CEL. */
export function dashedTask(source: string, taskIds: ReadonlySet<string>): ExpressionFinding | undefined {
  for (const match of source.matchAll(/\btasks\.(\w+(?:-\w+)+)/g)) {
    const [written, id = ""] = match;
    if (!taskIds.has(id)) continue;
    const end = match.index + written.length;
    const message = `\`${id}\` reads as a subtraction here`;
    const instead = { start: match.index, end, text: pathOf(id), safe: true };
    return {
      kind: "unknown_reference",
      start: end - id.length,
      end,
      message,
      hint: `write \`${pathOf(id)}\``,
      instead,
    };
  }
  return undefined;
}

/** Whether a param or an output is meant whose name has a dash, which no name may have. */
export function namesDashed(source: string, { params, tasks }: PipelineSource): boolean {
  const dashed = [...source.matchAll(/\b(params|outputs)\.(\w+(?:-\w+)+)/g)];
  return dashed.some(([, root, name = ""]) =>
    root === "params" ? params.has(name) : [...tasks.values()].some(({ outputs }) => outputs.has(name)),
  );
}

/** How an expression names a task. */
function pathOf(id: string): string {
  return id.includes("-") ? `tasks["${id}"]` : `tasks.${id}`;
}

/** Where a secret may go instead. */
function secretHint({ place, task }: Scope): string {
  const { name, spec, config, node } = (place === "operator" ? task?.operator : undefined) ?? {};
  // Of a form that was not chosen, the keys mean nothing.
  const keys = (spec?.secret_keys ?? []).filter(
    (key) => !key.includes(".") || Object.hasOwn(config ?? {}, key.slice(0, key.indexOf("."))),
  );
  if (keys.length === 0) return "put it in `env`, and read the variable";
  const form = node?.kind === "map" ? "" : "the long form of ";
  return `${form}\`${name}\` takes secrets in ${listed(keys, LISTED_MAX)}`;
}

/** What other languages call the values that have a name of their own, in small letters. */
const LITERALS: ReadonlyMap<string, string> = new Map([
  ["none", "null"],
  ["nil", "null"],
  ["null", "null"],
  ["undefined", "null"],
  ["true", "true"],
  ["false", "false"],
]);

class ReferenceCheck {
  readonly #source: string;
  readonly #scope: Scope;
  readonly #reference: Reference;

  constructor(source: string, scope: Scope, reference: Reference) {
    this.#source = source;
    this.#scope = scope;
    this.#reference = reference;
  }

  run(): Findings {
    const { root, steps } = this.#reference;
    const type = this.#scope.names.get(root.name);
    if (type === undefined) return this.#unknownRoot();
    if (root.name === "tasks") return this.#task();
    if (root.name === "secrets") return this.#secret();
    return this.#parts(type, root.name, steps);
  }

  #report(
    kind: ExpressionFindingKind,
    at: Omit<Step, "after">,
    message: string,
    hint?: string,
    more: Pick<ExpressionFinding, "related" | "instead" | "lacks"> = {},
  ): Findings {
    return [{ kind, start: at.start, end: at.end, message, ...(hint === undefined ? {} : { hint }), ...more }];
  }

  /** The name of a step (or a text in quotes) spelt as another one. Undefined when it is not written letter by letter. */
  #respelt(
    { start, end }: Pick<Step, "start" | "end">,
    name: string,
    meant: string | undefined,
    candidates: Iterable<string>,
  ): Replacement | undefined {
    const within = this.#source.slice(start, end).lastIndexOf(name);
    if (meant === undefined || within === -1 || !/^\w+$/.test(meant)) return undefined;
    const from = start + within;
    return { start: from, end: from + name.length, text: meant, safe: isSurelyMeant(name, meant, candidates) };
  }

  #unknownRoot(): Findings {
    const { root } = this.#reference;
    const { names, elsewhere, pipeline } = this.#scope;
    const why = elsewhere.get(root.name);
    if (why !== undefined)
      return this.#report("context_unavailable", root, `\`${root.name}\` is not available here`, why);
    const place = pipeline.params.has(root.name) ? "params" : pipeline.tasks.has(root.name) ? "tasks" : undefined;
    const meant = place === undefined ? suggest(root.name, names.keys()) : `${place}.${root.name}`;
    const literal = LITERALS.get(root.name.toLowerCase());
    const hint =
      meant !== undefined
        ? `did you mean \`${meant}\`?`
        : literal !== undefined
          ? `write \`${literal}\``
          : `names here: ${[...names.keys()].join(", ")}; text stands in quotes`;
    const { start, end, name } = root;
    const plain = place === "params" && !pipeline.tasks.has(name) ? meant : literal;
    const instead =
      plain === undefined || (meant !== undefined && plain !== meant)
        ? this.#respelt(root, name, place === undefined ? meant : undefined, names.keys())
        : { start, end, text: plain, safe: true };
    return this.#report("unknown_reference", root, `there is no \`${name}\` here`, hint, { instead });
  }

  #secret(): Findings {
    const { root, steps } = this.#reference;
    if (!this.#scope.secrets) {
      const at = { name: root.name, start: root.start, end: this.#reference.end };
      return this.#report(
        "secret_exposed",
        at,
        "a secret can't stand here, where it would be shown or stored",
        secretHint(this.#scope),
      );
    }
    if (steps.length === 0 || steps[0]?.name === undefined) {
      return this.#report("unknown_reference", root, "a secret is named one by one", "write `secrets.NAME`");
    }
    return [];
  }

  /** `tasks.<id>.outputs.<name>` or `tasks.<id>.state`. */
  #task(): Findings {
    const { root, steps } = this.#reference;
    const { pipeline, task: reader } = this.#scope;
    const [idStep, part, output, ...deeper] = steps;
    const id = idStep?.name;
    if (idStep === undefined || id === undefined) {
      const message = idStep === undefined ? "`tasks` is no value by itself" : "the id of a task must be written out";
      return this.#report(
        "unknown_reference",
        idStep ?? root,
        message,
        "write `tasks.<id>.outputs.<name>` or `tasks.<id>.state`",
      );
    }
    const source = pipeline.tasks.get(id);
    if (source === undefined) return this.#unknownTask(id, idStep);
    if (part?.name === undefined || (part.name !== "outputs" && part.name !== "state")) {
      const path = pathOf(id);
      if (part?.name === undefined) {
        const message = `\`${path}\` is no value by itself`;
        return this.#report(
          "unknown_reference",
          part ?? idStep,
          message,
          `write \`${path}.outputs.<name>\` or \`${path}.state\``,
        );
      }
      const near = suggest(part.name, ["outputs", "state"]);
      const isOutput = source.outputs.has(part.name);
      const hint = isOutput ? `did you mean \`${path}.outputs.${part.name}\`?` : near && `did you mean \`${near}\`?`;
      const { start, end, after, name } = part;
      const deeper = { start, end, text: `outputs.${name}`, safe: true };
      const instead =
        isOutput && after === end
          ? deeper
          : this.#respelt(part, name, isOutput ? undefined : near, ["outputs", "state"]);
      const message = "a task has `outputs` and a `state`, and nothing else";
      return this.#report("unknown_reference", part, message, hint, { instead });
    }
    if (reader !== undefined && !this.#isUpstream(id, reader.id)) {
      const at = { name: id, start: root.start, end: idStep.end };
      if (id === reader.id) {
        return this.#report(
          "output_not_upstream",
          at,
          `\`${id}\` can't read what it hands on itself`,
          "it is there only once the task has ended",
        );
      }
      // With a broken `needs` nobody knows what comes before; that is reported already.
      if (graphOf(pipeline).isIncomplete(reader.id)) return [];
      if (graphOf(pipeline).descendants(reader.id).has(id)) {
        return this.#report(
          "output_not_upstream",
          at,
          `\`${id}\` comes after \`${reader.id}\`, so it can't have run`,
          `let \`${id}\` come first, or read it in a task that comes after it`,
          { related: [{ at: source.node.entry("needs")?.keyNode ?? source.key, message: `what \`${id}\` needs` }] },
        );
      }
      return this.#report(
        "output_not_upstream",
        at,
        `\`${id}\` doesn't come before \`${reader.id}\`, so it need not have run`,
        `add \`${id}\` to the \`needs\` of \`${reader.id}\``,
        { related: [{ at: source.key, message: `\`${id}\` stands here` }], lacks: id },
      );
    }
    if (part.name === "state") return this.#parts(STATE, `${pathOf(id)}.state`, steps.slice(2));
    if (output?.name === undefined) return [];
    const type = outputsTypeFromOutside(source).fields?.get(output.name);
    if (type === undefined) {
      const near = suggest(output.name, source.outputs.keys());
      const hint = near === undefined ? `declare it under \`outputs\` of \`${id}\`` : `did you mean \`${near}\`?`;
      const place = { at: source.node.entry("outputs")?.keyNode ?? source.key, message: `the outputs of \`${id}\`` };
      const instead = this.#respelt(output, output.name, near, source.outputs.keys());
      const message = `\`${id}\` declares no output \`${output.name}\``;
      return this.#report("output_undeclared", output, message, hint, { related: [place], instead });
    }
    const nullable =
      reader !== undefined && reader.id !== id && source.forEach === undefined
        ? this.#nullable(id, output.name, reader.id)
        : [];
    return [...this.#parts(type, output.name, deeper), ...nullable];
  }

  /** Whether the task has ended when the expression of `reader` is evaluated. */
  #isUpstream(id: string, reader: string): boolean {
    // What is evaluated after a task sees the task itself as well.
    if (id === reader) return this.#scope.names.has("outputs");
    return graphOf(this.#scope.pipeline).ancestors(reader).has(id);
  }

  #nullable(id: string, output: string, reader: string): Findings {
    const { facts, tested } = this.#reference;
    const graph = graphOf(this.#scope.pipeline);
    if (tested || facts.has(id) || facts.has(`${id}.${output}`) || graph.isCertain(reader, id)) return [];
    // With a broken rule nobody knows what is certain; that is reported already.
    if (graph.isIncomplete(reader)) return [];
    const name = this.#source.slice(this.#reference.start, this.#reference.end);
    const cause = graph.maySkip(id) ? "may be skipped" : "need not have succeeded";
    return this.#report(
      "nullable_output",
      { name, start: this.#reference.start, end: this.#reference.end },
      `\`${id}\` ${cause} when \`${reader}\` runs, and \`${output}\` is null then`,
      `say what to use instead: \`${name} != null ? ${name} : …\``,
    );
  }

  #unknownTask(id: string, step: Step): Findings {
    const { pipeline, task: reader } = this.#scope;
    // Too broken to be read; that is reported already.
    if (pipeline.taskIds.has(id)) return [];
    const dashed = dashedTask(this.#source.slice(this.#reference.start), pipeline.taskIds);
    if (dashed?.start === step.start - this.#reference.start) {
      const by = this.#reference.start;
      const { instead } = dashed;
      const moved =
        instead === undefined ? {} : { instead: { ...instead, start: instead.start + by, end: instead.end + by } };
      return [{ ...dashed, start: step.start, end: dashed.end + by, ...moved }];
    }
    const before = reader === undefined ? [] : [...graphOf(pipeline).ancestors(reader.id)];
    const near = suggest(id, [...before, ...pipeline.taskIds]);
    const hint = near === undefined ? undefined : `did you mean \`${near}\`?`;
    const instead = this.#respelt(step, id, near, pipeline.taskIds);
    return this.#report("unknown_reference", step, `there is no task \`${id}\``, hint, { instead });
  }

  /** Follows the steps through what is known of the type. */
  #parts(type: ValueType, owner: string, steps: readonly Step[]): Findings {
    let current: ValueType | undefined = type;
    let path = owner;
    for (const step of steps) {
      const fields: ValueType["fields"] = current?.fields;
      if (fields === undefined || step.name === undefined) return [];
      const next = fields.get(step.name);
      if (next === undefined) return this.#unknownPart(path, step, fields);
      current = next;
      path = `${path}.${step.name}`;
    }
    return current === undefined ? [] : this.#comparison(current, path);
  }

  #unknownPart(owner: string, step: Step, fields: ReadonlyMap<string, ValueType>): Findings {
    const near = suggest(step.name ?? "", fields.keys());
    const some =
      fields.size === 0
        ? undefined
        : `there ${fields.size === 1 ? "is" : "are"} ${listed([...fields.keys()], LISTED_MAX)}`;
    const none =
      owner === "params"
        ? "declare it under `params`"
        : owner === "vars"
          ? "set it under `vars` in engine.yaml"
          : undefined;
    const hint = near === undefined ? (some ?? none) : `did you mean \`${near}\`?`;
    const instead = this.#respelt(step, step.name ?? "", near, fields.keys());
    return this.#report("unknown_reference", step, `\`${owner}\` has no \`${step.name}\``, hint, { instead });
  }

  /** A text that is compared with something that can never be it. */
  #comparison(type: ValueType, path: string): Findings {
    const { comparedWith } = this.#reference;
    if (comparedWith === undefined || type.cel !== STRING.cel || type.choices === undefined) return [];
    if (type.choices.includes(comparedWith.text)) return [];
    const near = suggest(comparedWith.text, type.choices);
    const hint = near === undefined ? `it is one of ${type.choices.join(", ")}` : `did you mean \`${near}\`?`;
    const at = { name: undefined, start: comparedWith.start, end: comparedWith.end };
    const instead = this.#respelt(comparedWith, comparedWith.text, near, type.choices);
    return this.#report("type", at, `\`${path}\` is never \`${comparedWith.text}\``, hint, { instead });
  }
}
