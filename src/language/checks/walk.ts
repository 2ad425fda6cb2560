import type { Diagnostic } from "../diagnostic.ts";
import type { PipelineSource } from "../model.ts";
import type { ParsedFile } from "../parse.ts";
import type { ShapeProblem } from "../shape/shape.ts";
import type { SourceText } from "../text.ts";
import type { Check, CheckContext, CompileOptions } from "./check.ts";

/** Findings of one file that are kept. Nobody reads more, and a hostile file has one for every byte. */
const FINDINGS_MAX = 1_000;

/** Shows a file to all checks, in one walk; returns what they found, unsorted. */
export function walkFile(
  checks: readonly Check[],
  options: CompileOptions,
  file: ParsedFile,
  shape: readonly ShapeProblem[],
  pipeline: PipelineSource | undefined,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const check of checks) {
    const { visit } = check;
    const context = contextOf(check, options, file.text, found);
    if (visit.text !== undefined) for (const problem of file.problems) visit.text(problem, context);
    if (visit.shape !== undefined) for (const problem of shape) visit.shape(problem, context);
    if (pipeline === undefined) continue;
    visit.pipeline?.(pipeline, context);
    if (visit.task !== undefined) for (const task of pipeline.tasks.values()) visit.task(task, pipeline, context);
    if (visit.expression !== undefined) for (const text of pipeline.texts) visit.expression(text, pipeline, context);
  }
  return found;
}

/** Shows all pipelines of one go to the checks that compare them. */
export function walkCatalog(
  checks: readonly Check[],
  options: CompileOptions,
  pipelines: readonly PipelineSource[],
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const first = pipelines[0];
  if (first === undefined) return found;
  for (const check of checks) check.visit.catalog?.(pipelines, contextOf(check, options, first.text, found));
  return found;
}

function contextOf(check: Check, options: CompileOptions, text: SourceText, found: Diagnostic[]): CheckContext {
  return {
    options,
    text,
    report: (finding) => {
      if (found.length >= FINDINGS_MAX) return;
      const source = finding.text ?? text;
      found.push({
        code: check.code,
        name: check.name,
        severity: check.severity,
        file: source.path,
        range: source.range(finding.at),
        message: finding.message,
        ...(finding.hint === undefined ? {} : { hint: finding.hint }),
        ...(finding.related === undefined || finding.related.length === 0
          ? {}
          : {
              related: finding.related.map((place) => ({
                file: (place.text ?? source).path,
                range: (place.text ?? source).range(place.at),
                message: place.message,
              })),
            }),
        ...(finding.fix === undefined
          ? {}
          : {
              fix: {
                ...finding.fix,
                edits: finding.fix.edits.map(({ at, text }) => ({ range: source.range(at), text })),
              },
            }),
      });
    },
  };
}
