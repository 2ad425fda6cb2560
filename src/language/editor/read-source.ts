import type { CompileOptions } from "../checks/check.ts";
import { parseFile, type SourceFile } from "../file.ts";
import type { PipelineSource } from "../model.ts";
import { readPipeline } from "../read-model.ts";
import { checkShape } from "../shape/shape.ts";

/** The model of a file without any checks; undefined when the file can't be parsed. Never throws, whatever the bytes. */
export function readSource(file: SourceFile, options: CompileOptions): PipelineSource | undefined {
  const { root, text } = parseFile(file);
  return root?.kind === "map" ? readPipeline(text, root, options, checkShape(root, options.operators)) : undefined;
}
