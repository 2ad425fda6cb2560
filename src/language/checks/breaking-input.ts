import type { JsonObject } from "../../lib/index.ts";
import { suggest } from "../../lib/index.ts";
import {
  type ChangeCheck,
  type ChangeContext,
  headOf,
  type PipelineChange,
  type PipelineVersion,
} from "../changes/change.ts";
import { lostTypes, narrowings, typeWords } from "../changes/narrowing.ts";
import { referencesIn } from "../expressions/references-in.ts";
import type { OutputSource, ParamSource, PipelineSource, TaskSource, TextSource } from "../model.ts";
import type { Span } from "../text.ts";

/** Found when pipelines are compared with an earlier revision. */
export const breakingInput: ChangeCheck = {
  code: "ENG912",
  name: "breaking-input",
  severity: "error",
  summary: "a param or an output changed in a way that those who use it don't follow",
  suppressible: true,
  conditional: true,
  visit: {},
  change({ revision, before, after }, context) {
    if (before.source === undefined || after?.source === undefined) return;
    const comparison = new Comparison(revision, before.source, { ...after, source: after.source }, context);
    comparison.params();
    comparison.outputs();
    comparison.runOutputs();
  },
};

class Comparison {
  readonly #revision: PipelineChange["revision"];
  readonly #before: PipelineSource;
  readonly #after: PipelineSource;
  readonly #version: PipelineVersion;
  readonly #report: ChangeContext["report"];

  constructor(
    revision: string,
    before: PipelineSource,
    after: PipelineVersion & { readonly source: PipelineSource },
    { report }: ChangeContext,
  ) {
    this.#revision = revision;
    this.#before = before;
    this.#after = after.source;
    this.#version = after;
    this.#report = report;
  }

  params(): void {
    const node = this.#after.root.get("params");
    // What is no mapping is reported, and names no param that could be missed.
    if (node !== undefined && node.kind !== "map") return;
    for (const param of this.#before.params.values()) {
      const now = this.#after.params.get(param.name);
      if (now === undefined) this.#gone(param.name);
      else if (param.sound && now.sound) this.#changed(param, now);
    }
    for (const param of this.#after.params.values()) {
      if (!this.#before.params.has(param.name) && isRequired(param)) this.#required(param);
    }
  }

  #gone(name: string): void {
    const added = [...this.#after.params.keys()].filter((each) => !this.#before.params.has(each));
    const near = suggest(name, added);
    this.#say(
      this.#after.root.entry("params")?.keyNode ?? headOf(this.#after),
      `the param \`${name}\` is gone since \`${this.#revision}\`: ${this.#who(`with \`${name}\``)}`,
      near === undefined
        ? "keep it until nobody gives it any more"
        : `if it is called \`${near}\` now, keep \`${name}\` beside it until nobody gives it any more`,
    );
  }

  #changed(before: ParamSource, after: ParamSource): void {
    const { name } = before;
    if (isRequired(after) && !isRequired(before)) this.#required(after);
    const narrower = narrowings(before.schema, after.schema);
    if (narrower.length === 0) return;
    this.#say(
      after.key,
      `the param \`${name}\` takes less than at \`${this.#revision}\`: it ${narrower.join(", ")}`,
      `${this.#who(`with a \`${name}\` of the earlier kind`)}; let it take both`,
    );
  }

  #required({ name, key }: ParamSource): void {
    this.#say(
      key,
      `the param \`${name}\` has to be given since \`${this.#revision}\`: ${this.#who("without it")}`,
      "give it a `default`",
    );
  }

  /** Nobody knows who triggers a pipeline by hand or from outside. */
  #who(how: string): string {
    return `whoever triggers \`${this.#after.name}\` ${how} is refused`;
  }

  /** Of an output that is gone its readers say so themselves. */
  outputs(): void {
    for (const task of this.#after.tasks.values()) {
      const before = this.#before.tasks.get(task.id);
      for (const output of task.outputs.values()) {
        const earlier = before?.outputs.get(output.name);
        if (before === undefined || earlier === undefined || !output.sound || !earlier.sound) continue;
        const [then, now] = [outputSchema(before, earlier), outputSchema(task, output)];
        if (lostTypes(now, then).length === 0) continue;
        const readers = this.#unchangedReaders(task.id, output.name);
        if (readers.length === 0) continue;
        const names = [...new Set(readers.map(({ text }) => text.task?.id))].map((id) => `\`${id}\``);
        this.#say(
          output.key,
          `the output \`${output.name}\` ${typeWords(then, now)} at \`${this.#revision}\`: ${names.join(" and ")} ${names.length === 1 ? "reads" : "read"} it as before`,
          "look at each that reads it, or give the new output another name",
          readers.map(({ text, at }) => ({ at, message: `\`${text.task?.id}\` reads it` })),
        );
      }
    }
  }

  /** What a run hands on to the task of another pipeline that has started it. */
  runOutputs(): void {
    const node = this.#after.root.get("outputs");
    if (node !== undefined && node.kind !== "map") return;
    const added = [...this.#after.outputs.keys()].filter((each) => !this.#before.outputs.has(each));
    const who = `a task that runs \`${this.#after.name}\``;
    for (const { name, schema, sound } of this.#before.outputs.values()) {
      const now = this.#after.outputs.get(name);
      if (now === undefined) {
        const near = suggest(name, added);
        this.#say(
          this.#after.root.entry("outputs")?.keyNode ?? headOf(this.#after),
          `the output \`${name}\` of the pipeline is gone since \`${this.#revision}\`: ${who} and declares it fails`,
          near === undefined
            ? "keep it until nobody reads it any more"
            : `if it is called \`${near}\` now, keep \`${name}\` beside it until nobody reads it any more`,
        );
      } else if (
        sound &&
        now.sound &&
        isTyped(schema) &&
        isTyped(now.schema) &&
        lostTypes(now.schema, schema).length > 0
      ) {
        this.#say(
          now.key,
          `the output \`${name}\` of the pipeline ${typeWords(schema, now.schema)} at \`${this.#revision}\`: ${who} may declare it as before`,
          "look at each that reads it, or give the new output another name",
        );
      }
    }
  }

  /** Those that read it then in the same words; what is wrong with them now is reported there. */
  #unchangedReaders(task: string, output: string): readonly { readonly text: TextSource; readonly at: Span }[] {
    const readers = (pipeline: PipelineSource): readonly { readonly text: TextSource; readonly at: Span }[] =>
      pipeline.texts.flatMap((text) => {
        if (text.task === undefined || text.task.id === task || !text.node.text.includes(output)) return [];
        const found = referencesIn(text).find(({ root, steps }) => {
          const [id, kind, name] = steps;
          return root.name === "tasks" && id?.name === task && kind?.name === "outputs" && name?.name === output;
        });
        return found === undefined ? [] : [{ text, at: found.at }];
      });
    const keyOf = ({ task: reader, path, node }: TextSource): string => [reader?.id, ...path, node.text].join("\0");
    const then = new Set(readers(this.#before).map(({ text }) => keyOf(text)));
    return readers(this.#after).filter(({ text, at }) => then.has(keyOf(text)) && !this.#isWrong(at));
  }

  #isWrong({ start, end }: Span): boolean {
    return this.#version.diagnostics.some(
      ({ severity, range }) => severity === "error" && range.start.offset < end && range.end.offset > start,
    );
  }

  #say(at: Span, message: string, hint: string, related: readonly { at: Span; message: string }[] = []): void {
    const { file, text } = this.#version;
    const places = related.map((place) => ({ file, range: text.range(place.at), message: place.message }));
    this.#report({ file, range: text.range(at), message, hint, ...(places.length === 0 ? {} : { related: places }) });
  }
}

function isRequired({ sound, schema }: ParamSource): boolean {
  return sound && schema.default === undefined;
}

/** Of an output in its short form only a run tells the type. */
function isTyped({ type }: JsonObject): boolean {
  return type !== undefined;
}

/** As those downstream see it: of a task for each of several items, a list. */
function outputSchema({ forEach }: TaskSource, { schema }: OutputSource): JsonObject {
  return forEach === undefined ? schema : { type: "array", items: schema };
}
