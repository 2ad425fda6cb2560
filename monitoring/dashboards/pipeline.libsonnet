function(config, lib)
  local sel(more='') = lib.sel('pipeline=~"$pipeline"' + (if more == '' then '' else ', ' + more));
  lib.dashboard('engine-pipeline', 'Pipeline', 'One pipeline, or several beside each other.', [
    [4, [
      lib.stat(
        'Last run',
        'Whether the run that ended last succeeded.',
        [lib.target('min(engine_pipeline_last_run_status' + sel() + ')')],
        'bool_yes_no',
        lib.falling(1, 0.5)
      ),
      lib.stat(
        'Last success',
        'How long ago a run last succeeded.',
        [lib.target('time() - min(engine_pipeline_last_success_timestamp_seconds' + sel() + ')')],
        's'
      ),
      lib.stat(
        'Next run',
        'How soon the next one is due.',
        [lib.target('min(engine_pipeline_next_run_timestamp_seconds' + sel() + ') - time()')],
        's'
      ),
      lib.stat(
        'Failures in a row',
        'Runs that failed since the last success.',
        [lib.target('max(engine_pipeline_consecutive_failures' + sel() + ')')],
        thresholds=lib.rising(1, 3)
      ),
      lib.stat(
        'Active runs',
        'Runs that have not ended, queued ones included.',
        [lib.target('sum(engine_pipeline_runs_active' + sel() + ')')]
      ),
      lib.stat(
        'Success rate',
        'The share of runs in the range that succeeded.',
        [lib.target('sum(increase(engine_pipeline_runs_total' + sel('state="success"') + '[$__range])) / (sum(increase(engine_pipeline_runs_total' + sel('state=~"success|failed"') + '[$__range])) > 0)', instant=true)],
        'percentunit',
        lib.falling(0.95, 0.9)
      ),
    ]],
    [8, [
      lib.series(
        'Run duration',
        'Of the run that ended last, and the limit that `slo` declares.',
        [
          lib.target('max by (pipeline) (engine_pipeline_last_run_duration_seconds' + sel() + ')', '{{pipeline}}'),
          lib.target('max by (pipeline) (engine_pipeline_duration_limit_seconds' + sel() + ')', '{{pipeline}} limit'),
        ],
        's'
      ) + lib.linkTo('Open its runs', '/runs?pipeline=${__field.labels.pipeline}'),
      lib.heatmap(
        'Durations',
        'How long runs took; exemplars name the run.',
        'sum by (le) (increase(engine_pipeline_run_duration_seconds_bucket' + sel() + '[$__rate_interval]))'
      ),
    ]],
    [8, [
      lib.series(
        'Runs by state',
        'Runs that ended.',
        [lib.target('sum by (state) (increase(engine_pipeline_runs_total' + sel() + '[$__rate_interval]))', '{{state}}')],
        stack=true,
        bars=true
      ) + lib.byState(),
      lib.series(
        'Runs started by',
        'What made runs.',
        [lib.target('sum by (trigger) (increase(engine_pipeline_runs_started_total' + sel() + '[$__rate_interval]))', '{{trigger}}')],
        stack=true,
        bars=true
      ),
    ]],
    [8, [
      lib.bars(
        'Task runs',
        'Task runs by state in the range.',
        [lib.target('sum by (task, state) (increase(engine_task_runs_total' + sel() + '[$__range])) > 0', '{{task}} {{state}}', instant=true)]
      ) + lib.failuresRed() + lib.linkToBoard('Show the task', 'task'),
      lib.bars(
        'Task duration',
        'Of the task run that ended last.',
        [lib.target('max by (task) (engine_task_last_duration_seconds' + sel() + ')', '{{task}}', instant=true)],
        's'
      ) + lib.linkToBoard('Show the task', 'task'),
    ]],
    [8, [
      lib.series(
        'Retries',
        'Attempts that followed one that failed or was lost.',
        [lib.target('sum by (task) (increase(engine_task_retries_total' + sel() + '[$__rate_interval])) > 0', '{{task}}')],
        stack=true,
        bars=true
      ),
      lib.series(
        'Slots without a run',
        'Slots of the schedule that got none, by reason.',
        [lib.target('sum by (reason) (increase(engine_pipeline_missed_schedules_total' + sel() + '[$__rate_interval]))', '{{reason}}')],
        stack=true,
        bars=true
      ),
    ]],
  ], [lib.variables.pipeline])
