import type { JsonObject } from "../../lib/index.ts";
import { skipExitCode } from "../code/exit-code.ts";
import { WORDS_PATTERN } from "./words.ts";

/** A whole value that is worked out when the task runs. */
const EXPRESSION = "\\$\\{\\{[\\s\\S]+\\}\\}";

/** A number of bytes with its unit: `512m`. */
const SIZE = { type: "string", pattern: `^(?:[1-9][0-9]*[bkmgBKMG]|${EXPRESSION})$` };

const words = (description: string, examples: readonly (string | readonly string[])[]): JsonObject => ({
  anyOf: [
    { type: "string", pattern: WORDS_PATTERN },
    { type: "array", items: { type: ["string", "number", "boolean"] }, minItems: 1 },
  ],
  description,
  examples: examples as JsonObject["examples"],
});

const TARGET = {
  type: "string",
  description: "The path in the container.",
  pattern: `^(?:/|${EXPRESSION})`,
  examples: ["/models"],
};
const READ_ONLY = { type: "boolean", description: "Whether nobody can write to it.", default: false };

const MOUNT: JsonObject = {
  oneOf: [
    {
      type: "object",
      title: "a folder or file of the host",
      properties: {
        type: { const: "bind", description: "A folder or file of the host.", default: "bind" },
        source: {
          type: "string",
          description: "The folder or file, from the task's `cwd` on. It has to be there.",
          minLength: 1,
          examples: ["./data"],
        },
        target: TARGET,
        read_only: READ_ONLY,
      },
      required: ["source", "target"],
      additionalProperties: false,
    },
    {
      type: "object",
      title: "a volume",
      properties: {
        type: { const: "volume", description: "A volume of Docker, made if need be." },
        source: { type: "string", description: "The volume's name.", minLength: 1, examples: ["models"] },
        target: TARGET,
        read_only: READ_ONLY,
      },
      required: ["type", "source", "target"],
      additionalProperties: false,
    },
    {
      type: "object",
      title: "memory",
      properties: {
        type: { const: "tmpfs", description: "A folder in memory, empty at first and gone at the end." },
        target: TARGET,
        size: { ...SIZE, description: "What it holds at most.", examples: ["64m"] },
      },
      required: ["type", "target"],
      additionalProperties: false,
    },
  ],
};

const ULIMIT: JsonObject = {
  anyOf: [
    { type: "integer", minimum: -1 },
    {
      type: "object",
      properties: {
        soft: { type: "integer", minimum: -1, description: "What it may raise itself, up to the hard one." },
        hard: { type: "integer", minimum: -1, description: "What it can never pass." },
      },
      required: ["soft", "hard"],
      additionalProperties: false,
    },
  ],
};

const text = (description: string, example: string): JsonObject => ({
  type: "string",
  description,
  minLength: 1,
  examples: [example],
});

/** What stands under `docker`. */
export const schema: JsonObject = {
  description: "A container.",
  oneOf: [
    { ...text("The image.", "registry.example.com/train:1.4") },
    {
      type: "object",
      properties: {
        image: text("The image.", "registry.example.com/train:1.4"),
        pull: {
          enum: ["missing", "always", "never"],
          description: "When the image is pulled: when it isn't there, each time, or never.",
          default: "missing",
          examples: ["always"],
        },
        command: words("What is run in the container, instead of the image's own command.", [
          ["python", "train.py", "--epochs", `\${{ params.epochs }}`],
          "python train.py",
        ]),
        entrypoint: words("What the command is handed to, instead of the image's own entry point.", [["sh", "-c"]]),
        mounts: {
          type: "array",
          description: "Folders and files of the host, volumes, and folders in memory.",
          items: MOUNT,
          examples: [[{ source: "/models", target: "/models", read_only: true }]],
        },
        workdir: { ...TARGET, description: "The folder that the command begins in.", examples: ["/app"] },
        user: {
          type: ["string", "integer"],
          description: "A user, or `user:group`, by name or number.",
          minLength: 1,
          examples: ["1000:1000"],
        },
        network: text("A network of Docker; `none` for none, `host` for the host's own.", "none"),
        memory: { ...SIZE, description: "What it may take of the memory.", examples: ["512m"] },
        cpus: {
          anyOf: [
            { type: "number", exclusiveMinimum: 0 },
            { type: "string", pattern: `^${EXPRESSION}$` },
          ],
          description: "How many processors it may use.",
          examples: [1.5],
        },
        gpus: {
          anyOf: [{ const: "all" }, { type: "integer", minimum: 1 }, { type: "string", pattern: `^${EXPRESSION}$` }],
          description: "How many GPUs it gets, or `all`.",
          examples: [1],
        },
        ulimits: {
          type: "object",
          description: "Limits of the kernel, by name; one number, or `soft` and `hard`.",
          additionalProperties: ULIMIT,
          examples: [{ nofile: 65536 }],
        },
        platform: {
          type: "string",
          description: "The system and processor that the image is for.",
          pattern: `^(?:[a-z0-9]+(?:/[a-z0-9_.-]+){1,2}|${EXPRESSION})$`,
          examples: ["linux/amd64"],
        },
        connection: text("A connection of the type `docker_registry` in engine.yaml.", "registry"),
        host: {
          type: "string",
          description: "Where Docker is, instead of `DOCKER_HOST`.",
          pattern: `^(?:(?:unix|tcp|https?|ssh)://|${EXPRESSION})`,
          examples: ["unix:///var/run/docker.sock"],
        },
        skip_exit_code: skipExitCode,
      },
      required: ["image"],
      additionalProperties: false,
    },
  ],
  examples: ["registry.example.com/train:1.4", { image: "python:3.13", command: ["python", "-c", "print(1)"] }],
};
