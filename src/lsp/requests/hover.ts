import { type Hover, MarkupKind, type Position } from "vscode-languageserver/node";
import {
  checkInfos,
  type Diagnostic,
  definitionOf,
  expressionAt,
  graphOf,
  lineEnd,
  lineStart,
  NAME_DOCS,
  nodeAt,
  type PipelineSource,
  type PipelineSymbol,
  symbolAt,
  symbolsOf,
} from "../../language/index.ts";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Opened } from "../workspace.ts";
import { describeSchedule } from "./schedule-words.ts";

/** A part of a hover, and the place that it is about. */
interface Said {
  readonly text: string;
  readonly at?: { readonly start: number; readonly end: number };
}

/** What a place means: a key, a name, an expression, a schedule, the code of a finding. */
export async function hover(
  { document, project }: Opened,
  position: Position,
  findings: readonly Diagnostic[],
  surroundings: Surroundings,
): Promise<Hover | undefined> {
  const offset = document.offsetAt(position);
  const written = codeAt(document.text, offset);
  if (written !== undefined) return asHover([{ text: aboutCode(written, surroundings) }], document);
  const model = project.checked(document).source;
  const said = model === undefined ? [] : await aboutPlace(model, offset, project.options.operators, surroundings);
  const codes = findings.filter(({ range }) => range.start.offset <= offset && offset <= range.end.offset);
  const about = [...new Set(codes.map(({ code }) => code))].map((code) => ({ text: aboutCode(code, surroundings) }));
  return asHover([...said, ...about], document);
}

function asHover(said: readonly Said[], document: Opened["document"]): Hover | undefined {
  if (said.length === 0) return undefined;
  const at = said.find((each) => each.at !== undefined)?.at;
  const value = said.map(({ text }) => text).join("\n\n---\n\n");
  return {
    contents: { kind: MarkupKind.Markdown, value },
    ...(at === undefined ? {} : { range: document.rangeOf(at) }),
  };
}

/** A code that stands in a comment: `# engine-ignore ENG508: …`. */
function codeAt(text: string, offset: number): string | undefined {
  const start = lineStart(text, offset);
  const line = text.slice(start, lineEnd(text, offset));
  const comment = /(?:^|\s)#+[ \t]*engine-ignore\b.*/.exec(line);
  for (const { 0: code, index } of comment?.[0].matchAll(/\bENG\d{3}\b/gi) ?? []) {
    const at = start + (comment?.index ?? 0) + index;
    if (at <= offset && offset <= at + code.length) return code.toUpperCase();
  }
  return undefined;
}

function aboutCode(code: string, { docsUrl }: Surroundings): string {
  const info = checkInfos.find((each) => each.code === code);
  if (info === undefined) return `There is no code \`${code}\`.`;
  return `**${code} ${info.name}** (${info.severity}): ${info.summary}. [More](${docsUrl(code)})`;
}

async function aboutPlace(
  model: PipelineSource,
  offset: number,
  operators: Opened["project"]["options"]["operators"],
  surroundings: Surroundings,
): Promise<readonly Said[]> {
  const named = symbolAt(symbolsOf(model), offset);
  if (named !== undefined) return [{ text: aboutSymbol(named.symbol, model), at: named.occurrence.at }];
  const expression = expressionAt(model, offset);
  if (expression !== undefined) return [{ text: aboutExpression(expression), at: expression.at }];
  const place = nodeAt(model.root, offset);
  if (place === undefined) return [];
  const said: Said[] = [];
  const info = place.part === "key" ? definitionOf(operators).keyInfo(place.path) : undefined;
  if (info !== undefined) {
    const preset = info.default === undefined ? "" : `\n\nDefault: \`${shown(info.default)}\``;
    const spec = isOperatorKey(place.path) ? operators.get(info.key)?.docs.trim() : undefined;
    said.push({
      text: `**${info.key}**\n\n${info.docs}${preset}${spec === undefined ? "" : `\n\n${spec}`}`,
      at: place.node,
    });
  }
  const schedule = await describeSchedule(model, place, surroundings.now());
  if (schedule !== undefined) said.push({ text: schedule, at: place.node });
  return said;
}

function isOperatorKey(path: readonly string[]): boolean {
  return path.length === 3 && path[0] === "tasks";
}

function aboutExpression(place: NonNullable<ReturnType<typeof expressionAt>>): string {
  switch (place.kind) {
    case "call":
      return place.docs
        .map(({ calls, gives }) => `${calls.map((call) => `\`${call}\``).join(", ")}: ${gives}`)
        .join("\n\n");
    case "whole":
      return `The expression gives ${place.type}.`;
    case "name": {
      const docs = place.steps.length === 1 ? NAME_DOCS[place.steps[0] ?? ""] : undefined;
      const choices = place.choices?.map((choice) => `\`${choice}\``).join(", ");
      return [`\`${place.steps.join(".")}\`: ${place.type}`, docs, choices && `One of ${choices}.`]
        .filter(Boolean)
        .join("\n\n");
    }
  }
}

function aboutSymbol(symbol: PipelineSymbol, model: PipelineSource): string {
  if (symbol.kind === "task") return aboutTask(symbol.name, model);
  const owner = symbol.kind === "param" ? model.params : model.tasks.get(symbol.task ?? "")?.outputs;
  const schema = owner?.get(symbol.name)?.schema;
  const of = symbol.task === undefined ? "" : ` of \`${symbol.task}\``;
  if (schema === undefined) return `**${symbol.name}**: there is no such ${symbol.kind}${of}.`;
  return [`**${symbol.name}**: ${symbol.kind}${of}, ${typeWords(schema)}`, schema.description, ...limits(schema)]
    .filter((part) => typeof part === "string")
    .join("\n\n");
}

function typeWords({ type }: JsonObject): string {
  if (Array.isArray(type)) return type.join(" or ");
  return typeof type === "string" ? type : "any value";
}

function limits(schema: JsonObject): readonly string[] {
  const list = Array.isArray(schema.enum)
    ? [`One of ${schema.enum.map((one) => `\`${shown(one)}\``).join(", ")}.`]
    : [];
  return schema.default === undefined ? list : [...list, `Default: \`${shown(schema.default)}\``];
}

function aboutTask(id: string, model: PipelineSource): string {
  const task = model.tasks.get(id);
  if (task === undefined)
    return model.taskIds.has(id) ? `**${id}**: a task that is not complete yet.` : `There is no task \`${id}\`.`;
  const graph = graphOf(model);
  const names = (ids: readonly string[]): string => ids.map((each) => `\`${each}\``).join(", ");
  const lines = [
    `**${id}**: task${task.operator === undefined ? "" : `, \`${task.operator.name}\``}`,
    graph.needs(id).length === 0
      ? "Needs no other task."
      : `Needs ${names(graph.needs(id))}; runs on \`${task.effectiveTriggerRule}\`.`,
    graph.dependants(id).length === 0 ? undefined : `Comes before ${names(graph.dependants(id))}.`,
    task.outputs.size === 0 ? undefined : `Hands on ${names([...task.outputs.keys()])}.`,
    docOf(task.node.get("doc")),
  ];
  return lines.filter((line) => line !== undefined).join("\n\n");
}

function docOf(node: ReturnType<PipelineSource["root"]["get"]>): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value.trim() : undefined;
}

function shown(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
