// Alerts. What they compare with is what each pipeline declares, exported as metrics; only limits on a pipeline's own metrics make
// rules of their own.
{
  local config = self._config,
  local lib = (import '../lib/rules.libsonnet')(config),
  local sel = lib.sel,
  local pipelineBoard = 'engine-pipeline?var-pipeline={{ $labels.pipeline }}',
  // Not each pipeline has an owner.
  local named = 'Pipeline {{ $labels.pipeline }}{{ if $labels.owner }} of {{ $labels.owner }}{{ end }}',

  // A pair of windows, and how fast the budget burns: long says that it matters, short that it goes on.
  local burn(severity, long, short, factor, hold) = lib.alert(
    'FreshnessBudgetBurn',
    severity,
    lib.withOwner('pipeline:engine_pipeline_stale:ratio_avg' + long + ' > ' + factor + ' * (1 - ' + config.freshnessObjective + ')\nand\npipeline:engine_pipeline_stale:ratio_avg' + short + ' > ' + factor + ' * (1 - ' + config.freshnessObjective + ')'),
    'The error budget of freshness burns too fast.',
    named + ' was stale {{ $value | humanizePercentage }} of the last ' + long + ': ' + factor + ' times what its budget bears.',
    hold,
    'engine-slo?var-pipeline={{ $labels.pipeline }}',
    { long: long, short: short }
  ),

  prometheusAlerts+:: {
    groups+: [
      {
        name: 'engine-pipelines.alerts',
        rules: [
          lib.alert(
            'PipelineFailed',
            'warning',
            lib.withOwner('sum by (job, pipeline) (increase(engine_pipeline_runs_total' + sel('state="failed"') + '[15m])) > 0'),
            'A pipeline run failed.',
            named + ' failed within the last 15 minutes.',
            board=pipelineBoard
          ),
          lib.alert(
            'PipelineFailing',
            'critical',
            lib.withOwner('max by (job, pipeline) (engine_pipeline_consecutive_failures' + sel() + ') >= ' + config.failuresInARow),
            'A pipeline keeps failing.',
            named + ' has failed {{ $value }} times in a row.',
            '5m',
            pipelineBoard
          ),
          lib.alert(
            'PipelineStale',
            'critical',
            lib.withOwner('(\n  pipeline:engine_pipeline_staleness:seconds > on (job, pipeline)\n  max by (job, pipeline) (engine_pipeline_freshness_target_seconds' + sel() + ')\n)\nunless on (job, pipeline)\nmax by (job, pipeline) (engine_pipeline_paused' + sel() + ') == 1'),
            'A pipeline is past its freshness target.',
            named + ' last succeeded {{ $value | humanizeDuration }} ago, which is longer than its slo allows.',
            '5m',
            'engine-slo?var-pipeline={{ $labels.pipeline }}'
          ),
          lib.alert(
            'PipelineNeverSucceeded',
            'warning',
            lib.withOwner('max by (job, pipeline) (engine_pipeline_freshness_target_seconds' + sel() + ') > 0\nunless on (job, pipeline)\nmax by (job, pipeline) (engine_pipeline_last_success_timestamp_seconds' + sel() + ')'),
            'A pipeline with a freshness target has never succeeded.',
            named + ' has a freshness target and no successful run.',
            '1d',
            pipelineBoard
          ),
          lib.alert(
            'PipelineSuccessRateLow',
            'warning',
            lib.withOwner('(\n  pipeline:engine_pipeline_runs_failed:ratio_increase1d > on (job, pipeline)\n  (1 - max by (job, pipeline) (engine_pipeline_slo_objective_ratio' + sel('slo="success_rate"') + '))\n)\nand on (job, pipeline)\npipeline:engine_pipeline_runs:increase1d >= 5'),
            'A pipeline fails more often than it promises.',
            '{{ $value | humanizePercentage }} of the runs of ' + 'pipeline {{ $labels.pipeline }} failed within a day, more than its slo allows.',
            '15m',
            pipelineBoard
          ),
          lib.alert(
            'PipelineMissedSchedule',
            'warning',
            lib.withOwner('time() - max by (job, pipeline) (engine_pipeline_next_run_timestamp_seconds' + sel() + ') > ' + config.missedAfterSeconds),
            'A scheduled run did not start.',
            named + ' was due {{ $value | humanizeDuration }} ago and has not started.',
            '5m',
            'engine-scheduler'
          ),
          lib.alert(
            'PipelineRunningTooLong',
            'warning',
            lib.withOwner('time() - min by (job, pipeline) (engine_pipeline_oldest_active_run_start_timestamp_seconds' + sel() + ')\n> on (job, pipeline)\nmax by (job, pipeline) (engine_pipeline_duration_limit_seconds' + sel() + ')'),
            'A run takes longer than its limit.',
            named + ' has a run that has gone on for {{ $value | humanizeDuration }}, longer than its slo allows.',
            '5m',
            pipelineBoard
          ),
          lib.alert(
            'TaskFailureRateHigh',
            'warning',
            lib.withOwner('pipeline:engine_task_runs_failed:ratio_increase15m > ' + config.taskFailureRatio),
            'Many task runs fail.',
            '{{ $value | humanizePercentage }} of the task runs of pipeline {{ $labels.pipeline }} failed within 15 minutes.',
            '10m',
            pipelineBoard
          ),
          lib.alert(
            'TaskRetryStorm',
            'warning',
            lib.withOwner('sum by (job, pipeline) (increase(engine_task_retries_total' + sel() + '[1h])) > ' + config.retriesAnHour),
            'Tasks are retried very often.',
            'Tasks of pipeline {{ $labels.pipeline }} were tried again {{ $value | humanize }} times within an hour.',
            '15m',
            pipelineBoard
          ),
          lib.alert(
            'QualityCheckFailed',
            'warning',
            lib.withOwner('min by (job, pipeline, task, check) (engine_check_last_status' + sel() + ') == 0'),
            'A data quality check fails.',
            'The check {{ $labels.check }} of task {{ $labels.task }} of pipeline {{ $labels.pipeline }} did not pass when it was last looked at.',
            '1m',
            'engine-quality?var-pipeline={{ $labels.pipeline }}'
          ),
        ],
      },
      {
        name: 'engine-freshness.alerts',
        rules: [
          burn('critical', '1h', '5m', '14.4', '2m'),
          burn('critical', '6h', '30m', '6', '15m'),
          burn('warning', '1d', '2h', '3', '1h'),
          burn('warning', '3d', '6h', '1', '3h'),
        ],
      },
      {
        name: 'engine-daemon.alerts',
        rules: [
          lib.alert(
            'Down',
            'critical',
            'absent(up' + sel() + ' == 1)',
            'No engine can be scraped.',
            'Prometheus has reached no engine for 5 minutes: nobody knows whether pipelines run.',
            '5m',
            'engine-scheduler'
          ),
          lib.alert(
            'SchedulerDown',
            'critical',
            'time() - max by (job) (engine_scheduler_heartbeat_timestamp_seconds' + sel() + ') > ' + config.heartbeatSeconds,
            'The scheduler has stopped.',
            'The engine answers, and has not turned, or its store not answered, for {{ $value | humanizeDuration }}.',
            '2m',
            'engine-scheduler'
          ),
          lib.alert(
            'SchedulerDelayHigh',
            'warning',
            'job:engine_scheduler_delay_seconds:p95_rate5m > ' + config.schedulerDelaySeconds,
            'Runs start late.',
            'One run in twenty is created more than {{ $value | humanizeDuration }} after its slot.',
            '15m',
            'engine-scheduler'
          ),
          lib.alert(
            'EventLoopLagHigh',
            'warning',
            'max by (job, instance) (nodejs_eventloop_lag_p99_seconds' + sel() + ') > ' + config.eventLoopLagSeconds,
            "The engine's process is blocked.",
            'A turn of the process on {{ $labels.instance }} waits for {{ $value | humanizeDuration }}: everything is late.',
            '10m',
            'engine-scheduler'
          ),
          lib.alert(
            'TasksStuck',
            'warning',
            'time() - min by (job, executor, pool) (engine_executor_oldest_queued_timestamp_seconds' + sel() + ') > ' + config.queuedSeconds,
            'Task runs are stuck in the queue.',
            'A task run has waited {{ $value | humanizeDuration }} for a slot of "{{ $labels.pool }}".',
            '5m',
            'engine-executors'
          ),
          lib.alert(
            'ExecutorSaturated',
            'warning',
            'executor:engine_executor_saturation:ratio > ' + config.saturationRatio + '\nand on (job, executor, pool)\nsum by (job, executor, pool) (engine_executor_queued_tasks' + sel() + ') > 0',
            'There is no free slot, and a queue.',
            '{{ $value | humanizePercentage }} of the slots of "{{ $labels.pool }}" are taken, and task runs wait.',
            '30m',
            'engine-executors'
          ),
          lib.alert(
            'TasksLost',
            'warning',
            'sum by (job, executor) (increase(engine_executor_tasks_lost_total' + sel() + '[15m])) > 0',
            'Running tasks were lost.',
            '{{ $value | humanize }} attempts vanished within 15 minutes: killed from outside, or the machine was started again.',
            board='engine-executors'
          ),
          lib.alert(
            'ConfigReloadFailed',
            'critical',
            'max by (job) (max_over_time(engine_config_last_reload_successful' + sel() + '[5m])) == 0',
            'Old versions of pipelines are in force.',
            'A file of pipelines has errors, so its last good version stays live.',
            '5m',
            'engine-gitops'
          ),
          lib.alert(
            'ConfigInvalid',
            'warning',
            'sum by (job) (engine_config_diagnostics' + sel('severity="error"') + ') > 0',
            'Files of pipelines have errors.',
            '{{ $value }} errors keep files from being live; `engine validate` shows them.',
            '5m',
            'engine-gitops'
          ),
          lib.alert(
            'GitSyncStale',
            'warning',
            // Before the first success there is no time to compare with, only failures.
            'time() - max by (job, source) (engine_gitops_last_sync_timestamp_seconds' + sel() + ') > ' + config.gitSyncSeconds + '\nor\n(\n  sum by (job, source) (increase(engine_gitops_syncs_total' + sel('result="failed"') + '[15m])) > 0\n  unless on (job, source)\n  max by (job, source) (engine_gitops_last_sync_timestamp_seconds' + sel() + ')\n)',
            'The repository was not reached.',
            '{{ $labels.source }} was not reached for longer than ' + config.gitSyncSeconds + ' seconds, or never since the engine was started.',
            '5m',
            'engine-gitops'
          ),
          lib.alert(
            'GitOutOfSync',
            'warning',
            'min by (job, source) (min_over_time(engine_gitops_out_of_sync' + sel() + '[15m])) == 1',
            'What is live differs from git.',
            'The newest commit of {{ $labels.source }} is not live: it has errors, or was rolled back.',
            '15m',
            'engine-gitops'
          ),
          lib.alert(
            'NotificationsFailing',
            'warning',
            'sum by (job, channel) (increase(engine_notifications_total' + sel('result="error"') + '[15m])) > 0',
            'Messages were not delivered.',
            '{{ $value | humanize }} messages by {{ $labels.channel }} were given up within 15 minutes.',
            board='engine-scheduler'
          ),
          lib.alert(
            'StoreErrors',
            'critical',
            'sum by (job, operation) (rate(engine_store_errors_total' + sel() + '[5m])) > 0',
            'The store fails.',
            'The operation {{ $labels.operation }} of the store fails: look at the disk first.',
            '5m',
            'engine-scheduler'
          ),
          lib.alert(
            'MetricSeriesDropped',
            'info',
            'sum by (job, metric) (increase(engine_metrics_series_dropped_total' + sel() + '[1h])) > 0',
            'Series are dropped.',
            'There are too many series of {{ $labels.metric }}, or of all together: a label with many values?',
            board='engine-scheduler'
          ),
          lib.alert(
            'Watchdog',
            'none',
            'vector(1)',
            'Always firing.',
            "A dead man's switch: whoever receives it and no longer does knows that alerting itself is broken."
          ),
        ],
      },
    ] + [
      {
        // No pipeline's name makes it the name of a group above.
        name: 'engine-pipeline-' + pipeline.name + '.alerts',
        rules: [
          local limit = std.get(alert, 'value_text', '' + alert.value);
          local side = if alert.op == '<' then 'below' else 'above';
          // Of several series of a task the worst counts.
          local worst = if alert.op == '<' then 'min' else 'max';
          lib.alert(
            'MetricOutOfRange',
            alert.severity,
            lib.withOwner(worst + ' by (job, pipeline, task) (' + alert.metric + sel('pipeline="' + pipeline.name + '"') + ') ' + alert.op + ' ' + limit),
            // What people write is no template.
            std.strReplace(std.get(alert, 'summary', alert.metric + ' is out of its range.'), '{{', '{{ "{{" }}'),
            alert.metric + ' of pipeline {{ $labels.pipeline }} is {{ $value }}, which is ' + side + ' ' + limit + '.',
            std.get(alert, 'for', '1m'),
            pipelineBoard,
            // They tell alerts apart: pipelines may have metrics of one name, and a metric two limits.
            { metric: alert.metric, pipeline: pipeline.name, limit: side + ' ' + limit } + (if std.objectHas(alert, 'channel') then { channel: alert.channel } else {})
          )
          for alert in pipeline.alerts
        ],
      }
      for pipeline in config.pipelines
      if pipeline.alerts != []
    ],
  },
}
