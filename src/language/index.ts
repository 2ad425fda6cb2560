export { type Comparison, compareFiles } from "./changes/compare.ts";
export type { CheckInfo, CompileOptions, PathKind, ShellFinding, ShellTool } from "./checks/check.ts";
export {
  type CheckedFile,
  type CheckedFiles,
  type Compiled,
  checkFile,
  checkFiles,
  checkInfos,
  checkTogether,
  compile,
  type FileFindings,
  findTogether,
  joinFiles,
  pipelineName,
} from "./compile.ts";
export { publishedSchema } from "./definition/compose.ts";
export { duration } from "./definition/values.ts";
export type { Diagnostic, Fix, Position, Range, RelatedPlace, Severity, TextEdit } from "./diagnostic.ts";
export { type CheckedDocument, checkDocument, type DocumentDefinition } from "./document.ts";
export type { DocumentTexts } from "./document-texts.ts";
export { type Cursor, cursorAt } from "./editor/cursor.ts";
export { type Definition, definitionOf, type KeyInfo } from "./editor/definition-at.ts";
export { type ExpressionPlace, expressionAt } from "./editor/expression-at.ts";
export { completeExpression, type ExpressionCompletion, NAME_DOCS } from "./editor/expression-cursor.ts";
export { expressionBefore, scopeAtPath } from "./editor/expression-place.ts";
export { lineEnd, lineStart } from "./editor/lines.ts";
export { type NodePlace, nodeAt } from "./editor/node-at.ts";
export { readSource } from "./editor/read-source.ts";
export { type Renamed, renameTask } from "./editor/rename.ts";
export { type Occurrence, type PipelineSymbol, symbolAt, symbolsOf } from "./editor/symbols.ts";
export { parseTemplate } from "./expressions/template.ts";
export type { SourceFile } from "./file.ts";
export { type FixedFile, type FixOptions, fixFiles, type RefusedFix } from "./fix/fix-files.ts";
export { type FormatOptions, type Formatted, formatFile } from "./format/format.ts";
export { graphOf, type PipelineGraph } from "./graph.ts";
export { type MetricValues, resolveMetrics } from "./metrics.ts";
export type { PipelineSource, TaskSource } from "./model.ts";
export type { Message } from "./notification.ts";
export { connectionKeys } from "./operator-keys.ts";
export type { OperatorSpec } from "./operator-spec.ts";
export { sortDiagnostics } from "./order.ts";
export { type CheckedParams, checkParams } from "./params.ts";
export type { MetricAlert, Param, Pipeline, Schedule, Task } from "./pipeline.ts";
export { type EvaluationContext, toPlan } from "./plan.ts";
export { previewAttempt, previewTask, type TaskPreview } from "./preview.ts";
export { formatConcise } from "./report/concise.ts";
export { fingerprintsOf } from "./report/fingerprint.ts";
export { formatGithub } from "./report/github.ts";
export { formatJson, formatJsonl, type JsonDiagnostic, type JsonReport } from "./report/json.ts";
export { formatJunit } from "./report/junit.ts";
export { formatPretty, type PrettyOptions } from "./report/pretty.ts";
export { countsInWords, isAtLeast, type Report } from "./report/report.ts";
export { formatSarif } from "./report/sarif.ts";
export {
  type AttemptResolution,
  type ResolvedAttempt,
  resolveAttempt,
  resolveNotification,
  resolveRunOutputs,
} from "./resolve.ts";
export { secretsUsedBy } from "./secrets-used.ts";
export { TASK_KEYS } from "./shape/shape.ts";
export { applyBaseline, type BaselineEntry, baselineOf, formatBaseline, readBaseline } from "./suppression/baseline.ts";
export { globProblem } from "./suppression/glob.ts";
export type { Level, Policy, SettleOptions } from "./suppression/policy.ts";
export {
  canBeLowered,
  type Found,
  isSuppressible,
  type Settled,
  type Suppressed,
  settle,
} from "./suppression/settle.ts";
export { checkValue, describeProblem, valueFromText } from "./value-schema.ts";
