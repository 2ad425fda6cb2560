import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, runEngine, startEngine } from "../support/engine-process.ts";
import { httpServer } from "../support/http-server.ts";
import { type Dashboard, filledIn, has } from "../support/monitoring/mixin.ts";
import { freePort, started } from "../support/monitoring/programs.ts";

/*
 * A real daemon, a real Prometheus that scrapes it and has its rules, and a real Alertmanager: what the boards ask for is there, and
 * a run that fails is told.
 */

const bin = builtCli();

const ENGINE_YAML = `metrics: { airflow_names: true }
pools: { narrow: 1 }
`;
const WORKS = `schedule: "* * * * * *"
owner: data
slo: { freshness: 1h, max_duration: 10m, success_rate: 99% }
alerts: [{ metric: rows_loaded, below: 1000, for: 1s, summary: "Few {{ rows }}." }]
tasks:
  load:
    bash: echo rows=7 >> "$ENGINE_OUTPUT"
    outputs: { rows: integer }
    checks: { row_count: { value: "\${{ outputs.rows }}", min: 1 } }
    metrics:
      rows_loaded: { type: gauge, help: Rows that were loaded, value: "\${{ outputs.rows }}" }
  store: { needs: load, bash: "true", pool: narrow }
`;
const FAILS = `schedule: "*/2 * * * * *"
owner: ml
tasks:
  train: { bash: "exit 3", retries: { count: 1, delay: 0s } }
on_failure:
  - webhook: { url: "http://127.0.0.1:9/" }
`;

/** Expressions that guides to Airflow print for panels and alerts, with their thresholds left out: each has to find its series. */
const AIRFLOW_EXPRESSIONS = [
  "airflow_dagrun_duration_seconds_sum / airflow_dagrun_duration_seconds_count",
  "rate(airflow_ti_failures_total[5m])",
  "rate(airflow_ti_successes_total[5m]) / (rate(airflow_ti_successes_total[5m]) + rate(airflow_ti_failures_total[5m]))",
  "airflow_executor_running_tasks",
  "airflow_executor_queued_tasks",
  "airflow_scheduler_heartbeat",
  "airflow_dag_processing_total_parse_time_seconds",
  "sum(rate(airflow_dagrun_duration_success_total[1h])) / sum(rate(airflow_dagrun_duration_total[1h])) * 100",
  "avg(airflow_task_duration_seconds_sum / airflow_task_duration_seconds_count)",
  "sum by (dag_id) (rate(airflow_ti_failures_total[5m]))",
  "sum by (dag_id) (rate(airflow_dagrun_duration_seconds_sum[5m]) / rate(airflow_dagrun_duration_seconds_count[5m]))",
  "time() - airflow_scheduler_heartbeat",
  "sum by (dag_id) (increase(airflow_ti_successes_total[1h]))",
  "increase(airflow_dagrun_duration_failed_total[15m]) > 0",
  "sum(rate(airflow_ti_failures_total[5m])) / sum(rate(airflow_ti_total[5m])) > 0.1",
  "time() - airflow_scheduler_heartbeat > bool 300",
  "airflow_executor_queued_tasks > bool 100",
  "airflow_dagrun_duration_seconds_sum / airflow_dagrun_duration_seconds_count > bool 7200",
];

/** Panels that are empty while nothing of the kind has happened, by board and title: nobody follows a repository here, nothing waits, and no process lives for a second. */
const EMPTY_HERE =
  /gitops.*(Last look at git|Behind git|Commits|Looks at git|Time of a look at git)|Longest wait now|engine-task.*Memory|Retries|Store errors|pipeline-fails.*Last success/;

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly unknown[] };
}

describe.skipIf(!has("prometheus") || !has("prometheus-alertmanager") || !has("jsonnet"))("monitoring", () => {
  test("what is generated finds its series, and a failure reaches whom it concerns", { timeout: 120_000 }, async () => {
    const cwd = aFolder({ "engine.yaml": ENGINE_YAML, "pipelines/works.yaml": WORKS, "pipelines/fails.yaml": FAILS });
    const port = await freePort();
    const env = { ENGINE_SERVER: JSON.stringify({ listen: `127.0.0.1:${port}` }) };
    const engine = (...args: readonly string[]) => runEngine(args, { cwd, bin, env });
    expect(await engine("monitoring", "generate", "--pipeline-boards")).toMatchObject({ code: 0, stderr: "" });
    const scrape = parse((await engine("monitoring", "scrape-config")).stdout) as { scrape_configs: readonly object[] };

    // The receiver answers nothing: what it was sent is what counts.
    let told: (alert: Record<string, string>) => void = () => {};
    const failure = new Promise<Record<string, string>>((resolve) => {
      told = resolve;
    });
    const receiver = await httpServer((request, response) => {
      response.end();
      const { alerts } = JSON.parse(request.body) as { alerts: readonly { labels: Record<string, string> }[] };
      for (const { labels } of alerts) if (labels.alertname === "EnginePipelineFailed") told(labels);
    });
    const [alertmanager, prometheus] = [await freePort(), await freePort()];
    writeFileSync(
      join(cwd, "alertmanager.yaml"),
      stringify({
        route: { receiver: "test", group_by: ["..."], group_wait: "0s" },
        receivers: [{ name: "test", webhook_configs: [{ url: receiver.url }] }],
      }),
    );
    writeFileSync(
      join(cwd, "prometheus.yaml"),
      stringify({
        global: { scrape_interval: "1s", evaluation_interval: "1s" },
        rule_files: ["monitoring/generated/rules/engine.rules.yaml"],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager}`] }] }] },
        scrape_configs: scrape.scrape_configs.map((job) => ({ ...job, scrape_interval: "1s" })),
      }),
    );
    const daemon = startEngine(["serve"], { cwd, bin, env });
    await daemon.prints("engine serves");
    const local = `127.0.0.1:${alertmanager}`;
    await started(
      "prometheus-alertmanager",
      [
        "--config.file=alertmanager.yaml",
        "--storage.path=am",
        `--web.listen-address=${local}`,
        "--cluster.listen-address=",
      ],
      cwd,
      /Listening|address=/,
    );
    const prom = `127.0.0.1:${prometheus}`;
    await started(
      "prometheus",
      ["--config.file=prometheus.yaml", "--storage.tsdb.path=tsdb", `--web.listen-address=${prom}`],
      cwd,
      /ready to receive web requests/,
    );

    expect(await failure).toMatchObject({ pipeline: "fails", owner: "ml", severity: "warning" });
    // A few more scrapes, and all that happens here has happened.
    await daemon.prints(/("pipeline":"works","state":"success"[\s\S]*){12}/);

    const ask = async (query: string): Promise<Answer> => {
      const url = `http://${prom}/api/v1/query?${new URLSearchParams({ query })}`;
      return (await (await fetch(url)).json()) as Answer;
    };
    const problems: string[] = [];
    const boards = JSON.parse(readFileSync(join(cwd, "monitoring/generated/engine-monitoring.json"), "utf8"))
      .files as string[];
    let queries = 0;
    for (const file of boards.filter((name) => name.startsWith("dashboards/"))) {
      const board = JSON.parse(readFileSync(join(cwd, "monitoring/generated", file), "utf8")) as Dashboard;
      for (const { title, targets = [] } of board.panels) {
        for (const { expr } of targets) {
          const { status, error, data } = await ask(filledIn(expr));
          queries += 1;
          if (status !== "success") problems.push(`${file} ${title}: ${error}`);
          else if (data?.result.length === 0 && !EMPTY_HERE.test(`${file} ${title}`))
            problems.push(`${file} ${title} is empty: ${expr}`);
        }
      }
    }
    expect(problems).toEqual([]);
    expect(queries).toBeGreaterThan(80);
    for (const expr of AIRFLOW_EXPRESSIONS) {
      const { status, data } = await ask(expr);
      expect([expr, status, data?.result.length === 0]).toEqual([expr, "success", false]);
    }
    expect((await ask('rows_loaded{pipeline="works", task="load"} == 7')).data?.result).toHaveLength(1);
    const rules = (await (await fetch(`http://${prom}/api/v1/rules`)).json()) as {
      data: { groups: readonly { rules: readonly { name: string; health: string; lastError?: string }[] }[] };
    };
    const unwell = rules.data.groups.flatMap((group) => group.rules.filter(({ health }) => health !== "ok"));
    expect(unwell.map(({ name, lastError }) => `${name}: ${lastError}`)).toEqual([]);
  });
});
