import { parseFile } from "../../../src/language/file.ts";
import type { PipelineSource } from "../../../src/language/model.ts";
import { readPipeline } from "../../../src/language/read-model.ts";
import { checkShape } from "../../../src/language/shape/shape.ts";
import { operators } from "../../../src/operators/index.ts";

/** A text without its `│`, and where that stood. */
export function marked(text: string): { readonly text: string; readonly offset: number } {
  return { text: text.replace("│", ""), offset: text.indexOf("│") };
}

/** The model of a file that can be parsed. */
export function pipelineSource(text: string): PipelineSource {
  const parsed = parseFile({ path: "edited.yaml", text });
  if (parsed.root?.kind !== "map") throw new Error("this is no mapping");
  return readPipeline(parsed.text, parsed.root, { operators }, checkShape(parsed.root, operators));
}
