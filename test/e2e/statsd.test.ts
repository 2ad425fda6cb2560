import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aFolder, startEngine } from "../support/engine-process.ts";
import { freePort, started } from "../support/monitoring/programs.ts";
import { until } from "../support/until.ts";

/*
 * A real daemon under Airflow's names, and a real statsd_exporter with mappings as sites of Airflow have them. No distribution
 * has that program: `go install github.com/prometheus/statsd_exporter@latest` does. Where it isn't, other tests read the packets.
 */

const EXPORTER = "statsd_exporter";

const MAPPINGS = `mappings:
  - { match: airflow.dagrun.duration.success.*, name: airflow_dagrun_duration_success, labels: { dag_id: "$1" } }
  - { match: airflow.ti.finish.*.*.*, name: airflow_ti_finish, labels: { dag_id: "$1", task_id: "$2", state: "$3" } }
  - { match: airflow.dag.*.*.duration, name: airflow_task_duration, labels: { dag_id: "$1", task_id: "$2" } }
  - { match: airflow.pool.open_slots.*, name: airflow_pool_open_slots, labels: { pool: "$1" } }
  - match: "airflow\\\\.operator_successes_(.*)"
    match_type: regex
    name: airflow_operator_successes
    labels: { operator: "$1" }
`;

test.skipIf(spawnSync(EXPORTER, ["--version"]).error !== undefined)(
  "mappings of statsd_exporter that were made for Airflow find their metrics",
  { timeout: 60_000 },
  async () => {
    const [statsd, web] = [await freePort(), await freePort()];
    const cwd = aFolder({
      "engine.yaml": `pools: { gpu: 3 }
metrics: { statsd: { host: 127.0.0.1, port: ${statsd}, names: airflow } }
`,
      "pipelines/daily.yaml": 'schedule: "* * * * * *"\ntasks:\n  load: { bash: "true", pool: gpu }\n',
      "mappings.yaml": MAPPINGS,
    });
    const args = [
      `--statsd.listen-udp=127.0.0.1:${statsd}`,
      "--statsd.listen-tcp=",
      `--web.listen-address=127.0.0.1:${web}`,
      `--statsd.mapping-config=${join(cwd, "mappings.yaml")}`,
    ];
    await started(EXPORTER, args, cwd, /Listening on|Accepting/i);
    startEngine(["serve"], { cwd });
    const wanted = [
      'airflow_dagrun_duration_success_count{dag_id="daily"}',
      'airflow_ti_finish{dag_id="daily",state="success",task_id="load"}',
      'airflow_task_duration_count{dag_id="daily",task_id="load"}',
      'airflow_operator_successes{operator="BashOperator"}',
      'airflow_pool_open_slots{pool="gpu"}',
      "airflow_ti_successes ",
      "airflow_scheduler_heartbeat ",
    ];
    let body = "";
    await until("every metric is there", async () => {
      body = await (await fetch(`http://127.0.0.1:${web}/metrics`)).text();
      return wanted.every((series) => body.includes(`\n${series}`));
    });
    expect(body).toContain("\nstatsd_exporter_tag_errors_total 0\n");
  },
);
