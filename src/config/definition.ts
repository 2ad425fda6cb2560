/*
 * The definition of engine.yaml, in JSON Schema draft-07. From it come the validators and
 * schemas/engine.schema.json: `npm run gen`. The descriptions are what an editor shows on hover.
 */

/** Attempts that may run at once when nobody says. */
export const CONCURRENCY_DEFAULT = 16;

/** More processes at once than one machine bears; a larger number is a mistake. */
const CONCURRENCY_MAX = 10_000;

const folder = { type: "string", title: "a folder", minLength: 1 } as const;

const id = {
  type: "string",
  pattern: "^[a-z][a-z0-9_-]{0,62}$",
  description: "Small letters, digits, `_` and `-`, beginning with a letter; at most 63 characters.",
} as const;

const value_name = {
  type: "string",
  pattern: "^[a-z][a-z0-9_]{0,62}$",
  description: "Small letters, digits and `_`, beginning with a letter; at most 63 characters.",
} as const;

/** The keys of engine.yaml; each can also be set by an environment variable and a flag. */
export const config_properties = {
  pipelines: {
    ...folder,
    description: "The folder of pipelines: every `.yaml` and `.yml` file in it and below. Relative to engine.yaml.",
    default: "pipelines",
  },
  data: {
    ...folder,
    description: "The folder that remembers: runs, logs, outputs. Relative to engine.yaml. Keep it out of git.",
    default: ".engine",
  },
  concurrency: {
    type: "integer",
    minimum: 1,
    maximum: CONCURRENCY_MAX,
    description: "How many attempts may run at once, over all runs.",
    default: CONCURRENCY_DEFAULT,
  },
  pools: {
    type: "object",
    description:
      "Named, finite resources, and how many slots each has. A task takes slots with `pool` and `pool_slots`.",
    propertyNames: { $ref: "#/definitions/id" },
    additionalProperties: { type: "integer", minimum: 1 },
    default: {},
    examples: [{ gpu: 2 }],
  },
  vars: {
    type: "object",
    description: "Values that expressions see as `vars.NAME`: what differs between two installations.",
    propertyNames: { $ref: "#/definitions/value_name" },
    additionalProperties: { type: ["string", "number", "boolean"] },
    default: {},
    examples: [{ region: "eu-central-1" }],
  },
} as const;

const definitions = { id, value_name } as const;

export const config_schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  description: "Where pipelines are, where the engine remembers, and what runs at once. Every key has a default.",
  type: "object",
  properties: config_properties,
  additionalProperties: false,
  definitions,
} as const;

/** The schema of one key alone, for its environment variable or flag. */
export function keySchema(key: keyof typeof config_properties): object {
  return { ...config_properties[key], definitions };
}
