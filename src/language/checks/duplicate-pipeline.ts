import type { PipelineSource } from "../model.ts";
import type { Check } from "./check.ts";

export const duplicatePipeline: Check = {
  code: "ENG304",
  name: "duplicate-pipeline",
  severity: "error",
  summary: "two files hold pipelines of the same name",
  visit: {
    catalog(pipelines, { report }) {
      const first = new Map<string, PipelineSource>();
      for (const pipeline of pipelines) {
        const other = first.get(pipeline.name);
        if (other === undefined) {
          first.set(pipeline.name, pipeline);
          continue;
        }
        report({
          text: pipeline.text,
          at: pipeline.nameAt,
          message: `the pipeline \`${pipeline.name}\` is already in ${other.text.path}`,
          hint: "give each pipeline a `name` of its own",
          related: [{ text: other.text, at: other.nameAt, message: "the first one" }],
        });
      }
    },
  },
};
