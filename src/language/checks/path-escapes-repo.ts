import { foldersOf } from "../folders.ts";
import type { Check } from "./check.ts";

export const pathEscapesRepo: Check = {
  code: "ENG704",
  name: "path-escapes-repo",
  severity: "error",
  summary: "a path leads out of the repository",
  suppressible: true,
  conditional: true,
  visit: {
    pipeline(pipeline, { options: { pathKind }, report, text }) {
      // A file that stands outside itself can't lead out.
      if (pathKind === undefined || pathKind(text.path) === "outside") return;
      for (const { node, path } of foldersOf(pipeline)) {
        if (pathKind(path) !== "outside") continue;
        report({
          at: node,
          message: `\`${node.text}\` leads out of the repository, to what no version of it holds`,
          hint: "name a folder of the repository, or an absolute path",
        });
      }
    },
  },
};
