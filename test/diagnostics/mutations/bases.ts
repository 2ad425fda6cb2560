import { chosen, type Value } from "./render.ts";

/** A pipeline that the checks have nothing to say about: what is broken in it is broken on purpose. */
export type Tree = { [key: string]: Value };

export const BASES: Readonly<Record<string, Tree>> = {
  /** The least there is. */
  tiny: { tasks: { hello: { bash: 'echo "hello"' } } },
  /** By the clock, with outputs that are read, and a limit for everything. */
  nightly: {
    name: "nightly_orders",
    description: "Loads the orders of the day",
    owner: "data-platform",
    tags: ["orders", "nightly"],
    schedule: { cron: "15 5 * * *", timezone: "Europe/Berlin", start: "2026-01-10", catchup: "latest", jitter: "30s" },
    max_active_runs: 1,
    overlap: "queue",
    timeout: "6h",
    params: {
      dataset: { type: "string", enum: ["small", "full"], default: "small" },
      limit: { type: "integer", default: 100, minimum: 1 },
      regions: ["de", "fr"],
    },
    env: { LOG_LEVEL: "info", API_TOKEN: "${{ secrets.API_TOKEN }}" },
    defaults: { retries: { count: 2, delay: "30s", backoff: "exponential", max_delay: "5m" }, timeout: "30m" },
    tasks: {
      extract: {
        doc: "Fetches the rows.",
        bash: "./extract.sh --dataset ${{ params.dataset }} --day ${{ ds }}\necho rows=120 >> $ENGINE_OUTPUT\n",
        outputs: { rows: "integer", path: { type: "string", minLength: 1 } },
      },
      check_rows: {
        needs: "extract",
        if: "${{ tasks.extract.outputs.rows > 0 }}",
        bash: "./check.sh ${{ tasks.extract.outputs.path }}",
      },
      load: {
        needs: ["extract", "check_rows"],
        bash: { script: "./load.sh ${{ tasks.extract.outputs.path }}", skip_exit_code: 3 },
        env: { LIMIT: "${{ params.limit }}" },
        retries: 1,
        timeout: "20m",
        cwd: "training",
      },
      report: { needs: ["load"], trigger_rule: "all_done", bash: "./report.sh ${{ tasks.load.state }}" },
    },
    on_failure: [{ slack: { connection: "alerts", text: "The orders failed" } }],
    slo: { success_rate: "99%", max_duration: "5h", freshness: "40h" },
  },
  /** A branch and its join, a pool, and metrics. */
  training: {
    description: "Trains a model and deploys it when it is good enough",
    params: {
      epochs: 10,
      threshold: { type: "number", default: 0.9 },
      region: { type: "string", enum: ["eu", "us"], default: "eu" },
    },
    timeout: "8h",
    tasks: {
      prepare: { bash: "./prepare.sh", outputs: { shards: "array" } },
      train: {
        needs: "prepare",
        for_each: "${{ tasks.prepare.outputs.shards }}",
        max_parallel: 2,
        bash: "./train.sh --epochs ${{ params.epochs }} --shard ${{ item }}",
        pool: "gpu",
        pool_slots: 2,
        outputs: { accuracy: "number" },
        metrics: {
          model_accuracy_ratio: {
            type: "gauge",
            help: "Share that is right",
            value: "${{ outputs.accuracy }}",
            labels: { region: "${{ params.region }}" },
          },
        },
      },
      evaluate: { needs: "train", bash: "./evaluate.sh", outputs: { accuracy: "number" } },
      choose: {
        needs: "evaluate",
        branch: [chosen("${{ tasks.evaluate.outputs.accuracy >= params.threshold }}", "deploy"), { else: "notify" }],
      },
      deploy: { needs: "choose", bash: "./deploy.sh", env: { TOKEN: "${{ secrets.API_TOKEN }}" } },
      smoke_test: { needs: "deploy", bash: "./smoke.sh" },
      notify: { needs: "choose", bash: './notify.sh "too low"' },
      end: { needs: ["smoke_test", "notify"], trigger_rule: "none_failed_min_one_success", noop: {} },
    },
  },
  /** After others, with items and conditions. */
  "fan-out": {
    schedule: { after: ["ingest", "features"] },
    timeout: "2h",
    env: { WORKERS: 4 },
    tasks: {
      "count-words": {
        for_each: ["a.txt", "b.txt", "c.txt"],
        bash: "wc -w ${{ item }}",
        retries: { count: 2, delay: "10s", if: "${{ exit_code != 2 }}" },
        outputs: { words: "integer" },
      },
      sum: {
        needs: ["count-words"],
        bash: 'echo "${{ size(tasks["count-words"].outputs.words) }}"\n',
        on_failure: [{ webhook: { url: "https://example.com/hook" } }],
      },
      mark: { needs: "sum", if: "run.trigger != 'backfill'", noop: {} },
    },
  },
};
