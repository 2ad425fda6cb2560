import type { JsonObject } from "../../lib/index.ts";
import type { OutputSource, ParamSource } from "../model.ts";
import { type MapNode, numberOf, type SourceNode, toJson } from "../source.ts";
import { checkValue, regexOf } from "../value-schema.ts";
import type { Check, Finding } from "./check.ts";

/** Pairs of keywords of which the first must not be larger than the second. */
const BOUNDS = [
  ["minimum", "maximum"],
  ["exclusiveMinimum", "maximum"],
  ["minimum", "exclusiveMaximum"],
  ["exclusiveMinimum", "exclusiveMaximum"],
  ["minLength", "maxLength"],
  ["minItems", "maxItems"],
] as const;

export const impossibleSchema: Check = {
  code: "ENG317",
  name: "impossible-schema",
  severity: "error",
  summary: "the schema of a param or an output contradicts itself, so values can't fit it",
  visit: {
    pipeline(pipeline, { report }) {
      for (const param of pipeline.params.values()) reportSchema(param, report);
    },
    task(task, _pipeline, { report }) {
      for (const output of task.outputs.values()) reportSchema(output, report);
    },
  },
};

function reportSchema({ node, sound }: ParamSource | OutputSource, report: (finding: Finding) => void): void {
  if (sound) for (const finding of schemaFindings(node)) report(finding);
}

/** What is wrong with a schema and with those inside it. */
export function schemaFindings(node: SourceNode | undefined): readonly Finding[] {
  if (node?.kind !== "map") return [];
  const properties = node.get("properties");
  const anyOf = node.get("anyOf");
  return [
    ...boundsFindings(node),
    ...enumFindings(node),
    ...patternFindings(node),
    ...requiredFindings(node),
    ...schemaFindings(node.get("items")),
    ...schemaFindings(node.get("additionalProperties")),
    ...(properties?.kind === "map" ? properties.entries.flatMap((entry) => schemaFindings(entry.value)) : []),
    ...(anyOf?.kind === "list" ? anyOf.items.flatMap(schemaFindings) : []),
  ];
}

function boundsFindings(node: MapNode): readonly Finding[] {
  return BOUNDS.flatMap(([low, high]) => {
    const from = node.entry(low);
    const to = node.entry(high);
    const least = numberOf(from?.value);
    const most = numberOf(to?.value);
    if (from === undefined || to === undefined || least === undefined || most === undefined) return [];
    const isOpen = low.startsWith("exclusive") || high.startsWith("exclusive");
    if (least < most || (least === most && !isOpen)) return [];
    return [
      {
        at: from.value,
        message: `no value fits: \`${low}\` is ${least} and \`${high}\` is ${most}`,
        hint: least === most ? "leave some room between them" : "did you mean them the other way round?",
        related: [{ at: to.value, message: `\`${high}\`` }],
      },
    ];
  });
}

/** Values of an `enum` that the rest of the schema refuses. */
function enumFindings(node: MapNode): readonly Finding[] {
  const choices = node.get("enum");
  if (choices?.kind !== "list") return [];
  const { enum: _enum, default: _default, ...rest } = toJson(node) as JsonObject;
  return choices.items.flatMap((choice) => {
    const [problem] = checkValue(rest, toJson(choice));
    if (problem === undefined) return [];
    const message = `this value can never be chosen: a value here ${problem.message}`;
    return [{ at: choice, message, hint: "change the value or the rest of the schema" }];
  });
}

function patternFindings(node: MapNode): readonly Finding[] {
  const pattern = node.get("pattern");
  if (pattern?.kind !== "scalar" || typeof pattern.value !== "string" || regexOf(pattern.value) !== undefined)
    return [];
  return [
    {
      at: pattern,
      message: `\`${pattern.value}\` is not a regular expression`,
      hint: "the dialect is JavaScript's; a special character for itself has a backslash before it",
    },
  ];
}

/** Keys that have to be there and are not allowed. */
function requiredFindings(node: MapNode): readonly Finding[] {
  const required = node.get("required");
  const others = node.get("additionalProperties");
  const properties = node.get("properties");
  if (required?.kind !== "list" || others?.kind !== "scalar" || others.value !== false) return [];
  return required.items.flatMap((item) => {
    const key = item.kind === "scalar" ? String(item.value) : "";
    if (properties?.kind === "map" && properties.entry(key) !== undefined) return [];
    const message = `\`${key}\` has to be there, and \`additionalProperties: false\` doesn't allow it`;
    return [{ at: item, message, hint: "describe it under `properties`" }];
  });
}
