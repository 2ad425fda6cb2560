import { suggest } from "../../lib/index.ts";
import type { Check } from "./check.ts";

export const unknownPipeline: Check = {
  code: "ENG309",
  name: "unknown-pipeline",
  severity: "error",
  summary: "`schedule.after` names a pipeline that doesn't exist",
  suppressible: true,
  conditional: true,
  visit: {
    catalog(pipelines, { options, report }) {
      const names = new Set(pipelines.map(({ name }) => name));
      const unknown = pipelines.flatMap(({ file, after }) =>
        after.filter(({ name }) => !names.has(name)).map((each) => ({ file, ...each })),
      );
      if (unknown.length === 0) return;
      const all = options.pipelineNames?.();
      if (all === undefined) return;
      const known = new Set([...names, ...all]);
      for (const { file, name, at } of unknown) {
        if (known.has(name)) continue;
        const near = suggest(name, known);
        const hint = near === undefined ? "`engine pipelines list` shows all there are" : `did you mean \`${near}\`?`;
        report({ file, range: at, message: `there is no pipeline \`${name}\`, so this one would never run`, hint });
      }
    },
  },
};
