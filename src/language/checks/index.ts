import { alertMetric } from "./alert-metric.ts";
import { aliasBomb } from "./alias-bomb.ts";
import { ambiguousScalar } from "./ambiguous-scalar.ts";
import { badDuration } from "./bad-duration.ts";
import { badPlugin } from "./bad-plugin.ts";
import { badSuppression } from "./bad-suppression.ts";
import { badValue } from "./bad-value.ts";
import { branchCase } from "./branch-case.ts";
import { branchTarget } from "./branch-target.ts";
import { breakingInput } from "./breaking-input.ts";
import { catchupFlood } from "./catchup-flood.ts";
import { changedSchedule } from "./changed-schedule.ts";
import type { Check } from "./check.ts";
import { checkBounds } from "./check-bounds.ts";
import { constantCondition } from "./constant-condition.ts";
import { contextUnavailable } from "./context-unavailable.ts";
import { cronSyntax } from "./cron-syntax.ts";
import { dependencyCycle } from "./dependency-cycle.ts";
import { dstAmbiguous } from "./dst-ambiguous.ts";
import { duplicateDependency } from "./duplicate-dependency.ts";
import { duplicateKey } from "./duplicate-key.ts";
import { duplicatePipeline } from "./duplicate-pipeline.ts";
import { duplicateTaskId } from "./duplicate-task-id.ts";
import { emptyMapping } from "./empty-mapping.ts";
import { encodingOrSize } from "./encoding-or-size.ts";
import { endlessWait } from "./endless-wait.ts";
import { envName } from "./env-name.ts";
import { expansionTooLarge } from "./expansion-too-large.ts";
import { exprSyntax } from "./expr-syntax.ts";
import { exprType } from "./expr-type.ts";
import { fileNotFound } from "./file-not-found.ts";
import { freshnessImpossible } from "./freshness-impossible.ts";
import { functionArity } from "./function-arity.ts";
import { hardCodedCredential } from "./hard-coded-credential.ts";
import { idNaming } from "./id-naming.ts";
import { impossibleSchema } from "./impossible-schema.ts";
import { metricLabel } from "./metric-label.ts";
import { metricName } from "./metric-name.ts";
import { missingKey } from "./missing-key.ts";
import { modelineMismatch } from "./modeline-mismatch.ts";
import { neverFires } from "./never-fires.ts";
import { neverLoaded } from "./never-loaded.ts";
import { noDocs } from "./no-docs.ts";
import { noOwner } from "./no-owner.ts";
import { noTimeout } from "./no-timeout.ts";
import { nullableOutput } from "./nullable-output.ts";
import { outputNotUpstream } from "./output-not-upstream.ts";
import { outputUndeclared } from "./output-undeclared.ts";
import { outputValue } from "./output-value.ts";
import { overlapPolicy } from "./overlap-policy.ts";
import { paramDefault } from "./param-default.ts";
import { pathEscapesRepo } from "./path-escapes-repo.ts";
import { pipelineCycle } from "./pipeline-cycle.ts";
import { plainHttp } from "./plain-http.ts";
import { redundantDependency } from "./redundant-dependency.ts";
import { renamedPipeline } from "./renamed-pipeline.ts";
import { retriesExceed } from "./retries-exceed.ts";
import { ruleWithoutNeeds } from "./rule-without-needs.ts";
import { scheduledWithoutDefault } from "./scheduled-without-default.ts";
import { secretExposed } from "./secret-exposed.ts";
import { seriesBudget } from "./series-budget.ts";
import { shellInjection } from "./shell-injection.ts";
import { shellQuoting } from "./shell-quoting.ts";
import { shellcheck } from "./shellcheck.ts";
import { sloUnreachable } from "./slo-unreachable.ts";
import { subPipelineInput } from "./sub-pipeline-input.ts";
import { taskInput } from "./task-input.ts";
import { timeoutOverLimit } from "./timeout-over-limit.ts";
import { tooFrequent } from "./too-frequent.ts";
import { toolConfig } from "./tool-config.ts";
import { unknownConnection } from "./unknown-connection.ts";
import { unknownDependency } from "./unknown-dependency.ts";
import { unknownKey } from "./unknown-key.ts";
import { unknownPipeline } from "./unknown-pipeline.ts";
import { unknownPool } from "./unknown-pool.ts";
import { unknownReference } from "./unknown-reference.ts";
import { unknownSecret } from "./unknown-secret.ts";
import { unknownTaskType } from "./unknown-task-type.ts";
import { unknownTimezone } from "./unknown-timezone.ts";
import { unreachableTask } from "./unreachable-task.ts";
import { unsatisfiableResources } from "./unsatisfiable-resources.ts";
import { unusedSuppression } from "./unused-suppression.ts";
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
  modelineMismatch,
  dependencyCycle,
  unknownDependency,
  duplicateTaskId,
  duplicatePipeline,
  unreachableTask,
  redundantDependency,
  expansionTooLarge,
  pipelineCycle,
  unknownPipeline,
  subPipelineInput,
  idNaming,
  duplicateDependency,
  branchTarget,
  branchCase,
  ruleWithoutNeeds,
  paramDefault,
  impossibleSchema,
  scheduledWithoutDefault,
  exprSyntax,
  unknownReference,
  exprType,
  functionArity,
  outputNotUpstream,
  outputUndeclared,
  constantCondition,
  shellInjection,
  contextUnavailable,
  secretExposed,
  nullableOutput,
  shellQuoting,
  cronSyntax,
  unknownTimezone,
  neverFires,
  tooFrequent,
  dstAmbiguous,
  catchupFlood,
  badDuration,
  noTimeout,
  retriesExceed,
  freshnessImpossible,
  endlessWait,
  timeoutOverLimit,
  unknownTaskType,
  taskInput,
  unknownPool,
  unsatisfiableResources,
  fileNotFound,
  shellcheck,
  envName,
  overlapPolicy,
  unknownConnection,
  outputValue,
  hardCodedCredential,
  unknownSecret,
  pathEscapesRepo,
  plainHttp,
  metricName,
  metricLabel,
  seriesBudget,
  sloUnreachable,
  noOwner,
  noDocs,
  alertMetric,
  checkBounds,
  unusedSuppression,
  badSuppression,
  toolConfig,
  neverLoaded,
  badPlugin,
  renamedPipeline,
  breakingInput,
  changedSchedule,
];
