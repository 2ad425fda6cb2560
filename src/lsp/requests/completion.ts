import {
  type CompletionItem,
  CompletionItemKind,
  MarkupKind,
  type Position,
  type Range,
} from "vscode-languageserver/node";
import {
  type CompileOptions,
  type Cursor,
  completeExpression,
  connectionKeys,
  cursorAt,
  definitionOf,
  type ExpressionCompletion,
  expressionBefore,
  graphOf,
  type KeyInfo,
  type OperatorSpec,
  type PipelineSource,
  readSource,
  scopeAtPath,
} from "../../language/index.ts";
import type { OpenDocument } from "../open-document.ts";
import type { Opened, Workspace } from "../workspace.ts";

/** Something to offer, before it is put in order. */
interface Offer {
  readonly label: string;
  readonly kind: CompletionItemKind;
  readonly text?: string;
  readonly detail?: string;
  readonly docs?: string;
  /** What comes first; ties stay in the order given. */
  readonly rank?: number;
}

/** What may be written at a place. Works in texts that can't be parsed: somebody is in the middle of a line. */
export function completion(opened: Opened, position: Position, workspace: Workspace): readonly CompletionItem[] {
  const { document, project } = opened;
  const { text } = document;
  const offset = document.offsetAt(position);
  const cursor = cursorAt(text, offset);
  const name = project.nameOf(document.path);
  const model = document.modelAt(offset, name, project.options) ?? emptyModel(name, project.options);
  const before = expressionBefore(text, offset, cursor);
  if (before !== undefined && model !== undefined) {
    const scope = scopeAtPath(model, cursor.path, project.options.operators);
    const { vars, secrets } = project.config;
    const outer = { vars: Object.keys(vars), secrets: Object.keys(secrets) };
    const found = scope === undefined ? [] : completeExpression(before, scope, outer);
    return found.map((each, index) => expressionItem(each, index, document, offset));
  }
  if (cursor.role === "comment" || cursor.role === "text") return [];
  const offers = [
    ...(cursor.role === "value" ? [] : keyOffers(cursor, project.options)),
    ...(cursor.role === "key" ? [] : valueOffers(cursor, model, opened, workspace)),
  ];
  return offers.map((offer, index) => item(offer, index, wordRange(cursor, document)));
}

/** For a file that could never be read so far: the names that every pipeline has. */
function emptyModel(path: string, options: CompileOptions): PipelineSource | undefined {
  return readSource({ path, text: "tasks: {}" }, options);
}

/** What is replaced: the word under the cursor, between its quotes. */
function wordRange({ word, quote }: Cursor, document: OpenDocument): Range {
  if (quote === undefined) return document.rangeOf(word);
  const isClosed = word.end - word.start > 1 && document.text[word.end - 1] === quote;
  return document.rangeOf({ start: word.start + 1, end: isClosed ? word.end - 1 : word.end });
}

function item(offer: Offer, index: number, range: Range): CompletionItem {
  const { label, kind, text = label, detail, docs, rank = 0 } = offer;
  return {
    label,
    kind,
    sortText: `${rank}${String(index).padStart(5, "0")}`,
    filterText: text,
    textEdit: { range, newText: text },
    ...(detail === undefined || detail === "" ? {} : { detail }),
    ...(docs === undefined || docs === "" ? {} : { documentation: { kind: MarkupKind.Markdown, value: docs } }),
  };
}

const EXPRESSION_KINDS: Readonly<Record<ExpressionCompletion["kind"], CompletionItemKind>> = {
  name: CompletionItemKind.Variable,
  task: CompletionItemKind.Reference,
  field: CompletionItemKind.Field,
  function: CompletionItemKind.Function,
  method: CompletionItemKind.Method,
};

function expressionItem(
  found: ExpressionCompletion,
  index: number,
  document: OpenDocument,
  offset: number,
): CompletionItem {
  const { name, kind, text, detail, docs, replaces, unlikely } = found;
  const rest = /^[\w-]*/.exec(document.text.slice(offset, offset + LOOKED_AT))?.[0].length ?? 0;
  const range = document.rangeOf({ start: offset - replaces, end: offset + rest });
  const rank = (kind === "function" ? 1 : 0) + (unlikely ? 2 : 0);
  const offer = {
    label: name,
    kind: EXPRESSION_KINDS[kind],
    text,
    detail,
    rank,
    ...(docs === undefined ? {} : { docs }),
  };
  // Editors compare with what stands in the range: a dot, where brackets take its place.
  const typed = document.text.slice(offset - replaces, offset);
  const filterText = typed.startsWith(".") ? `.${name}` : name;
  return { ...item(offer, index, range), filterText };
}

/** The rest of a word that is looked at. Longer than any name. */
const LOOKED_AT = 200;

function keyOffers({ path, siblings, hasColon }: Cursor, { operators }: CompileOptions): readonly Offer[] {
  const isTask = path.length === 2 && path[0] === "tasks";
  const hasOperator = isTask && [...siblings].some((key) => operators.has(key));
  return definitionOf(operators)
    .keysAt(path)
    .filter(({ key }) => !siblings.has(key) && !(hasOperator && operators.has(key)))
    .map((info) => {
      const spec = isTask ? operators.get(info.key) : undefined;
      const rank = info.required || spec !== undefined ? 0 : 1;
      return {
        label: info.key,
        kind: spec === undefined ? CompletionItemKind.Property : CompletionItemKind.Class,
        text: hasColon ? info.key : `${info.key}:${info.takes === "scalar" ? " " : ""}`,
        detail: spec === undefined ? keyDetail(info) : spec.summary,
        docs: spec === undefined ? info.docs : spec.docs.trim(),
        rank,
      };
    });
}

function keyDetail(info: KeyInfo): string {
  if (info.required) return "required";
  return info.default === undefined ? "" : `default: ${JSON.stringify(info.default)}`;
}

function valueOffers(
  cursor: Cursor,
  model: PipelineSource | undefined,
  opened: Opened,
  workspace: Workspace,
): readonly Offer[] {
  const { options } = opened.project;
  const { path } = cursor;
  const keys = path.filter((key) => key !== "-");
  const [root, id, key] = keys;
  const last = keys.at(-1);
  const place = keys.join(".");
  if (root === "tasks" && key === "needs" && keys.length === 3)
    return model === undefined ? [] : needOffers(model, id ?? "");
  if (root === "tasks" && keys.length === 4 && last !== "if" && options.operators.get(key ?? "")?.branch === true) {
    return model === undefined ? [] : targetOffers(model, id ?? "");
  }
  if (last === "pool" && (keys.length === 3 || place === "defaults.pool")) return poolOffers(opened);
  const types = connectionTypes(keys, options.operators);
  if (types !== undefined) return connectionOffers(opened, types);
  if (place === "schedule.timezone") return zones().map((label) => ({ label, kind: CompletionItemKind.Value }));
  const named = root === "tasks" ? options.operators.get(key ?? "")?.pipeline_key : undefined;
  if (place === "schedule.after" || (named !== undefined && (keys.length === 3 || keys.slice(3).join(".") === named))) {
    return pipelineOffers(model, opened, workspace);
  }
  return definitionOf(options.operators)
    .valuesAt(path)
    .map(({ value, kind, isDefault }) => ({
      label: String(value),
      kind: kind === "choice" ? CompletionItemKind.EnumMember : CompletionItemKind.Value,
      text: cursor.quote === undefined ? asYaml(value) : String(value),
      detail: isDefault ? "default" : kind === "example" ? "example" : "",
    }));
}

/** A text that YAML takes for something else has to be quoted. */
function asYaml(value: string | number | boolean): string {
  return typeof value === "string" && !/^[a-z][\w-]*$/i.test(value) && !/^[1-9]\d*[a-z][\da-z]*$/.test(value)
    ? JSON.stringify(value)
    : String(value);
}

/** Not the task itself, nor what comes after it: that would be a circle. */
function needOffers(model: PipelineSource, id: string): readonly Offer[] {
  const written = new Set(model.tasks.get(id)?.needs.map((need) => need.id));
  const after = graphOf(model).descendants(id);
  return [...model.taskIds]
    .filter((other) => other !== id && !after.has(other))
    .map((other) => taskOffer(model, other, written.has(other) ? 1 : 0));
}

/** A branch chooses among its direct dependants. */
function targetOffers(model: PipelineSource, id: string): readonly Offer[] {
  const dependants = new Set(graphOf(model).dependants(id));
  return [...model.taskIds]
    .filter((other) => other !== id)
    .map((other) => taskOffer(model, other, dependants.has(other) ? 0 : 1));
}

function taskOffer(model: PipelineSource, id: string, rank: number): Offer {
  const task = model.tasks.get(id);
  const doc = task?.node.get("doc");
  return {
    label: id,
    kind: CompletionItemKind.Reference,
    detail: task?.operator?.name ?? "",
    rank,
    ...(doc?.kind === "scalar" && typeof doc.value === "string" ? { docs: doc.value } : {}),
  };
}

function poolOffers({ project }: Opened): readonly Offer[] {
  return Object.entries(project.config.pools).map(([label, slots]) => ({
    label,
    kind: CompletionItemKind.Value,
    detail: slots === 1 ? "1 slot" : `${slots} slots`,
  }));
}

/** The types of connection that may be named at a path, wherever in it the operator stands. */
function connectionTypes(
  keys: readonly string[],
  operators: ReadonlyMap<string, OperatorSpec>,
): readonly string[] | undefined {
  for (const [index, name] of keys.entries()) {
    const spec = operators.get(name);
    const below = keys.slice(index + 1).join(".");
    const found = spec && connectionKeys(spec).find(([key]) => key === below);
    if (found !== undefined) return found[1];
  }
  return undefined;
}

/** Those of a type that the operator takes. */
function connectionOffers({ project }: Opened, types: readonly string[]): readonly Offer[] {
  return Object.entries(project.config.connections)
    .map(([label, { type }]) => ({ label, kind: CompletionItemKind.Value, detail: String(type) }))
    .filter(({ detail }) => types.includes(detail));
}

function pipelineOffers(
  model: PipelineSource | undefined,
  { project }: Opened,
  workspace: Workspace,
): readonly Offer[] {
  const summaries = project.summaries(workspace.pipelinesOf(project)).values();
  const names = new Set([...summaries].map(({ name }) => name));
  return [...names]
    .filter((label) => label !== model?.name)
    .sort()
    .map((label) => ({ label, kind: CompletionItemKind.Module }));
}

function zones(): readonly string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
}
