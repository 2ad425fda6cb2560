export type { AttemptHost, Operator, OperatorResult, ProcessEnd, ProcessSpec } from "./operator.ts";
