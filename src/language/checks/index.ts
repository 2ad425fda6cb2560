import { aliasBomb } from "./alias-bomb.ts";
import { ambiguousScalar } from "./ambiguous-scalar.ts";
import { badDuration } from "./bad-duration.ts";
import { badValue } from "./bad-value.ts";
import type { Check } from "./check.ts";
import { duplicateKey } from "./duplicate-key.ts";
import { duplicatePipeline } from "./duplicate-pipeline.ts";
import { duplicateTaskId } from "./duplicate-task-id.ts";
import { emptyMapping } from "./empty-mapping.ts";
import { encodingOrSize } from "./encoding-or-size.ts";
import { envName } from "./env-name.ts";
import { idNaming } from "./id-naming.ts";
import { metricName } from "./metric-name.ts";
import { missingKey } from "./missing-key.ts";
import { taskInput } from "./task-input.ts";
import { unknownKey } from "./unknown-key.ts";
import { unknownTaskType } from "./unknown-task-type.ts";
import { wrongType } from "./wrong-type.ts";
import { yamlSyntax } from "./yaml-syntax.ts";

/** Every check, by code. A new one is a file of its own and a line here. */
export const CHECKS: readonly Check[] = [
  yamlSyntax,
  duplicateKey,
  aliasBomb,
  ambiguousScalar,
  encodingOrSize,
  unknownKey,
  missingKey,
  wrongType,
  badValue,
  emptyMapping,
  duplicateTaskId,
  duplicatePipeline,
  idNaming,
  badDuration,
  unknownTaskType,
  taskInput,
  envName,
  metricName,
];
