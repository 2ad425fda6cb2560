export type { CheckInfo, CompileOptions } from "./checks/check.ts";
export { type CheckedFiles, type Compiled, checkFiles, checkInfos, compile } from "./compile.ts";
export type { Diagnostic, Position, Range, RelatedPlace, Severity, TextEdit } from "./diagnostic.ts";
export type { SourceFile } from "./file.ts";
export type { OperatorSpec } from "./operator-spec.ts";
export type { Param, Pipeline, Schedule, Task } from "./pipeline.ts";
export { type JsonDiagnostic, type JsonOptions, type JsonReport, jsonReport } from "./report/json.ts";
export { formatPretty, type PrettyOptions } from "./report/pretty.ts";
