// Recording rules. Their number doesn't grow with the pipelines: what a pipeline promises is a metric of its own.
{
  local config = self._config,
  local lib = (import '../lib/rules.libsonnet')(config),
  local sel = lib.sel,
  local average(window, of, over) = lib.record(
    'pipeline:engine_pipeline_stale:ratio_avg' + window,
    'avg_over_time(' + of + '[' + over + '])'
  ),

  prometheusRules+:: {
    groups+: [
      {
        name: 'engine-freshness.rules',
        rules: [
          lib.record(
            'pipeline:engine_pipeline_staleness:seconds',
            'time() - max by (job, pipeline) (engine_pipeline_last_success_timestamp_seconds' + sel() + ')'
          ),
          // While a pipeline is paused there is none: nobody promises anything.
          lib.record(
            'pipeline:engine_pipeline_stale:bool',
            '(\n  pipeline:engine_pipeline_staleness:seconds > bool on (job, pipeline)\n  max by (job, pipeline) (engine_pipeline_freshness_target_seconds' + sel() + ')\n)\nunless on (job, pipeline)\nmax by (job, pipeline) (engine_pipeline_paused' + sel() + ') == 1'
          ),
          average('5m', 'pipeline:engine_pipeline_stale:bool', '5m'),
          average('30m', 'pipeline:engine_pipeline_stale:bool', '30m'),
          average('1h', 'pipeline:engine_pipeline_stale:bool', '1h'),
          average('2h', 'pipeline:engine_pipeline_stale:bool', '2h'),
          // Longer windows average the averages: the raw samples of a month would be too many.
          average('6h', 'pipeline:engine_pipeline_stale:ratio_avg5m', '6h'),
          average('1d', 'pipeline:engine_pipeline_stale:ratio_avg5m', '1d'),
          average('3d', 'pipeline:engine_pipeline_stale:ratio_avg1h', '3d'),
          average('30d', 'pipeline:engine_pipeline_stale:ratio_avg1h', '30d'),
          lib.record(
            'pipeline:engine_pipeline_error_budget_remaining:ratio',
            '1 - pipeline:engine_pipeline_stale:ratio_avg30d / (1 - ' + config.freshnessObjective + ')'
          ),
        ],
      },
      {
        name: 'engine-runs.rules',
        rules: [
          lib.record(
            'pipeline:engine_pipeline_runs:increase1d',
            'sum by (job, pipeline) (increase(engine_pipeline_runs_total' + sel('state=~"success|failed"') + '[1d]))'
          ),
          lib.record(
            'pipeline:engine_pipeline_runs_failed:ratio_increase1d',
            'sum by (job, pipeline) (increase(engine_pipeline_runs_total' + sel('state="failed"') + '[1d]))\n/\n(pipeline:engine_pipeline_runs:increase1d > 0)'
          ),
          lib.record(
            'pipeline:engine_task_runs_failed:ratio_increase15m',
            'sum by (job, pipeline) (increase(engine_task_runs_total' + sel('state="failed"') + '[15m]))\n/\n(sum by (job, pipeline) (increase(engine_task_runs_total' + sel('state=~"success|failed"') + '[15m])) >= ' + config.taskFailuresAtLeast + ')'
          ),
        ],
      },
      {
        name: 'engine-daemon.rules',
        rules: [
          lib.record(
            'executor:engine_executor_saturation:ratio',
            'sum by (job, executor, pool) (engine_executor_slots_used' + sel() + ')\n/\nsum by (job, executor, pool) (engine_executor_slots' + sel() + ')'
          ),
          lib.record(
            'job:engine_scheduler_delay_seconds:p95_rate5m',
            'histogram_quantile(0.95, sum by (job, le) (rate(engine_scheduler_delay_seconds_bucket' + sel() + '[5m])))'
          ),
        ],
      },
    ],
  },
}
