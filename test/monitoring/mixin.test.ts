import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { STATE_LOOKS } from "../../src/core/index.ts";
import { METRICS } from "../../src/telemetry/index.ts";
import { lintDashboard } from "../support/monitoring/dashboard-lint.ts";
import {
  evaluateMixin,
  filledIn,
  has,
  MIXIN,
  type Mixin,
  type Rule,
  renderedMixin,
  seriesNames,
} from "../support/monitoring/mixin.ts";
import { selectorsOf } from "../support/monitoring/promql.ts";
import { checkRules } from "../support/monitoring/promtool.ts";
import { labelFollower, lintRules } from "../support/monitoring/rule-lint.ts";
import { ROOT, readText, repositoryFiles } from "../support/repository.ts";

/** A pipeline with all that the mixin knows to watch. */
const WATCHED = {
  ...{ name: "train_model", owner: "ml", tags: ["tier:1"], tasks: ["load", "train"] },
  slo: { success_rate: 0.99, max_duration_seconds: 600, freshness_seconds: 86_400 },
  metrics: [
    { name: "model_accuracy_ratio", type: "gauge", help: "Of the held-out tenth.", labels: ["split"] },
    { name: "rows_read_total", type: "counter", labels: [] },
    { name: "batch_seconds", type: "histogram", labels: [] },
  ],
  alerts: [{ metric: "model_accuracy_ratio", op: "<", value: 0.9, severity: "warning" }],
};

const mixin = renderedMixin();
const groupsOf = ({ rules, alerts }: Mixin) => [...rules.groups, ...alerts.groups];
const rulesOf = (of: Mixin): readonly Rule[] => groupsOf(of).flatMap((group) => group.rules);
const alertNames = [...new Set(rulesOf(mixin).flatMap(({ alert }) => (alert === undefined ? [] : [alert])))];

/** The names of all series that boards and rules ask for, but for those that rules record. */
function seriesUsed(of: Mixin): ReadonlySet<string> {
  const boards = Object.values(of.dashboards);
  const panels = boards.flatMap((board) => board.panels.flatMap(({ targets = [] }) => targets));
  const annotations = boards.flatMap((board) => board.annotations.list);
  const expressions = [...panels, ...annotations, ...rulesOf(of)].map(({ expr }) => expr);
  const names = expressions.flatMap((expr) => selectorsOf(expr.replaceAll(/\$\w+/g, "5m")).map(({ metric }) => metric));
  return new Set(names.filter((name) => !name.includes(":")));
}

describe("the mixin", () => {
  test.skipIf(!has("jsonnet"))("gives what the package carries for those who have no jsonnet", () => {
    const now = evaluateMixin();
    if (process.env.UPDATE === "1") writeFileSync(join(MIXIN, "rendered.json"), `${JSON.stringify(now, null, 1)}\n`);
    expect(renderedMixin()).toEqual(now);
  });

  test.skipIf(!has("jsonnet"))("is formatted", () => {
    const files = repositoryFiles().filter((file) => /^monitoring\/.*\.(libsonnet|jsonnet)$/.test(file));
    expect(files.length).toBeGreaterThan(10);
    const { stderr, status } = spawnSync("jsonnetfmt", ["--test", ...files], { cwd: ROOT, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  test("asks for no series that the engine doesn't export", () => {
    const names = seriesNames();
    expect([...seriesUsed(mixin)].filter((name) => !names.has(name))).toEqual([]);
  });

  test("leaves no metric of the engine unused", () => {
    const used = [...seriesUsed(mixin)];
    const UNUSED = [
      // For joins and by hand.
      "engine_pipeline_last_run_timestamp_seconds",
    ];
    const left = Object.keys(METRICS).filter(
      (name) => !used.some((each) => each === name || each.replace(/_(bucket|sum|count)$/, "") === name),
    );
    expect(left.filter((name) => !UNUSED.includes(name))).toEqual([]);
  });

  test("has the states' colours of the command line and the page", () => {
    const config = readFileSync(join(MIXIN, "config.libsonnet"), "utf8");
    const colours = [...config.matchAll(/^ {6}(\w+): '(#[0-9a-f]{6})',$/gm)].map(([, state, colour]) => [
      state,
      colour,
    ]);
    expect(colours.length).toBe(9);
    for (const [state, colour] of colours)
      expect(STATE_LOOKS[state as keyof typeof STATE_LOOKS].color, state).toBe(colour);
  });

  test.skipIf(!has("jsonnet"))(
    "links dashboards to the engine, and alerts to dashboards, by the addresses that it is given",
    () => {
      const config = { engineURL: "https://engine.test", grafanaURL: "https://grafana.test" };
      const linked = evaluateMixin([], config);
      const uids = Object.values(linked.dashboards).map(({ uid }) => uid);
      expect(JSON.stringify(linked.dashboards)).toContain(`${config.engineURL}/pipelines/\${__field.labels.pipeline}`);
      for (const { alert, annotations } of rulesOf(linked).filter((rule) => rule.alert !== undefined)) {
        const [, uid] = /^https:\/\/grafana\.test\/d\/([\w-]+)/.exec(annotations?.dashboard_url ?? "") ?? [];
        expect(uids, alert).toContain(uid);
      }
    },
  );

  test.skipIf(!has("jsonnet"))("takes the changes that the guide shows", () => {
    const [, overrides = ""] = /```jsonnet\n([\s\S]*?)```/.exec(readText("docs/monitoring.md")) ?? [];
    const changed = rulesOf(evaluateMixin([], {}, { overrides }));
    const failing = changed.find(({ alert }) => alert === "EnginePipelineFailing");
    expect(failing?.expr).toContain('engine_pipeline_consecutive_failures{job="engine-prod"}) >= 5');
    expect(changed.length).toBe(rulesOf(mixin).length);
  });

  test.skipIf(!has("jsonnet"))("is what others import: a mixin with its keys hidden, and changed by `_config`", () => {
    const of = (text: string): unknown => {
      const { stdout, stderr } = spawnSync("jsonnet", ["-J", MIXIN, "-e", text], {
        encoding: "utf8",
        maxBuffer: 2 ** 28,
      });
      expect(stderr).toBe("");
      return JSON.parse(stdout);
    };
    const path = "(import 'mixin.libsonnet')";
    expect(of(path)).toEqual({});
    expect(of(`${path}.grafanaDashboards`)).toEqual(mixin.dashboards);
    expect(of(`${path}.prometheusRules`)).toEqual(mixin.rules);
    expect(of(`${path}.prometheusAlerts`)).toEqual(mixin.alerts);
    const moved = of(`(${path} + { _config+:: { runbookURLPattern: 'https://wiki.test/%s' } }).prometheusAlerts`);
    expect(JSON.stringify(moved)).toContain("https://wiki.test/EngineDown");
  });

  test("has a runbook for each alert, and for no other", () => {
    const pages = readdirSync(join(ROOT, "docs/runbooks")).filter((name) => name !== "README.md");
    const generated = ["EngineMetricOutOfRange"];
    expect(pages.map((name) => name.replace(".md", "")).sort()).toEqual([...alertNames, ...generated].sort());
    const index = readText("docs/runbooks/README.md");
    for (const name of [...alertNames, ...generated]) expect(index).toContain(`(${name}.md)`);
  });
});

describe("dashboards", () => {
  test("have each an address and a title of its own", () => {
    const boards = Object.values(mixin.dashboards);
    expect(new Set(boards.map(({ uid }) => uid)).size).toBe(boards.length);
    expect(new Set(boards.map(({ title }) => title)).size).toBe(boards.length);
  });

  test("lead to boards that there are, and to the run page where that is known", () => {
    const uids = new Set(Object.values(mixin.dashboards).map(({ uid }) => uid));
    const links = [...JSON.stringify(mixin).matchAll(/\/d\/([\w-]+)\?/g)].map(([, uid]) => uid);
    expect(new Set(links)).toEqual(new Set(["engine-pipeline", "engine-task"]));
    for (const uid of links) expect(uids).toContain(uid);
    expect(JSON.stringify(mixin)).not.toContain("/pipelines/");
  });

  test.each(Object.entries(mixin.dashboards))("%s keeps to the linter's rules", (_, dashboard) => {
    expect(lintDashboard(dashboard)).toEqual([]);
  });

  test("the linter finds what is wrong", () => {
    const [board] = Object.values(mixin.dashboards);
    if (board === undefined) throw new Error("no board");
    const [panel] = board.panels;
    if (panel === undefined) throw new Error("no panel");
    const spoil = (expr: string) =>
      lintDashboard({ ...board, panels: [{ ...panel, targets: [{ refId: "A", expr }] }] }).join("\n");
    expect(spoil("engine_tasks")).toMatch(/target-job[\s\S]*target-instance/);
    expect(spoil('rate(engine_task_retries_total{job=~"$job", instance=~"$instance"}[10m])')).toMatch(
      /target-rate-interval/,
    );
    expect(spoil('sum(engine_task_retries_total{job=~"$job", instance=~"$instance"})')).toMatch(/target-counter-agg/);
    expect(spoil('rate(engine_tasks{job=~"$job", instance=~"$instance"})')).toMatch(/expected type/);
    expect(lintDashboard({ ...board, panels: [panel, { ...panel, title: "" }] }).join("\n")).toMatch(
      /one id[\s\S]*lies over[\s\S]*panel-title-description/,
    );
  });

  test.skipIf(!has("jsonnet"))("of a pipeline show its own metrics, with the limits of its alerts", () => {
    const board = evaluateMixin([WATCHED], { pipelineBoards: true }).dashboards["engine-pipeline-train_model.json"];
    if (board === undefined) throw new Error("no board");
    expect(lintDashboard(board)).toEqual([]);
    expect(board.panels.map(({ title }) => title)).toEqual(
      expect.arrayContaining(["Its own metrics", "model accuracy ratio", "rows read total", "batch seconds"]),
    );
    const accuracy = board.panels.find(({ title }) => title === "model accuracy ratio");
    expect(JSON.stringify(accuracy?.fieldConfig)).toContain('"value":0.9');
  });

  test.skipIf(!has("jsonnet"))(
    "of pipelines are the same in parts as all at once, and rules come with the first part",
    () => {
      const pipelines = ["a", "b", "c"].map((name) => ({ ...WATCHED, name }));
      const whole = evaluateMixin(pipelines, { pipelineBoards: true });
      const first = evaluateMixin(pipelines, { pipelineBoards: true }, { part: "[0, 2]" });
      const second = evaluateMixin(pipelines, { pipelineBoards: true }, { part: "[2, 4]" });
      expect(first.dashboards["engine-pipeline-c.json"]).toBeUndefined();
      expect({ ...first, dashboards: { ...first.dashboards, ...second.dashboards } }).toEqual(whole);
      expect(Object.keys(second)).toEqual(["dashboards"]);
    },
  );
});

describe("rules", () => {
  test("keep to pint's rules", () => {
    expect(lintRules(groupsOf(mixin))).toEqual([]);
  });

  test.skipIf(!has("jsonnet"))("grow by those alone that a pipeline asks for", () => {
    const pipelines = Array.from({ length: 20 }, (_, i) => ({
      ...WATCHED,
      name: `p${i}`,
      alerts: i === 3 ? WATCHED.alerts : [],
    }));
    const all = evaluateMixin(pipelines);
    expect(lintRules(groupsOf(all))).toEqual([]);
    expect(rulesOf(all).length).toBe(rulesOf(mixin).length + 1);
  });

  test.skipIf(!has("promtool"))("pass promtool's check", () => {
    const { status, output } = checkRules(groupsOf(mixin));
    expect(status, output).toBe(0);
  });

  test("and boards ask for labels that are there, and show them in legends", () => {
    const follow = labelFollower(rulesOf(mixin));
    const problems = Object.values(mixin.dashboards).flatMap(({ title, panels }) =>
      panels.flatMap((panel) =>
        (panel.targets ?? []).flatMap(({ expr, legendFormat = "" }) => {
          const { labels, problems } = follow(filledIn(expr));
          const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
          const missing = labels instanceof Set ? shown.filter((label) => !labels.has(label)) : [];
          return [...problems, ...missing.map((label) => `nothing has {{${label}}}`)].map(
            (problem) => `${title} / ${panel.title}: ${problem}`,
          );
        }),
      ),
    );
    expect(problems).toEqual([]);
  });

  test("the linter finds what is wrong", () => {
    const annotations = { summary: "It is so.", description: "It is so.", runbook_url: "https://wiki.test" };
    const of = (expr: string, more: Partial<Rule> = {}) =>
      lintRules([
        { name: "a", rules: [{ alert: "EngineSo", labels: { severity: "info" }, annotations, ...more, expr }] },
      ]).join("\n");
    expect(of("max by (job) (engine_tasks) > 1")).toBe("");
    expect(of("max by (job) (engine_tasks)")).toMatch(/alerts\/comparison/);
    expect(of("max by (pipeline) (engine_pipeline_paused) > 0")).toMatch(/promql\/aggregate/);
    expect(of("max by (job) (engine_task_retries_total) > 1")).toMatch(/promql\/counter/);
    expect(of("sum by (job) (rate(engine_task_retries_total[1m])) > 1")).toMatch(/promql\/rate/);
    expect(of('max by (job) (engine_tasks{state=~"queued"}) > 1')).toMatch(/promql\/regexp/);
    expect(of("max by (job) (engine_tasks) / 0 > 1")).toMatch(/promql\/nan/);
    expect(of('max by (job) (engine_tasks{pipeline="a"}) > 1')).toMatch(/promql\/impossible/);
    expect(of("max by (job, pipeline) (engine_tasks) > 1")).toMatch(/promql\/impossible/);
    expect(of("max by (job) (engine_tasks) > max by (job, pipeline) (engine_pipeline_paused)")).toMatch(
      /promql\/vector_matching: \{job\} never meets \{job,pipeline\}/,
    );
    expect(of("max by (job) (engine_tasks) > on (job, pool) max by (job, pool) (engine_executor_slots)")).toMatch(
      /promql\/vector_matching: the left side has no label pool/,
    );
    expect(
      of("max by (job) (engine_tasks) * on (job) group_left (owner) max by (job) (engine_pipeline_info) > 1"),
    ).toMatch(/promql\/vector_matching: there is no label owner to take/);
    expect(of("job:engine_nothing:sum > 1")).toMatch(/rule\/dependency/);
    expect(of("absent(up == 1)")).toMatch(/alerts\/absent/);
    expect(of("max by (job) (engine_tasks) > 1", { for: "soon" })).toMatch(/alerts\/for/);
    expect(of("max by (job) (engine_tasks) > 1", { labels: {} })).toMatch(/rule\/label/);
    const description = "{{ $labels.pipeline }}";
    expect(of("max by (job) (engine_tasks) > 1", { annotations: { ...annotations, description } })).toMatch(
      /alerts\/template/,
    );
    const group = { name: "a", rules: [] };
    expect(lintRules([group, group])).toEqual(["two groups are called a"]);
  });

  test.skipIf(!has("amtool"))("have an example for Alertmanager that it takes, with routes to all", () => {
    const file = join(MIXIN, "alertmanager.yaml");
    expect(existsSync(file)).toBe(true);
    expect(spawnSync("amtool", ["check-config", file], { encoding: "utf8" }).status).toBe(0);
    const route = (...labels: readonly string[]): string =>
      spawnSync("amtool", ["config", "routes", "test", `--config.file=${file}`, ...labels], {
        encoding: "utf8",
      }).stdout.trim();
    expect(route("alertname=EngineWatchdog", "severity=none")).toBe("dead-mans-switch");
    expect(route("alertname=EnginePipelineFailing", "severity=critical", "owner=ml-engineers")).toBe("ml-page");
    expect(route("alertname=EnginePipelineFailed", "severity=warning", "owner=ml-engineers")).toBe("ml-slack");
    expect(route("alertname=EngineDown", "severity=critical")).toBe("platform-page");
    expect(route("alertname=EngineTasksStuck", "severity=warning")).toBe("platform-mail");
  });
});
