import { check, defaults, metric, retries, task_properties } from "./task.ts";
import {
  duration,
  env,
  env_name,
  id,
  metric_name,
  notifications,
  output_schema,
  point_in_time,
  run_output,
  text_list,
  value_name,
  value_schema,
  value_type,
} from "./values.ts";

const schedule_fields = {
  cron: {
    $ref: "#/definitions/text_list",
    description:
      "A cron expression with 5 fields, or 6 with seconds, or `@daily` and the like; a list of them is a union.",
    examples: ["0 2 * * *", "@hourly"],
  },
  every: { $ref: "#/definitions/duration", description: "The time from one slot to the next.", examples: ["15m"] },
  after: {
    $ref: "#/definitions/text_list",
    description: "Runs when these pipelines have succeeded.",
    examples: ["ingest", ["ingest", "features"]],
  },
  timezone: { type: "string", description: "An IANA time zone.", default: "UTC", examples: ["Europe/Berlin"] },
  start: { $ref: "#/definitions/point_in_time", description: "No slot before this." },
  end: { $ref: "#/definitions/point_in_time", description: "No slot after this." },
  catchup: {
    description: "What happens to slots that went by while nobody ran them: none, the latest one, or all.",
    default: false,
    anyOf: [
      { type: "boolean" },
      { type: "string", title: "`latest`", enum: ["latest"] },
      {
        type: "object",
        title: "a mapping with a `policy`",
        properties: {
          policy: { type: "string", enum: ["none", "latest", "all"], description: "Which missed slots run." },
          within: { $ref: "#/definitions/duration", description: "Slots older than this don't run." },
          max: { type: "integer", minimum: 1, description: "At most this many missed slots run." },
        },
        required: ["policy"],
        additionalProperties: false,
      },
    ],
  },
  jitter: {
    $ref: "#/definitions/duration",
    description: "Delays each slot by up to this, always the same for the same slot.",
    default: "0s",
  },
  depends_on_past: {
    type: "boolean",
    description: "A run waits until the one of the logical date before has succeeded.",
    default: false,
  },
} as const;

const schedule = {
  description: "When the pipeline runs by itself: a cron expression, or a mapping.",
  examples: ["0 2 * * *", { cron: "0 2 * * *", timezone: "Europe/Berlin" }, { every: "15m" }],
  anyOf: [
    { type: "string", title: "a cron expression" },
    {
      type: "object",
      title: "a mapping with `cron`, `every` or `after`",
      properties: schedule_fields,
      additionalProperties: false,
      oneOf: [{ required: ["cron"] }, { required: ["every"] }, { required: ["after"] }],
    },
  ],
} as const;

const slo = {
  type: "object",
  description: "What the pipeline promises. Alerts and recording rules are made from it.",
  properties: {
    success_rate: {
      type: "string",
      pattern: "^\\d{1,2}(\\.\\d+)?%$",
      description: "The share of runs that succeed.",
      examples: ["99%"],
    },
    max_duration: { $ref: "#/definitions/duration", description: "The longest that a run may take." },
    freshness: { $ref: "#/definitions/duration", description: "The last success is never older than this." },
  },
  additionalProperties: false,
  minProperties: 1,
} as const;

const alerts = {
  type: "array",
  description: "Limits of the metrics that the tasks declare: `engine monitoring` makes alerts of them.",
  items: { $ref: "#/definitions/alert" },
  examples: [[{ metric: "model_accuracy_ratio", below: 0.9 }]],
} as const;

const alert = {
  type: "object",
  title: "a mapping with `metric`, and `below` or `above`",
  properties: {
    metric: { $ref: "#/definitions/metric_name", description: "A gauge or a counter that a task declares." },
    below: { type: "number", description: "It fires when the metric is below this." },
    above: { type: "number", description: "It fires when the metric is above this." },
    for: { $ref: "#/definitions/duration", description: "It is so for that long before it fires.", default: "1m" },
    severity: {
      type: "string",
      enum: ["critical", "warning", "info"],
      description: "How urgent it is.",
      default: "warning",
    },
    summary: { type: "string", description: "What it says, in one sentence that is the same each time." },
    channel: { type: "string", description: "A label by which Alertmanager finds whom to tell." },
  },
  required: ["metric"],
  oneOf: [{ required: ["below"] }, { required: ["above"] }],
  additionalProperties: false,
} as const;

const pipeline_properties = {
  name: {
    $ref: "#/definitions/id",
    description: "The pipeline's name, unique in the catalog. By default the file's name without `.yaml`.",
  },
  description: { type: "string", description: "What the pipeline does, in one line." },
  doc: { type: "string", description: "Markdown, shown on the web page: a runbook, links, whom to ask." },
  owner: { type: "string", description: "Who answers for it: a person or a team." },
  tags: { $ref: "#/definitions/text_list", description: "Words to find it by.", examples: [["ml", "production"]] },
  schedule: { $ref: "#/definitions/schedule" },
  max_active_runs: { type: "integer", minimum: 1, description: "How many runs may go at once.", default: 1 },
  overlap: {
    type: "string",
    enum: ["queue", "skip", "cancel_running"],
    description: "What happens to a new run when `max_active_runs` are going.",
    default: "queue",
  },
  max_active_tasks: {
    type: "integer",
    minimum: 1,
    description: "How many tasks of a run may go at once.",
    default: 16,
  },
  timeout: { $ref: "#/definitions/duration", description: "The longest that a whole run may take." },
  params: {
    type: "object",
    description: "What can be set for each run, by name: a default, or a JSON Schema with one.",
    propertyNames: { $ref: "#/definitions/value_name" },
    additionalProperties: { $ref: "#/definitions/param" },
    examples: [{ epochs: 10 }, { dataset: { type: "string", enum: ["small", "full"], default: "small" } }],
  },
  env: { $ref: "#/definitions/env" },
  defaults: { $ref: "#/definitions/defaults" },
  tasks: {
    type: "object",
    description: "The tasks, by id. Each has one operator key (`bash`, `branch` …) that says what it does.",
    propertyNames: { $ref: "#/definitions/id" },
    additionalProperties: { $ref: "#/definitions/task" },
    minProperties: 1,
  },
  outputs: {
    type: "object",
    description: "What a run hands on when it has succeeded, by name: to the task of another pipeline that ran it.",
    propertyNames: { $ref: "#/definitions/value_name" },
    additionalProperties: {
      anyOf: [{ type: "string", title: "an expression" }, { $ref: "#/definitions/run_output" }],
    },
    examples: [{ accuracy: "${{ tasks.train.outputs.accuracy }}" }],
  },
  on_failure: { $ref: "#/definitions/notifications", description: "Whom to tell when a run has failed." },
  on_success: { $ref: "#/definitions/notifications", description: "Whom to tell when a run has succeeded." },
  on_retry: { $ref: "#/definitions/notifications", description: "Whom to tell when a task is tried again." },
  slo: { $ref: "#/definitions/slo" },
  alerts,
} as const;

const param = {
  description: "The default, or a JSON Schema of the value.",
  anyOf: [
    { type: "string" },
    { type: "number" },
    { type: "boolean" },
    { type: "array" },
    { $ref: "#/definitions/value_schema" },
  ],
} as const;

const task = {
  type: "object",
  title: "a mapping with an operator",
  description: "One piece of work. It has exactly one operator key.",
  properties: task_properties,
  minProperties: 1,
  dependencies: { max_parallel: ["for_each"] },
} as const;

/** The whole language but for the operators: tasks are open to their keys. */
export const pipeline_schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  description: "A pipeline: tasks, what each needs, and when it all runs.",
  type: "object",
  properties: pipeline_properties,
  required: ["tasks"],
  additionalProperties: false,
  definitions: {
    alert,
    check,
    defaults,
    duration,
    env,
    env_name,
    id,
    metric,
    metric_name,
    notifications,
    point_in_time,
    output_schema,
    param,
    retries,
    run_output,
    schedule,
    slo,
    task,
    text_list,
    value_name,
    value_schema,
    value_type,
  },
} as const;
