import type { Diagnostic } from "../diagnostic.ts";
import type { PipelineSource } from "../model.ts";
import type { ParsedFile } from "../parse.ts";
import type { ShapeProblem } from "../shape/shape.ts";
import { ScalarNode } from "../source.ts";
import type { PipelineSummary } from "../summary.ts";
import type { SourceText, Span } from "../text.ts";
import type { CatalogFinding, Check, CheckContext, CompileOptions } from "./check.ts";

/**
 * Findings of one check in one file that are kept. Nobody reads more, and a hostile file has one for every byte. Each
 * check has its own share, so that no flood of warnings hides an error.
 */
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
    const context = contextOf(check, { options, text: file.text, pipeline }, found);
    try {
      visitFile(check, file, shape, context);
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
    }
  }
  return found;
}

function visitFile({ visit }: Check, file: ParsedFile, shape: readonly ShapeProblem[], context: CheckContext): void {
  const { pipeline } = context;
  if (visit.text !== undefined) for (const problem of file.problems) visit.text(problem, context);
  if (visit.shape !== undefined) {
    const once = oncePerPlace(context);
    // Of one mapping several keys may be missing.
    for (const problem of shape) visit.shape(problem, problem.kind === "missing_key" ? context : once());
  }
  if (pipeline === undefined) return;
  visit.pipeline?.(pipeline, context);
  if (visit.task !== undefined) {
    const once = oncePerPlace(context);
    for (const task of pipeline.tasks.values()) visit.task(task, pipeline, once());
  }
  if (visit.expression !== undefined) for (const text of pipeline.texts) visit.expression(text, pipeline, context);
}

/**
 * Contexts for visits of which each sees another part of the file. A place that a visit before has reported belongs to
 * an anchor, or to `defaults`, and is one mistake however many tasks it reaches.
 */
function oncePerPlace(context: CheckContext): () => CheckContext {
  const reported = new Map<string, number>();
  let visits = 0;
  return () => {
    const visit = ++visits;
    const report: CheckContext["report"] = (finding) => {
      const place = `${finding.at.start}:${finding.at.end}`;
      const before = reported.get(place) ?? visit;
      reported.set(place, before);
      if (before === visit) context.report(finding);
    };
    return { ...context, report };
  };
}

/** What somebody wrote of a value: without the head of a block scalar, and without the line break that ends the last line. */
function writtenPart(source: SourceText, at: Span): Span {
  if (at instanceof ScalarNode && (at.style === "literal" || at.style === "folded")) {
    const start = at.text.length - at.text.trimStart().length;
    const end = at.text.trimEnd().length;
    return end > start ? at.span(start, end) : at;
  }
  const text = source.slice(at);
  const end = at.start + text.trimEnd().length;
  return end > at.start ? { start: at.start, end } : at;
}

/** Ends a check that has found as much as is kept: looking for more would only take time. */
class Enough extends Error {}

/** Shows all pipelines of one go to the checks that compare them. */
export function walkCatalog(
  checks: readonly Check[],
  options: CompileOptions,
  pipelines: readonly PipelineSummary[],
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const check of checks) {
    const { code, name, severity } = check;
    const report = (finding: CatalogFinding): void => void found.push({ code, name, severity, ...finding });
    check.visit.catalog?.(pipelines, { options, report });
  }
  return found;
}

function contextOf(check: Check, about: Omit<CheckContext, "report">, found: Diagnostic[]): CheckContext {
  const { code, name, severity } = check;
  const { text } = about;
  let kept = 0;
  return {
    ...about,
    report: ({ at: reported, message, hint, related = [], fix }) => {
      const at = writtenPart(text, reported);
      if (kept++ >= FINDINGS_MAX) throw new Enough();
      const places = related.map((place) => ({
        file: text.path,
        range: text.range(place.at),
        message: place.message,
      }));
      const edits = fix?.edits.map((edit) => ({ range: text.range(edit.at), text: edit.text }));
      found.push({
        code,
        name,
        severity,
        file: text.path,
        range: text.range(at),
        message,
        ...(hint === undefined ? {} : { hint }),
        ...(places.length === 0 ? {} : { related: places }),
        ...(fix === undefined || edits === undefined ? {} : { fix: { title: fix.title, safe: fix.safe, edits } }),
      });
    },
  };
}
