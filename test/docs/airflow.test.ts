import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/index.ts";
import { checkFiles } from "../../src/language/index.ts";
import { operators } from "../../src/operators/index.ts";
import { need } from "../real/support/need.ts";
import { readText } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { watchRun } from "../support/watched-run.ts";

/*
 * The page for those who know Airflow names what exists, and its pipeline does what its DAG would.
 */

const page = readText("docs/airflow.md");

function section(heading: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
}

describe("docs/airflow.md", () => {
  test("has a link to every operator, and to no page that isn't one", () => {
    const linked = [...page.matchAll(/\]\(operators\/(\w+)\.md\)/g)].map((match) => match[1] ?? "");
    expect([...new Set(linked)].filter((name) => name !== "README").sort()).toEqual([...operators.keys()].sort());
  });

  test("has every kind of sensor", () => {
    const { oneOf: forms = [] } = operators.get("sensor")?.schema ?? {};
    const kinds = (forms as { required: [string] }[]).map(({ required }) => required[0]);
    expect(kinds.length).toBeGreaterThan(5);
    const second = [...section("Sensors").matchAll(/^\| [^|]+ \| `(\w+)/gm)].map((match) => match[1]);
    expect(kinds.filter((kind) => !second.includes(kind))).toEqual([]);
  });

  test("has expressions that are right in place of templates", () => {
    const expressions = [...section("Templates").matchAll(/`(\$\{\{ .*? \}\})`/g)].map((match) => match[1] ?? "");
    expect(expressions.length).toBeGreaterThan(10);
    const text = JSON.stringify({
      timeout: "1h",
      params: { x: 1 },
      tasks: {
        a: { bash: `echo "x=1" >> "$ENGINE_OUTPUT"`, outputs: { x: "integer" } },
        b: {
          needs: "a",
          for_each: [1, 2],
          env: Object.fromEntries(expressions.map((expression, index) => [`E${index}`, expression])),
          bash: "env",
        },
      },
    });
    expect(checkFiles([{ path: "templates.yaml", text }], { operators }).diagnostics).toEqual([]);
  });

  test("names variables that scripts have in place of templates", async () => {
    const names = [...section("Templates").matchAll(/`\$(\w+)`/g)].map((match) => match[1] ?? "");
    expect(names.length).toBeGreaterThan(5);
    const cwd = temporaryFolder();
    const outputs = Object.fromEntries(names.map((name) => [name.toLowerCase(), "string"]));
    const bash = names.map((name) => `echo "${name.toLowerCase()}=$${name}" >> "$ENGINE_OUTPUT"`).join("\n");
    const text = JSON.stringify({ params: { x: 7 }, tasks: { a: { for_each: [1], bash, outputs } } });
    writeFileSync(join(cwd, "variables.yaml"), text);
    const run = await watchRun(cwd, ["variables.yaml"]);
    expect(run.outputs["a[0]"]).toMatchObject({ param_x: "7", engine_task: "a", engine_attempt: "1" });
    expect(run.state).toBe("success");
  });
});

describe("its pipeline", () => {
  const [pipeline = "", connections = ""] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    (match) => match[1] ?? "",
  );
  const python = [...page.matchAll(/^```python\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");

  test("is right, and so are its connections", () => {
    const textOf = (path: string): string | undefined => (path === "/x/engine.yaml" ? connections : undefined);
    expect(loadConfig({ cwd: "/x", env: {}, flags: {}, textOf }).diagnostics).toEqual([]);
    expect(checkFiles([{ path: "daily_sales.yaml", text: pipeline }], { operators }).diagnostics).toEqual([]);
  });

  test("has the tasks of the DAG, and its trigger rules", () => {
    const dag = python[0] ?? "";
    const declared = [...dag.matchAll(/task_id="(\w+)"|@task[.\w]*\n {4}def (\w+)/g)].map(
      (match) => match[1] ?? match[2],
    );
    const ours = [...(pipeline.split(/^tasks:$/m)[1] ?? "").matchAll(/^ {2}(\w+):$/gm)].map((match) => match[1]);
    expect(ours.sort()).toEqual(declared.sort());
    const rules = (text: string): string[] =>
      [...text.matchAll(/trigger_rule(?:="|: )(\w+)/g)].map(([, rule = ""]) => rule);
    expect(rules(pipeline)).toEqual(rules(dag));
    expect(rules(dag)).not.toEqual([]);
  });

  test.runIf(need("python3").found)("loads a day's file, and skips to tell", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "data/2026-01-31"), { recursive: true });
    const rows = Array.from({ length: 100 }, (_, index) => `pears,${index}\n`).join("");
    writeFileSync(join(cwd, "data/2026-01-31/sales.csv"), `product,price\n${rows}`);
    writeFileSync(join(cwd, "daily_sales.yaml"), pipeline);
    writeFileSync(join(cwd, "engine.yaml"), connections);
    writeFileSync(join(cwd, "sales.py"), python[1] ?? "");
    writeFileSync(join(cwd, "load-sales"), `#!/bin/sh\ncp "$1" loaded.csv\n`, { mode: 0o755 });
    const run = await watchRun(cwd, ["daily_sales.yaml", "--logical-date", "2026-01-31"]);
    const success = "success";
    expect(run.tasks).toEqual({
      wait: success,
      check: success,
      enough: success,
      load: success,
      tell: "skipped",
      end: success,
    });
    expect(run.state).toBe(success);
  });
});
