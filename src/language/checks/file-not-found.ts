import { foldersOf } from "../folders.ts";
import type { Check } from "./check.ts";

export const fileNotFound: Check = {
  code: "ENG605",
  name: "file-not-found",
  severity: "error",
  summary: "a task runs in a folder that the repository doesn't have",
  suppressible: true,
  conditional: true,
  visit: {
    pipeline(pipeline, { options: { pathKind }, report }) {
      if (pathKind === undefined) return;
      for (const { node, path } of foldersOf(pipeline)) {
        const kind = pathKind(path);
        if (kind !== "file" && kind !== "nothing") continue;
        const what = kind === "file" ? "is a file, and a task runs in a folder" : "is not there";
        report({
          at: node,
          message: `the folder \`${node.text}\` ${what}`,
          hint: "the path begins at the folder of the pipeline's file",
        });
      }
    },
  },
};
