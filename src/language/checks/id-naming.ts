import { pipeline_schema } from "../definition/pipeline.ts";
import { renameEdits } from "../editor/rename.ts";
import { type PipelineSymbol, symbolsOf } from "../editor/symbols.ts";
import { type FindingFix, replaceText } from "../mend.ts";
import type { PipelineSource } from "../model.ts";
import type { Problem } from "../shape/problem.ts";
import type { ScalarNode } from "../source.ts";
import type { Span } from "../text.ts";
import type { Check } from "./check.ts";

const ID = new RegExp(pipeline_schema.definitions.id.pattern, "u");

export const idNaming: Check = {
  code: "ENG311",
  name: "id-naming",
  severity: "error",
  summary: "a pipeline, task, pool, param or output has a name that can't be used",
  visit: {
    shape(problem, { report, pipeline }) {
      if (problem.kind !== "bad_name") return;
      report({ ...problem, fix: pipeline === undefined ? undefined : renameFix(problem, pipeline) });
    },
    pipeline({ root, name, nameAt }, { report }) {
      if (root.entry("name") !== undefined || ID.test(name)) return;
      report({
        at: nameAt,
        message: `the pipeline takes its name from its file, and \`${name}\` can't be a name`,
        hint: "give it a `name`: small letters, digits, `_` and `-`, beginning with a letter",
      });
    },
  },
};

/** Of two ways to write a name in small letters the author has to choose, and others may know it: no fix is safe. */
function renameFix({ broken, better }: Problem, pipeline: PipelineSource): FindingFix | undefined {
  if (better === undefined || broken.kind !== "scalar") return undefined;
  // What the pipeline itself is called, other files may say too; they are not looked into.
  if (broken === pipeline.root.get("name")) return replaceText(broken, better, false);
  const { symbols } = symbolsOf(pipeline);
  const symbol = symbols.find(({ occurrences }) =>
    occurrences.some((one) => one.role === "definition" && isAt(one.at, broken)),
  );
  if (symbol === undefined || symbols.some((other) => isTaken(other, symbol, better))) return undefined;
  return {
    title: `rename \`${symbol.name}\` to \`${better}\``,
    safe: false,
    edits: renameEdits(pipeline, symbol, better),
  };
}

function isAt(at: Span, node: ScalarNode): boolean {
  return node.start <= at.start && at.end <= node.end;
}

function isTaken(other: PipelineSymbol, { kind, task }: PipelineSymbol, name: string): boolean {
  return other.kind === kind && other.task === task && other.name === name;
}
