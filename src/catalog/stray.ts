import type { Diagnostic } from "../language/index.ts";
import { isPipelineFile, isSkipped } from "./find.ts";

const START = { line: 1, column: 1, offset: 0 };

/**
 * Says of files that stand in the folder of pipelines and were named one by one that they would not be found there.
 * `folder` and the files are named in the same way, with slashes.
 */
export function findStrays(files: readonly string[], folder: string): readonly Diagnostic[] {
  const prefix = folder === "." ? "" : `${folder}/`;
  return files.flatMap((file): readonly Diagnostic[] => {
    const inner = file.slice(prefix.length);
    if (!file.startsWith(prefix) || inner.startsWith("../") || inner.startsWith("/")) return [];
    const reason = reasonOf(inner);
    if (reason === undefined) return [];
    return [
      {
        code: "ENG904",
        name: "never-loaded",
        severity: "warning",
        file,
        range: { start: START, end: START },
        message: `this file stands in the folder of pipelines, but is never loaded: ${reason.what}`,
        hint: reason.hint,
      },
    ];
  });
}

function reasonOf(inner: string): { what: string; hint: string } | undefined {
  const parts = inner.split("/");
  const hidden = parts.find((part) => part.startsWith("."));
  if (hidden !== undefined) return { what: `\`${hidden}\` is hidden`, hint: "give it a name without a dot in front" };
  const skipped = parts.find(isSkipped);
  if (skipped !== undefined) return { what: `\`${skipped}\` holds no pipelines`, hint: "move it, or rename it" };
  if (isPipelineFile(inner)) return undefined;
  return { what: "its name does not end in `.yaml` or `.yml`", hint: "rename it, or move it elsewhere" };
}
