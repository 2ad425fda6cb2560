import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import { validateAction } from "@action-validator/core";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { builtCli } from "../support/built-cli.ts";
import { GIT_ENV, GitRepository } from "../support/git-repository.ts";
import { ROOT, readText } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/*
 * The GitHub action: its form against the published schema, its steps as a runner would run them.
 */

interface Step {
  readonly name: string;
  readonly shell: string;
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
  readonly "working-directory"?: string;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

const text = readText("action.yml");
const action = parse(text) as Action;

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the steps one after the other, up to the first that fails, as a runner does. */
function runAction(workspace: string, inputs: Readonly<Record<string, string>> = {}, path = process.env.PATH): Ran {
  builtCli();
  const given = (name: string): string => inputs[name] ?? action.inputs[name]?.default ?? "";
  const evaluate = (value: string): string =>
    value.replaceAll(/\$\{\{ (\S+) \}\}/g, (_, name: string) => {
      if (name === "github.action_path") return ROOT;
      expect(name).toMatch(/^inputs\.[a-z-]+$/);
      return given(name.slice("inputs.".length));
    });
  let ran: Ran = { status: 0, stdout: "", stderr: "" };
  for (const { run, env, shell, "working-directory": folder = "." } of action.runs.steps) {
    expect(shell).toBe("bash");
    const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, evaluate(value)]));
    // As runners start it: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions.
    ran = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
      cwd: resolve(workspace, evaluate(folder)),
      env: {
        ...GIT_ENV,
        HOME: temporaryFolder(),
        PATH: path,
        GITHUB_ACTIONS: "true",
        GITHUB_WORKSPACE: workspace,
        ...own,
      },
      encoding: "utf8",
    });
    if (ran.status !== 0) break;
  }
  return ran;
}

const GOOD = "timeout: 1h\nowner: ada\ndescription: Loads\ntasks:\n  load:\n    bash: ./load.sh\n";
const BAD = GOOD.replace("load:\n", "load:\n    needs: nobody\n");

function aRepository(files: Readonly<Record<string, string>>): GitRepository {
  const repository = GitRepository.init().write({ "load.sh": "", ...files });
  repository.commit();
  return repository;
}

describe("action.yml", () => {
  test("fits the published schema", () => {
    expect(validateAction(text)).toEqual({ actionType: "action", errors: [] });
  });

  test("hands its inputs to the shell in the environment alone, and each of them", () => {
    for (const { run } of action.runs.steps) expect(run).not.toContain("${{");
    const handed = action.runs.steps.flatMap(({ env, ...step }) => [
      ...Object.values(env),
      step["working-directory"] ?? "",
    ]);
    const names = handed.flatMap((value) => /inputs\.([a-z-]+)/.exec(value)?.[1] ?? []);
    expect([...new Set(names)].sort()).toEqual(Object.keys(action.inputs).sort());
  });

  test("has its inputs in docs/ci.md, with their defaults", () => {
    const rows = [...readText("docs/ci.md").matchAll(/^\| `([a-z-]+)` \| .+ \| (.+) \|$/gm)].map((match) => match[1]);
    expect(rows).toEqual(Object.keys(action.inputs));
  });
});

describe("the steps of the action", () => {
  test("check the folder of pipelines, and annotate what they find", () => {
    const fine = runAction(aRepository({ "pipelines/a.yaml": GOOD }).root);
    expect(fine).toMatchObject({ status: 0, stdout: "1 file checked: nothing found\n", stderr: "" });
    const { status, stdout } = runAction(aRepository({ "pipelines/a.yaml": BAD }).root);
    expect(status).toBe(1);
    expect(stdout).toContain("error[ENG302]");
    expect(stdout).toContain("::error file=pipelines/a.yaml,line=6,");
  });

  test("take paths, one a line, whatever is in their names", () => {
    const odd = "b $(touch injected) `touch injected` \"; touch injected; '.yaml";
    const { root } = aRepository({ "a.yaml": GOOD, [odd]: `name: odd\n${BAD}`, "-x.yaml": `name: dash\n${GOOD}` });
    const { status, stdout } = runAction(root, { paths: `\n  a.yaml  \n${odd}\r\n\n-x.yaml\n`, format: "json" });
    expect(status).toBe(1);
    expect(JSON.parse(stdout).files).toEqual(["-x.yaml", "a.yaml", odd]);
    expect(existsSync(join(root, "injected"))).toBe(false);
  });

  test.each(["format", "base", "fail-on", "paths", "version", "working-directory"])(
    "take no command from `%s`",
    (name) => {
      const { root } = aRepository({ "pipelines/a.yaml": GOOD });
      const { status } = runAction(root, {
        [name]: "$(touch injected); touch injected; `touch injected` && touch injected",
      });
      expect(status).not.toBe(0);
      expect(existsSync(join(root, "injected"))).toBe(false);
    },
  );

  test("write several formats", () => {
    const { root } = aRepository({ "pipelines/a.yaml": BAD });
    const { status, stdout } = runAction(root, { format: "concise\nsarif=engine.sarif" });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^pipelines\/a\.yaml:6:\d+: error\[ENG302\] .*\n$/);
    expect(JSON.parse(readFileSync(join(root, "engine.sarif"), "utf8")).version).toBe("2.1.0");
  });

  test("compare with a base, and fail on what they are told to", () => {
    const repository = aRepository({ "pipelines/a.yaml": GOOD });
    renameSync(join(repository.root, "pipelines/a.yaml"), join(repository.root, "pipelines/b.yaml"));
    expect(runAction(repository.root, { base: "main" })).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("ENG911"),
    });
    expect(runAction(repository.root, { base: "main", "fail-on": "warning" }).status).toBe(1);
  });

  test("say of a shallow checkout what to do", () => {
    const repository = aRepository({ "pipelines/a.yaml": GOOD });
    repository.git("branch", "other");
    repository.commit();
    expect(runAction(repository.clone("--depth=1").root, { base: "origin/other" })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("`fetch-depth: 0` for actions/checkout"),
    });
  });

  test("begin in another folder", () => {
    const { root } = aRepository({
      "services/etl/engine.yaml": "pipelines: flows\n",
      "services/etl/flows/a.yaml": BAD,
    });
    const { stdout } = runAction(root, { "working-directory": "services/etl" });
    expect(stdout).toContain("--> flows/a.yaml:6:");
    expect(stdout).toContain("::error file=services/etl/flows/a.yaml,");
  });

  test("run the project's own Engine, and fetch nothing when it has none", () => {
    const { root } = aRepository({ "pipelines/a.yaml": GOOD });
    const bin = temporaryFolder();
    new GitRepository(bin).write({ npx: '#!/bin/sh\nprintf "%s|" npx "$@"\n' });
    spawnSync("chmod", ["+x", join(bin, "npx")]);
    const { stdout } = runAction(root, { version: "project", paths: "a b.yaml" }, `${bin}:${process.env.PATH}`);
    expect(stdout).toBe("npx|--no|engine|validate|--fail-on=error|--|a b.yaml|");
  });

  test("refuse another version with what to do", () => {
    const { root } = aRepository({ "pipelines/a.yaml": GOOD });
    expect(runAction(root, { version: "1.2.3" })).toMatchObject({
      status: 2,
      stdout:
        "::error::the input `version` is `action` or `project`; for another version of Engine, pin the action itself\n",
    });
  });
});
