import { TRIGGER_RULES } from "../../core/index.ts";

/*
 * The keys that all tasks share. What stands under the one operator key belongs to the operator, which
 * brings its own schema.
 */

/** Retries that may be asked for. More would hide a task that never works. */
export const RETRIES_MAX = 100;

const retry_count = { type: "integer", minimum: 0, maximum: RETRIES_MAX } as const;

export const retries = {
  description: "How often a failed attempt is followed by another: a count, or a count with the delays between.",
  default: 0,
  examples: [3, { count: 3, delay: "1m", backoff: "exponential", max_delay: "1h" }],
  anyOf: [
    { ...retry_count, title: "a count", description: "Attempts after the first." },
    {
      type: "object",
      title: "a mapping",
      properties: {
        count: {
          ...retry_count,
          description: "Attempts after the first. May be left out where `defaults` have it.",
        },
        delay: { $ref: "#/definitions/duration", description: "The wait before the first retry.", default: "10s" },
        backoff: {
          type: "string",
          enum: ["constant", "exponential"],
          description: "Whether the wait stays the same or grows by `factor` from retry to retry.",
          default: "constant",
        },
        factor: {
          type: "number",
          minimum: 1,
          maximum: 100,
          description: "How much the wait grows when `backoff` is `exponential`.",
          default: 2,
        },
        max_delay: { $ref: "#/definitions/duration", description: "The longest wait." },
        jitter: {
          type: "number",
          minimum: 0,
          maximum: 1,
          description: "Spreads the wait by this share of it, so that retries don't all come at once.",
          default: 0,
          examples: [0.1],
        },
        if: {
          type: ["string", "boolean"],
          description: "A boolean expression that sees `exit_code` and `error`; false ends the retries.",
          examples: ["${{ exit_code != 2 }}"],
        },
      },
      additionalProperties: false,
    },
  ],
} as const;

/** Keys that a task may have and that `defaults` may set for all tasks. */
const shared_task_properties = {
  trigger_rule: {
    type: "string",
    enum: TRIGGER_RULES,
    description: "What has to be true of the tasks in `needs` before this one runs.",
    default: "all_success",
  },
  retries: { $ref: "#/definitions/retries" },
  timeout: {
    $ref: "#/definitions/duration",
    description: "The longest an attempt may take. Then it is told to stop, and after `grace` it is killed.",
  },
  grace: {
    $ref: "#/definitions/duration",
    description: "The time between being told to stop (SIGTERM) and being killed (SIGKILL).",
    default: "10s",
  },
  on_lost: {
    type: "string",
    enum: ["rerun", "fail"],
    description: "What to do when the machine that ran an attempt is gone. `rerun` consumes no retry; at most 3 times.",
    default: "rerun",
  },
  pool: { $ref: "#/definitions/id", description: "The named, finite resource that an attempt holds slots of." },
  pool_slots: { type: "integer", minimum: 1, description: "How many slots of the pool an attempt holds.", default: 1 },
  priority: { type: "integer", description: "Of the tasks that wait for a slot, higher ones go first.", default: 0 },
  depends_on_past: {
    type: "boolean",
    description: "Waits for this task's success (or skip) in the previous scheduled run.",
    default: false,
  },
  cwd: {
    type: "string",
    description: "The folder to run in, relative to the folder of the pipeline's file.",
    examples: ["training"],
  },
  on_failure: { $ref: "#/definitions/notifications", description: "Whom to tell when the task has failed." },
  on_success: { $ref: "#/definitions/notifications", description: "Whom to tell when the task has succeeded." },
  on_retry: {
    $ref: "#/definitions/notifications",
    description: "Whom to tell when an attempt failed and another follows.",
  },
} as const;

export const task_properties = {
  needs: {
    description: "The tasks that come before this one: an id, or a list of them.",
    anyOf: [
      { type: "string", title: "a task id" },
      { type: "array", title: "a list of task ids", items: { type: "string", title: "a task id" } },
    ],
    examples: ["extract", ["extract", "validate"]],
  },
  if: {
    type: ["string", "boolean"],
    description: "A boolean expression, evaluated once the trigger rule holds; false skips the task.",
    examples: ["${{ params.dataset == 'full' }}"],
  },
  for_each: {
    description:
      "Runs the task once for each item of a list (or each entry of a mapping), with `item` and `item_index` in scope. " +
      "Downstream sees `tasks.<id>.outputs` as a list.",
    anyOf: [
      { type: "string", title: "an expression" },
      { type: "array", title: "a list" },
      { type: "object", title: "a mapping" },
    ],
    examples: [["de", "fr", "it"], "${{ tasks.plan.outputs.shards }}"],
  },
  max_parallel: { type: "integer", minimum: 1, description: "How many items of `for_each` may run at once, or wait." },
  env: { $ref: "#/definitions/env" },
  outputs: {
    type: "object",
    description: "The values that this task hands on, by name: a type, or a JSON Schema each.",
    propertyNames: { $ref: "#/definitions/value_name" },
    additionalProperties: {
      anyOf: [{ $ref: "#/definitions/value_type" }, { $ref: "#/definitions/output_schema" }],
    },
    examples: [{ accuracy: "number", model_path: "string" }],
  },
  metrics: {
    type: "object",
    description: "Custom Prometheus metrics, by name, set when the task has succeeded.",
    propertyNames: { $ref: "#/definitions/metric_name" },
    additionalProperties: { $ref: "#/definitions/metric" },
  },
  checks: {
    type: "object",
    description: "What the outputs have to keep for the task to succeed, by name.",
    propertyNames: { $ref: "#/definitions/value_name" },
    additionalProperties: { $ref: "#/definitions/check" },
    examples: [{ row_count: { value: "${{ outputs.rows }}", min: 1000 } }],
  },
  allow_failure: {
    type: "boolean",
    description: "The run goes on and may succeed although this task failed.",
    default: false,
  },
  soft_fail: { type: "boolean", description: "A time-out skips the task instead of failing it.", default: false },
  doc: { type: "string", description: "Markdown, shown on the web page." },
  ...shared_task_properties,
} as const;

export const check = {
  type: "object",
  properties: {
    value: { type: ["string", "number"], description: "A number, or an expression that sees `outputs` and gives one." },
    min: { type: "number", description: "It is not below this." },
    max: { type: "number", description: "It is not above this." },
    severity: {
      type: "string",
      enum: ["fail", "warn"],
      description: "What follows when it is not so: the attempt fails, or a warning says so.",
      default: "fail",
    },
  },
  required: ["value"],
  anyOf: [{ required: ["min"] }, { required: ["max"] }],
  additionalProperties: false,
} as const;

export const metric = {
  type: "object",
  properties: {
    type: { type: "string", enum: ["gauge", "counter", "histogram"], description: "The kind of metric." },
    help: { type: "string", description: "What it measures, in one sentence." },
    value: { type: ["string", "number"], description: "The value, or an expression that sees `outputs`." },
    labels: {
      type: "object",
      propertyNames: { $ref: "#/definitions/metric_name" },
      additionalProperties: { type: ["string", "number", "boolean"] },
      description: "Further labels.",
    },
  },
  required: ["type", "value"],
  additionalProperties: false,
} as const;

export const defaults = {
  type: "object",
  description: "Settings for every task that doesn't say otherwise.",
  properties: shared_task_properties,
  additionalProperties: false,
  examples: [{ retries: 2, timeout: "2h" }],
} as const;
