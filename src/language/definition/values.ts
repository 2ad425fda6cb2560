import { DURATION_PATTERN } from "../../lib/index.ts";

/*
 * The language's definition, in JSON Schema draft-07 (what editors' YAML servers understand). From it come
 * the validators, the TypeScript types of a file and schemas/pipeline.schema.json: `npm run gen`. The
 * descriptions are what an editor shows on hover. Here: the values that many keys share.
 */

/** What a name of a pipeline, a task or a pool looks like. At most 63 characters, so that it fits labels and host names. */
const ID_PATTERN = "^[a-z][a-z0-9_-]{0,62}$";

/** What a param or an output may be called: a name in an expression and, in capitals, in the environment. */
const VALUE_NAME_PATTERN = "^[a-z][a-z0-9_]{0,62}$";

const VALUE_TYPES = ["string", "integer", "number", "boolean", "array", "object"] as const;

export const id = {
  type: "string",
  pattern: ID_PATTERN,
  description: "Small letters, digits, `_` and `-`, beginning with a letter; at most 63 characters.",
} as const;

export const value_name = {
  type: "string",
  pattern: VALUE_NAME_PATTERN,
  description: "Small letters, digits and `_`, beginning with a letter; at most 63 characters.",
} as const;

export const env_name = {
  type: "string",
  pattern: "^(?!ENGINE_)[A-Za-z_][A-Za-z0-9_]*$",
  description: "Letters, digits and `_`, not beginning with a digit; names with `ENGINE_` are the engine's own.",
} as const;

export const metric_name = {
  type: "string",
  pattern: "^[a-zA-Z_][a-zA-Z0-9_]*$",
  description: "Letters, digits and `_`, not beginning with a digit.",
} as const;

export const duration = {
  title: "a duration such as `30s`",
  type: "string",
  pattern: DURATION_PATTERN,
  description: "Whole numbers with units, from the largest to the smallest: `d`, `h`, `m`, `s`, `ms`.",
  examples: ["30s", "5m", "1h30m", "2d", "500ms"],
} as const;

export const point_in_time = {
  title: "a date or a time",
  type: "string",
  pattern: "^\\d{4}-\\d{2}-\\d{2}([T ]\\d{2}:\\d{2}(:\\d{2})?(Z|[+-]\\d{2}:\\d{2})?)?$",
  description: "A date, or a date and time; without an offset it counts in the schedule's time zone.",
  examples: ["2024-01-01", "2024-01-01T06:00:00Z"],
} as const;

export const text_list = {
  anyOf: [
    { type: "string", title: "text" },
    { type: "array", title: "a list of texts", items: { type: "string" } },
  ],
} as const;

export const env = {
  type: "object",
  propertyNames: { $ref: "#/definitions/env_name" },
  additionalProperties: { type: ["string", "number", "boolean"] },
  description: "Environment variables by name. Expressions are evaluated; the values are text.",
  examples: [{ PYTHONUNBUFFERED: "1" }],
} as const;

export const value_type = {
  title: "the name of a type",
  type: "string",
  enum: VALUE_TYPES,
  description: "The name of a type.",
} as const;

export const value_schema = {
  title: "a JSON Schema",
  type: "object",
  description: "A JSON Schema: what the value may be.",
  properties: {
    type: {
      description: "The type, or a list of them.",
      anyOf: [
        { $ref: "#/definitions/value_type" },
        { type: "array", items: { enum: [...VALUE_TYPES, "null"] }, minItems: 1 },
      ],
    },
    title: { type: "string", description: "A short name for forms." },
    description: { type: "string", description: "What the value is, for whoever has to fill it in." },
    default: { description: "The value when nobody gives one. Without a default the value is required." },
    examples: { type: "array", description: "Values that would do." },
    enum: { type: "array", minItems: 1, description: "The values that are allowed." },
    const: { description: "The only value that is allowed." },
    minimum: { type: "number", description: "The smallest number allowed." },
    maximum: { type: "number", description: "The largest number allowed." },
    exclusiveMinimum: { type: "number", description: "Numbers have to be larger than this." },
    exclusiveMaximum: { type: "number", description: "Numbers have to be smaller than this." },
    multipleOf: { type: "number", exclusiveMinimum: 0, description: "Numbers have to be multiples of this." },
    minLength: { type: "integer", minimum: 0, description: "The fewest characters allowed." },
    maxLength: { type: "integer", minimum: 0, description: "The most characters allowed." },
    pattern: { type: "string", description: "A regular expression that the text has to match." },
    items: { $ref: "#/definitions/value_schema", description: "What each item of a list may be." },
    minItems: { type: "integer", minimum: 0, description: "The fewest items allowed." },
    maxItems: { type: "integer", minimum: 0, description: "The most items allowed." },
    uniqueItems: { type: "boolean", description: "Whether all items have to differ." },
    properties: {
      type: "object",
      additionalProperties: { $ref: "#/definitions/value_schema" },
      description: "What each key of a mapping may hold.",
    },
    required: { type: "array", items: { type: "string" }, description: "The keys that have to be there." },
    additionalProperties: {
      anyOf: [{ type: "boolean" }, { $ref: "#/definitions/value_schema" }],
      description: "Whether other keys are allowed, or what they may hold.",
    },
    anyOf: {
      type: "array",
      items: { $ref: "#/definitions/value_schema" },
      minItems: 1,
      description: "The value has to fit at least one of these.",
    },
  },
  additionalProperties: false,
} as const;

/** An output that an operator doesn't name itself is worked out from its result. */
export const output_schema = {
  ...value_schema,
  properties: {
    ...value_schema.properties,
    value: {
      type: "string",
      title: "an expression",
      description: "An expression that gives the value from the operator's result, such as the `response` of `http`.",
      examples: ["${{ response.json.id }}"],
    },
  },
} as const;

/** An output of a whole run. */
export const run_output = {
  ...output_schema,
  properties: {
    ...output_schema.properties,
    value: {
      ...output_schema.properties.value,
      description: "An expression that gives the value from the tasks' outputs.",
      examples: ["${{ tasks.train.outputs.accuracy }}"],
    },
  },
  required: ["value"],
} as const;

export const notifications = {
  type: "array",
  description: "Whom to tell, one channel an item: `email`, `slack` or `webhook`.",
  items: {
    type: "object",
    properties: {
      email: { description: "Sends a message by e-mail." },
      slack: { description: "Posts to a Slack channel." },
      webhook: { description: "Sends an HTTP request." },
    },
    additionalProperties: false,
    oneOf: [{ required: ["email"] }, { required: ["slack"] }, { required: ["webhook"] }],
  },
  examples: [[{ email: { to: ["alerts@example.com"] } }]],
} as const;
