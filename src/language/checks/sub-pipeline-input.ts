import { suggest } from "../../lib/index.ts";
import type { PipelineSummary, PipelineUse } from "../summary.ts";
import { checkValue, describeProblem } from "../value-schema.ts";
import type { CatalogFinding, Check } from "./check.ts";

/** What every run hands on beside its outputs. */
const ALWAYS_THERE: ReadonlySet<string> = new Set(["run_id"]);

export const subPipelineInput: Check = {
  code: "ENG310",
  name: "sub-pipeline-input",
  severity: "error",
  summary: "a task runs a pipeline with params that it doesn't take, or wants outputs that it doesn't hand on",
  suppressible: true,
  visit: {
    catalog(pipelines, { report }) {
      const byName = new Map(pipelines.map((pipeline) => [pipeline.name, pipeline]));
      for (const { file, uses } of pipelines) {
        for (const use of uses) {
          const target = byName.get(use.name);
          if (!use.runs || target === undefined) continue;
          for (const finding of [...paramFindings(use, target), ...outputFindings(use, target)]) {
            report({
              file,
              related: [{ file: target.file, range: target.name_at, message: `\`${target.name}\`` }],
              ...finding,
            });
          }
        }
      }
    },
  },
};

type Found = Omit<CatalogFinding, "file">;

function paramFindings({ name: pipeline, at, params }: PipelineUse, target: PipelineSummary): readonly Found[] {
  const known = Object.keys(target.params);
  const findings: Found[] = params.flatMap(({ name, at: key, value, value_at }): Found[] => {
    const schema = target.params[name];
    if (schema === undefined) {
      const near = suggest(name, known);
      const all = known.length === 0 ? "it takes none" : `it takes ${known.map((one) => `\`${one}\``).join(", ")}`;
      const hint = near === undefined ? all : `did you mean \`${near}\`?`;
      return [{ range: key, message: `pipeline \`${pipeline}\` has no param \`${name}\``, hint }];
    }
    const [problem] = value === undefined ? [] : checkValue(schema, value);
    if (problem === undefined) return [];
    return [
      {
        range: value_at,
        message: `the param ${describeProblem(name, problem)}`,
        hint: `pipeline \`${pipeline}\` declares it so`,
      },
    ];
  });
  const missing = known.filter(
    (name) => !("default" in (target.params[name] ?? {})) && !params.some((one) => one.name === name),
  );
  if (missing.length === 0) return findings;
  const message = `pipeline \`${pipeline}\` needs ${missing.map((name) => `\`${name}\``).join(", ")}, which has no default`;
  return [...findings, { range: at, message, hint: "give it under `params`" }];
}

function outputFindings({ name: pipeline, outputs }: PipelineUse, target: PipelineSummary): readonly Found[] {
  const known = Object.keys(target.outputs);
  return outputs.flatMap(({ name, at }) => {
    if (ALWAYS_THERE.has(name) || known.includes(name)) return [];
    const near = suggest(name, known);
    const all =
      known.length === 0 ? "it has no `outputs`" : `it hands on ${known.map((one) => `\`${one}\``).join(", ")}`;
    const hint = near === undefined ? all : `did you mean \`${near}\`?`;
    return [{ range: at, message: `pipeline \`${pipeline}\` hands on no \`${name}\``, hint }];
  });
}
