import { statSync } from "node:fs";
import { pipelineName } from "../language/index.ts";
import { findFiles } from "./find.ts";
import { readFound } from "./read.ts";

/** The names of all pipelines below a folder, those with errors too; undefined when there is no such folder. */
export function pipelineNames(folder: string): ReadonlySet<string> | undefined {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  const names = new Set<string>();
  for (const path of findFiles(folder).files) {
    const content = readFound(path);
    if (content !== "gone" && "bytes" in content) names.add(pipelineName({ path, bytes: content.bytes }));
  }
  return names;
}
