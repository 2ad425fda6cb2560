import { suggest } from "../../lib/index.ts";
import type { Check } from "./check.ts";

export const unknownPipeline: Check = {
  code: "ENG309",
  name: "unknown-pipeline",
  severity: "error",
  summary: "a schedule or a task names a pipeline that doesn't exist",
  suppressible: true,
  conditional: true,
  visit: {
    catalog(pipelines, { options, report }) {
      const names = new Set(pipelines.map(({ name }) => name));
      const unknown = pipelines.flatMap(({ file, after, uses }) =>
        [
          ...after.map(({ name, at }) => ({ file, name, at, so: "this one would never run" })),
          ...uses.map(({ name, at, runs }) => ({
            file,
            name,
            at,
            so: runs ? "this task would fail" : "this task would wait in vain",
          })),
        ].filter(({ name }) => !names.has(name)),
      );
      if (unknown.length === 0) return;
      const all = options.pipelineNames?.();
      if (all === undefined) return;
      const known = new Set([...names, ...all]);
      for (const { file, name, at, so } of unknown) {
        if (known.has(name)) continue;
        const near = suggest(name, known);
        const hint = near === undefined ? "`engine pipelines list` shows all there are" : `did you mean \`${near}\`?`;
        report({ file, range: at, message: `there is no pipeline \`${name}\`, so ${so}`, hint });
      }
    },
  },
};
