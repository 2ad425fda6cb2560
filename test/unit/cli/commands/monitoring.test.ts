import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { aFolder } from "../../../support/engine-process.ts";
import { callEngine } from "../../../support/fake-cli.ts";
import { has } from "../../../support/monitoring/mixin.ts";

const PIPELINE = (freshness: string, bash = "true"): string => `owner: ml
slo: { freshness: ${freshness} }
tasks:
  train:
    bash: "${bash}"
    outputs: { accuracy: number }
    metrics:
      model_accuracy_ratio: { type: gauge, help: Share of right answers, value: "\${{ outputs.accuracy }}" }
`;
const OUT = "monitoring/generated";

const folder = (files: Readonly<Record<string, string>> = {}): string =>
  aFolder({ "engine.yaml": "", "pipelines/train.yaml": PIPELINE("1d"), ...files });
const monitoring = (cwd: string, ...args: readonly string[]) =>
  callEngine(["monitoring", ...args], { cwd, env: { PATH: process.env.PATH ?? "" } });
/** The same on a machine without jsonnet. */
const without = (cwd: string, ...args: readonly string[]) =>
  callEngine(["monitoring", ...args], { cwd, env: { PATH: "" } });
const filesIn = (cwd: string): string[] =>
  readdirSync(join(cwd, OUT), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

describe.skipIf(!has("jsonnet"))("engine monitoring", () => {
  test("generates what check then finds in order, and the same again", async () => {
    const cwd = folder();
    expect((await monitoring(cwd, "generate")).stdout).toBe(
      "11 files in monitoring/generated: 10 changed, 0 removed, for 1 pipeline\n",
    );
    expect(await monitoring(cwd, "check")).toEqual({
      code: 0,
      stdout: `${OUT} is what the pipelines give\n`,
      stderr: "",
    });
    expect((await monitoring(cwd, "generate")).stdout).toContain("0 changed, 0 removed");
  });

  test("alerts lead to their dashboards when engine.yaml says where Grafana is", async () => {
    const cwd = folder({ "engine.yaml": 'metrics: { grafana_url: "https://grafana.example.com" }\n' });
    await monitoring(cwd, "generate");
    const rules = () => readFileSync(join(cwd, OUT, "rules/engine.rules.yaml"), "utf8");
    expect(rules()).toContain("dashboard_url: https://grafana.example.com/d/engine-");
    await monitoring(cwd, "generate", "--format", "mixin");
    expect(readFileSync(join(cwd, OUT, "engine.libsonnet"), "utf8")).toContain(
      'grafanaURL: "https://grafana.example.com"',
    );
    writeFileSync(join(cwd, "engine.yaml"), 'metrics: { grafana_url: "grafana.example.com/" }\n');
    expect(await monitoring(cwd, "generate")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("grafana_url"),
    });
  });

  test("a promise that changes is found by check, with what follows from it and nothing else", async () => {
    const cwd = folder();
    await monitoring(cwd, "generate", "--pipeline-boards");
    writeFileSync(join(cwd, "pipelines/train.yaml"), PIPELINE("2d"));
    const { code, stdout, stderr } = await monitoring(cwd, "check");
    expect(code).toBe(1);
    expect(stdout.split("\n")).toEqual([
      "~ dashboards/engine-pipeline-train.json panels[Last success].fieldConfig.defaults.thresholds.steps[#2].value: 77760 → 155520",
      "~ dashboards/engine-pipeline-train.json panels[Last success].fieldConfig.defaults.thresholds.steps[#3].value: 86400 → 172800",
      "~ engine-monitoring.json pipelines[train].slo.freshness_seconds: 86400 → 172800",
      "",
    ]);
    expect(stderr).toContain("hint: run `engine monitoring generate`, and commit what it writes");
    expect((await monitoring(cwd, "diff")).code).toBe(0);
    await monitoring(cwd, "generate", "--pipeline-boards");
    expect((await monitoring(cwd, "check")).code).toBe(0);
  });

  test("what a task does is none of its business", async () => {
    const cwd = folder();
    await monitoring(cwd, "generate");
    writeFileSync(join(cwd, "pipelines/train.yaml"), PIPELINE("1d", "echo other"));
    expect((await monitoring(cwd, "check")).code).toBe(0);
  });

  test("a file that somebody edited, or removed, is found", async () => {
    const cwd = folder();
    await monitoring(cwd, "generate");
    writeFileSync(join(cwd, OUT, "rules/engine.rules.yaml"), "groups: []\n");
    rmSync(join(cwd, OUT, "dashboards/engine-task.json"));
    const found = JSON.parse((await monitoring(cwd, "check", "--json")).stdout).differences as { file: string }[];
    expect(new Set(found.map(({ file }) => file))).toEqual(
      new Set(["rules/engine.rules.yaml", "dashboards/engine-task.json"]),
    );
  });

  test("another format takes the place of the one before, and nothing of that is left over", async () => {
    const cwd = folder();
    await monitoring(cwd, "generate");
    await monitoring(cwd, "generate", "--format", "configmap");
    expect(filesIn(cwd)).toEqual([
      "engine-executors.yaml",
      "engine-gitops.yaml",
      "engine-monitoring.json",
      "engine-overview.yaml",
      "engine-pipeline.yaml",
      "engine-quality.yaml",
      "engine-scheduler.yaml",
      "engine-slo.yaml",
      "engine-task.yaml",
      "prometheus-rule.yaml",
    ]);
    // The format is remembered.
    expect((await monitoring(cwd, "check")).code).toBe(0);
  });

  test.each(["files", "api", "configmap", "operator", "rule-crd"])("the format %s is well-formed", async (format) => {
    const cwd = folder();
    await monitoring(cwd, "generate", "--format", format);
    for (const entry of readdirSync(join(cwd, OUT), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const documents = parseAllDocuments(readFileSync(join(entry.parentPath, entry.name), "utf8"));
      expect(Array.isArray(documents) && documents.every(({ errors }) => errors.length === 0), entry.name).toBe(true);
      if (format === "configmap" || format === "operator" || format === "rule-crd") {
        if (entry.name.endsWith(".json")) continue;
        const [resource] = documents.map((each) => each.toJS() as { kind: string; metadata: { name: string } });
        expect(resource?.metadata.name).toMatch(/^[a-z0-9-]{1,63}$/);
      }
    }
  });

  test("the mixin itself, with the pipelines, gives what the other formats are made of", async () => {
    const cwd = folder();
    await monitoring(cwd, "generate", "--format", "mixin", "--pipeline-boards");
    const entry = `(import '${join(cwd, OUT, "engine.libsonnet")}').grafanaDashboards`;
    const { status, stdout, stderr } = spawnSync("jsonnet", ["-e", entry], { encoding: "utf8", maxBuffer: 2 ** 26 });
    expect([status, stderr]).toEqual([0, ""]);
    expect(Object.keys(JSON.parse(stdout))).toContain("engine-pipeline-train.json");
    expect((await monitoring(cwd, "check")).code).toBe(0);
  });

  test("overrides change what comes out", async () => {
    const overrides = "function(mixin) mixin { _config+:: { selector: 'job=\"mine\"', failuresInARow: 7 } }\n";
    const cwd = folder({ "monitoring/overrides.jsonnet": overrides });
    await monitoring(cwd, "generate");
    const rules = readFileSync(join(cwd, OUT, "rules/engine.rules.yaml"), "utf8");
    expect(rules).toContain('{job="mine"}) >= 7');
    expect(rules).not.toContain('job="engine"');
  });

  test("a broken override is told with its file, line and cause, and nothing is written", async () => {
    const cwd = folder({ "monitoring/overrides.jsonnet": "function(mixin) mixin {\n  nobody: missing,\n}\n" });
    const { code, stderr } = await monitoring(cwd, "generate");
    expect(code).toBe(1);
    expect(stderr).toMatch(/overrides\.jsonnet:2:\d+[\s\S]*missing/);
    expect(() => filesIn(cwd)).toThrow("ENOENT");
  });

  test("pipelines with errors are not watched", async () => {
    const cwd = folder({ "pipelines/bad.yaml": "tasks: []\n" });
    const { code, stderr } = await monitoring(cwd, "generate");
    expect([code, stderr]).toEqual([1, expect.stringContaining("mend them first: `engine validate` shows them")]);
  });
});

describe("without jsonnet", () => {
  test("there are the standard boards and rules, and it says so", async () => {
    const cwd = folder();
    const { code, stderr } = await without(cwd, "generate");
    expect([code, stderr]).toEqual([0, expect.stringContaining("these are the standard boards and rules")]);
    expect(filesIn(cwd)).toContain("engine.rules.yaml");
  });

  test("what needs one is refused, with how to get it", async () => {
    const { code, stderr } = await without(folder(), "generate", "--pipeline-boards");
    expect(code).toBe(2);
    expect(stderr).toMatch(/--pipeline-boards needs[\s\S]*engine monitoring setup/);
  });
});

test("check without anything generated says how to begin", async () => {
  const { code, stderr } = await monitoring(folder(), "check");
  expect([code, stderr]).toEqual([2, expect.stringContaining("begin with `engine monitoring generate`")]);
});

describe("engine monitoring explain", () => {
  test("a metric: what it means, and where it is used", async () => {
    const { stdout } = await monitoring(folder(), "explain", "engine_pipeline_consecutive_failures");
    expect(stdout).toContain("Runs that have failed since the last success.");
    expect(stdout).toContain("the alert EnginePipelineFailing");
  });

  test("a metric that a pipeline declares: which task", async () => {
    const { stdout } = await monitoring(folder(), "explain", "model_accuracy_ratio");
    expect(stdout).toContain("from    the task train of pipelines/train.yaml");
  });

  test("an alert: its runbook and its rule", async () => {
    const { stdout } = await monitoring(folder(), "explain", "EngineTasksLost");
    expect(stdout).toMatch(/^# EngineTasksLost[\s\S]*Severity warning[\s\S]*engine_executor_tasks_lost_total/);
  });

  test("nothing of that name: the nearest", async () => {
    const { code, stderr } = await monitoring(folder(), "explain", "EngineTaskLost");
    expect([code, stderr]).toEqual([2, expect.stringContaining("did you mean EngineTasksLost?")]);
  });
});

test("scrape-config says what the server asks for", async () => {
  const cwd = folder({ "engine.yaml": 'server: { listen: "0.0.0.0:9000", tls: { cert: c.pem, key: k.pem } }\n' });
  const { stdout } = await monitoring(cwd, "scrape-config");
  expect(stdout).toContain("scheme: https");
  expect(stdout).toContain("- HOST:9000");
  expect(stdout).toContain("engine token create prometheus --role viewer");
});
