import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-files.ts";

/** What git leaves out: the data folder. */
export const IGNORED = ".engine/";

/** The files of a starter by path. The schemas are copies, so that editors find them whatever is installed. */
export function starterFiles(): Readonly<Record<string, string>> {
  return {
    "engine.yaml": ENGINE_YAML,
    "pipelines/hello.yaml": HELLO_YAML,
    ".github/workflows/engine.yml": WORKFLOW,
    ".vscode/settings.json": SETTINGS,
    "schemas/pipeline.schema.json": schema("pipeline"),
    "schemas/engine.schema.json": schema("engine"),
  };
}

function schema(name: string): string {
  return readFileSync(join(packageRoot(), "schemas", `${name}.schema.json`), "utf8");
}

const ENGINE_YAML = `# yaml-language-server: $schema=schemas/engine.schema.json
#
# Every key may be left out; what stands behind a # is its default.

pipelines: pipelines    # the folder of pipelines
data: .engine           # the folder that remembers runs, logs and outputs: keep it out of git
# concurrency: 16       # how many attempts may run at once
# pools: { gpu: 1 }     # resources that tasks share: \`pool: gpu\` on a task takes a slot
# vars: { region: eu }  # values for expressions: \${{ vars.region }}
# connections: {}       # how to reach databases and services: \`connection: NAME\` on a task
# secrets: {}           # where \${{ secrets.NAME }} comes from, beside ENGINE_SECRET_NAME
`;

const HELLO_YAML = `# yaml-language-server: $schema=../schemas/pipeline.schema.json
#
#   engine run hello
#   engine run hello -p name=Ada

name: hello
description: Says hello, and counts the letters

# schedule: "0 7 * * 1-5"       # when it runs by itself

params:
  name: { type: string, default: world, description: Whom to greet }

defaults:
  timeout: 5m

tasks:
  greet:
    bash: |
      greeting="Hello, $PARAM_NAME!"
      echo "$greeting"
      echo "greeting=$greeting" >> "$ENGINE_OUTPUT"
    outputs:
      greeting: string

  count:
    needs: greet
    retries: 2
    bash: |
      text=\${{ tasks.greet.outputs.greeting }}
      echo "\${#text} letters"
`;

const WORKFLOW = `# Checks the pipelines of each change, and compares those of a pull request with the branch that it goes to.
# Engine has to be among the devDependencies of package.json: \`--no\` keeps npx from fetching anything else by that name.
name: engine
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  validate:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0 # to compare, the history has to be there
      - uses: actions/setup-node@v4
        with:
          node-version: 24
          cache: npm
      - run: npm ci
      - run: npx --no engine validate \${BASE:+"--base=origin/$BASE"}
        env:
          BASE: \${{ github.base_ref }}
`;

const SETTINGS = `{
  "yaml.schemas": {
    "./schemas/engine.schema.json": "engine.yaml",
    "./schemas/pipeline.schema.json": ["pipelines/**/*.yaml", "pipelines/**/*.yml"]
  }
}
`;
