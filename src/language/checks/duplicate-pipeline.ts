import type { PipelineSummary } from "../summary.ts";
import type { Check } from "./check.ts";

export const duplicatePipeline: Check = {
  code: "ENG304",
  name: "duplicate-pipeline",
  severity: "error",
  summary: "two files hold pipelines of the same name",
  visit: {
    catalog(pipelines, { report }) {
      const first = new Map<string, PipelineSummary>();
      for (const pipeline of pipelines) {
        const other = first.get(pipeline.name);
        if (other === undefined) {
          first.set(pipeline.name, pipeline);
          continue;
        }
        report({
          file: pipeline.file,
          range: pipeline.name_at,
          message: `the pipeline \`${pipeline.name}\` is already in ${other.file}`,
          hint: "give each pipeline a `name` of its own",
          related: [{ file: other.file, range: other.name_at, message: "the first one" }],
        });
      }
    },
  },
};
