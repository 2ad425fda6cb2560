export type { Diagnostic, Position, Range, RelatedPlace, Severity, TextEdit } from "./diagnostic.ts";
export type { OperatorSpec } from "./operator-spec.ts";
export type { Param, Pipeline, Schedule, Task } from "./pipeline.ts";
