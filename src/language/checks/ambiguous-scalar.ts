import { putInQuotes, replaceSource } from "../mend.ts";
import type { ParamSource } from "../model.ts";
import type { ScalarNode, SourceNode } from "../source.ts";
import type { Check, CheckContext } from "./check.ts";

export const ambiguousScalar: Check = {
  code: "ENG104",
  name: "ambiguous-scalar",
  severity: "warning",
  summary: "a value without quotes is read as something else than it looks like",
  visit: {
    pipeline(pipeline, context) {
      for (const entry of pipeline.root.entries) {
        // Environment variables keep the text that is written.
        if (entry.key === "env" || entry.key === "tasks" || entry.key === "params") continue;
        eachScalar(entry.value, (node) => checkZero(node, context, "number"));
      }
      for (const param of pipeline.params.values()) checkParam(param, context);
    },
    task(task, _, context) {
      for (const entry of task.node.entries) {
        if (entry.key === "env") continue;
        const meant = entry.key === task.operator?.name || entry.key === "for_each" ? "text" : "number";
        eachScalar(entry.value, (node) => checkZero(node, context, meant));
      }
      if (task.forEach !== undefined) eachScalar(task.forEach, (node) => checkLook(node, context, "text"));
    },
  },
};

const TYPE_NAMES: ReadonlySet<string> = new Set(["string", "integer", "number", "boolean", "array", "object"]);

function checkParam(param: ParamSource, context: CheckContext): void {
  const isNumber = param.node.kind === "map" && /^(?:integer|number)$/.test(String(param.schema.type));
  eachScalar(param.node, (node) => {
    checkZero(node, context, node !== param.defaultNode || isNumber ? "number" : "text");
  });
  const short = param.node.kind !== "map";
  if (param.node.kind === "scalar" && param.node.style === "plain" && TYPE_NAMES.has(param.node.text)) {
    context.report({
      at: param.node,
      message: `\`${param.node.text}\` is read as the default of \`${param.name}\`, a text`,
      hint: `write \`{ type: ${param.node.text} }\` for the type, or put the text in quotes`,
      fix: replaceSource(param.node, `{ type: ${param.node.text} }`, false),
    });
    return;
  }
  // With a type the author has said what is meant, and the default is held against it.
  if (param.defaultNode !== undefined && (short || param.schema.type === undefined)) {
    eachScalar(param.defaultNode, (node) => checkLook(node, context, "truth"));
  }
}

/** What the author may have meant where a number stands. */
type Meant = "number" | "text";

/** A leading zero was octal in YAML 1.1 and says nothing in YAML 1.2. */
function checkZero(node: ScalarNode, context: CheckContext, meant: Meant): void {
  if (node.style !== "plain" || typeof node.value !== "number" || !/^[-+]?0\d/.test(node.text)) return;
  reportNumber(node, context, meant);
}

/** Looks like a truth value, a time or a version, and is read otherwise. */
function checkLook(node: ScalarNode, context: CheckContext, meant: "truth" | "text"): void {
  if (node.style !== "plain") return;
  const { text, value } = node;
  if (typeof value === "number" && /^[-+]?[1-9]\d*\.\d*[1-9]0+$/.test(text)) {
    reportNumber(node, context, "text");
  } else if (typeof value === "string" && /^(yes|no|on|off)$/i.test(text)) {
    const truth = /^(yes|on)$/i.test(text);
    const hint = `write \`${truth}\` for a truth value, or put the text in quotes: \`"${text}"\``;
    // Among the items of a list, `no` is Norway.
    const fix = meant === "text" ? putInQuotes(node, true) : replaceSource(node, String(truth), false);
    context.report({ at: node, message: `\`${text}\` is read as a text, not as \`${truth}\``, hint, fix });
  } else if (typeof value === "string" && /^\d{1,2}(:[0-5]\d){1,2}$/.test(text)) {
    const message = `\`${text}\` is read as a text here, and as a number by older YAML tools`;
    // It stays the text that it is.
    context.report({ at: node, message, hint: `put it in quotes: \`"${text}"\``, fix: putInQuotes(node, true) });
  }
}

function reportNumber(node: ScalarNode, { report }: CheckContext, meant: Meant): void {
  const message = `\`${node.text}\` is read as the number ${node.value}`;
  report({
    at: node,
    message,
    hint: `write \`${node.value}\` for the number, or put the text in quotes: \`"${node.text}"\``,
    fix: meant === "text" ? putInQuotes(node, false) : replaceSource(node, String(node.value), false),
  });
}

function eachScalar(node: SourceNode, look: (node: ScalarNode) => void): void {
  if (node.kind === "scalar") look(node);
  else if (node.kind === "list") for (const item of node.items) eachScalar(item, look);
  else for (const entry of node.entries) eachScalar(entry.value, look);
}
