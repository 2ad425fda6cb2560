import { type FunctionDoc, methodsOf, plainFunctions } from "../expressions/function-docs.ts";
import { outputsTypeFromOutside, type Scope, STATE } from "../expressions/scope.ts";
import { describeType, MAP, type ValueType } from "../expressions/types.ts";
import { graphOf } from "../graph.ts";

/*
 * What may be written next in an expression, from what stands before the cursor alone: the rest is not there yet.
 */

/** The names that only the surroundings of a pipeline know. */
export interface OuterNames {
  readonly vars?: Iterable<string> | undefined;
  readonly secrets?: Iterable<string> | undefined;
}

export interface ExpressionCompletion {
  readonly name: string;
  readonly kind: "name" | "task" | "field" | "function" | "method";
  /** Its type or its form, in a few words. */
  readonly detail: string;
  /** Markdown. */
  readonly docs?: string;
  /** What to write; differs from the name where an id has a dash. */
  readonly text: string;
  /** How many characters before the cursor it replaces. */
  readonly replaces: number;
  /** Not in order here, though it can be written: a task that doesn't come before this one. */
  readonly unlikely: boolean;
}

const STEP = String.raw`(?:\s*\.\s*[A-Za-z_]\w*|\s*\[\s*(?:"[^"]*"|'[^']*'|\\"[^"\\]*\\"|\d+)\s*\])`;
const CHAIN = new RegExp(String.raw`([A-Za-z_]\w*${STEP}*)?(\s*\.\s*|\s*\[\s*(?:\\?"|'))([\w-]*)$`);
const WORD = /(?:^|[^\w.])([A-Za-z_]\w*)?$/;

/** Characters before the cursor that are looked at. */
const LENGTH_MAX = 2_000;

/** What may follow `before`, the beginning of an expression up to the cursor. Never throws. */
export function completeExpression(before: string, scope: Scope, outer: OuterNames): readonly ExpressionCompletion[] {
  const text = before.slice(-LENGTH_MAX);
  const chain = CHAIN.exec(text);
  if (chain !== null && !/\d\.\d*$/.test(text)) {
    const [, owner, separator = "", written = ""] = chain;
    const isBracket = separator.includes("[");
    if (isBracket ? isInString(text.slice(0, text.length - written.length - 1)) : isInString(text)) return [];
    return new Members(scope, outer).of(owner === undefined ? undefined : stepsOf(owner), separator.trim(), written);
  }
  const word = WORD.exec(text);
  if (word === null || isInString(text)) return [];
  return rootNames(scope, (word[1] ?? "").length);
}

function rootNames(scope: Scope, replaces: number): readonly ExpressionCompletion[] {
  const names = [...scope.names].map(([name, type]): ExpressionCompletion => {
    const docs = NAME_DOCS[name];
    const detail = describeType(type.cel);
    return {
      name,
      kind: "name",
      detail,
      text: name,
      replaces,
      unlikely: false,
      ...(docs === undefined ? {} : { docs }),
    };
  });
  return [...names, ...plainFunctions().map(({ name, doc }) => functionItem(name, "function", doc, replaces))];
}

/** What the names of expressions hold. */
export const NAME_DOCS: Readonly<Record<string, string>> = {
  params: "The params of the run, with their declared types.",
  run: "The run: `id`, `logical_date`, `data_interval_start`, `data_interval_end`, `trigger`, `attempt`.",
  ds: "The logical date as `YYYY-MM-DD`, in the schedule's time zone.",
  vars: "Values from `engine.yaml`.",
  secrets: "One secret each: `secrets.NAME`.",
  tasks: "`tasks.ID.outputs.NAME` and `tasks.ID.state` of the tasks before.",
  item: "The item of `for_each`.",
  item_index: "The position of the item, from 0.",
  exit_code: "How the attempt ended; null without an exit code.",
  error: "How the attempt failed: a `reason` and a `message`.",
  outputs: "The task's own outputs.",
};

class Members {
  readonly #scope: Scope;
  readonly #outer: OuterNames;

  constructor(scope: Scope, outer: OuterNames) {
    this.#scope = scope;
    this.#outer = outer;
  }

  of(steps: readonly string[] | undefined, separator: string, written: string): readonly ExpressionCompletion[] {
    const isBracket = separator !== ".";
    const fields = this.#fields(steps, separator, written);
    if (isBracket || (steps !== undefined && fields.length > 0)) return fields;
    const type = steps === undefined ? undefined : typeOf(this.#scope, steps);
    // Of a value that is known to be none of its own, nothing can be called.
    if (steps !== undefined && type === undefined && this.#scope.names.has(steps[0] ?? "")) return [];
    return methodsOf(type?.cel).map(({ name, doc }) => functionItem(name, "method", doc, written.length));
  }

  #fields(steps: readonly string[] | undefined, separator: string, written: string): readonly ExpressionCompletion[] {
    const [root, id, part] = steps ?? [];
    if (root === "tasks" && id === undefined) return this.#tasks(separator, written);
    const outer =
      steps?.length !== 1
        ? undefined
        : root === "vars"
          ? this.#outer.vars
          : root === "secrets"
            ? this.#outer.secrets
            : undefined;
    if (outer !== undefined)
      return [...outer].map((name) => field(name, root === "vars" ? "a value of engine.yaml" : "a secret", written));
    const type = steps === undefined ? undefined : typeOf(this.#scope, steps);
    return [...(type?.fields ?? [])].map(([name, each]) => ({
      ...field(name, describeType(each.cel), written),
      ...this.#docs(root, id, part, name),
    }));
  }

  #docs(root = "", id = "", part = "", name: string): { readonly docs?: string } {
    const { params, tasks } = this.#scope.pipeline;
    const schema =
      root === "params"
        ? params.get(name)?.schema
        : part === "outputs"
          ? tasks.get(id)?.outputs.get(name)?.schema
          : undefined;
    return typeof schema?.description === "string" ? { docs: schema.description } : {};
  }

  #tasks(separator: string, written: string): readonly ExpressionCompletion[] {
    const { pipeline, task: reader } = this.#scope;
    const before = reader === undefined ? undefined : graphOf(pipeline).ancestors(reader.id);
    return [...pipeline.taskIds]
      .filter((id) => id !== reader?.id)
      .map((id) => {
        const operator = pipeline.tasks.get(id)?.operator?.name;
        const unlikely = before !== undefined && !before.has(id);
        const detail = unlikely
          ? "a task that doesn't come before this one"
          : operator === undefined
            ? "a task"
            : `a task: ${operator}`;
        // A dash behind a dot is a subtraction.
        const isDashed = id.includes("-") && separator === ".";
        const text = isDashed ? `["${id}"]` : id;
        const replaces = written.length + (isDashed ? 1 : 0);
        return { name: id, kind: "task", detail, text, replaces, unlikely };
      });
  }
}

function field(name: string, detail: string, written: string): ExpressionCompletion {
  return { name, kind: "field", detail, text: name, replaces: written.length, unlikely: false };
}

function functionItem(
  name: string,
  kind: "function" | "method",
  doc: FunctionDoc,
  replaces: number,
): ExpressionCompletion {
  return {
    name,
    kind,
    detail: doc.calls.join(", "),
    docs: `Gives ${doc.gives}.`,
    text: name,
    replaces,
    unlikely: false,
  };
}

/** The type of a chain of names; undefined when there is no such thing. */
export function typeOf(scope: Scope, steps: readonly string[]): ValueType | undefined {
  const [root = "", ...rest] = steps;
  let type = root === "tasks" ? taskType(scope, rest[0]) : scope.names.get(root);
  for (const step of root === "tasks" ? rest.slice(1) : rest) {
    if (type === undefined) return undefined;
    const list = /^list<(.*)>$/.exec(type.cel)?.[1];
    type = list !== undefined && /^\d+$/.test(step) ? { cel: list } : type.fields?.get(step);
  }
  return type;
}

function taskType(scope: Scope, id: string | undefined): ValueType | undefined {
  if (id === undefined) return MAP;
  const task = scope.pipeline.tasks.get(id);
  if (task === undefined) return undefined;
  const parts = [
    ["outputs", outputsTypeFromOutside(task)],
    ["state", STATE],
  ] as const;
  return { cel: MAP.cel, fields: new Map<string, ValueType>(parts) };
}

/** `tasks["a"].outputs` as its names. */
function stepsOf(chain: string): readonly string[] {
  return [...chain.matchAll(/[A-Za-z_]\w*|"([^"\\]*)\\?"|'([^']*)'|\d+/g)].map(
    ([whole, double, single]) => double ?? single ?? whole,
  );
}

/** Whether the end of an expression stands inside a string. Quotes that YAML has escaped are quotes. */
function isInString(text: string): boolean {
  let open: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (open === undefined) {
      if (char === '"' || char === "'") open = char;
    } else if (char === open) open = undefined;
    else if (char === "\\" && text[at + 1] !== open) at += 1;
  }
  return open !== undefined;
}
