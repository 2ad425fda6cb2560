function(config, lib)
  local sel = lib.sel;
  local toPipeline = lib.linkToBoard('Show the pipeline', 'pipeline') + lib.linkTo('Open the pipeline', '/pipelines/${__field.labels.pipeline}');
  lib.dashboard('engine-overview', 'Overview', 'How all pipelines do.', [
    [4, [
      lib.stat(
        'Success rate',
        'The share of runs in the range that succeeded; none where no run ended.',
        [lib.target('sum(increase(engine_pipeline_runs_total' + sel('state="success"') + '[$__range])) / (sum(increase(engine_pipeline_runs_total' + sel('state=~"success|failed"') + '[$__range])) > 0)', instant=true)],
        'percentunit',
        lib.falling(0.95, 0.9)
      ),
      lib.stat(
        'Runs',
        'Runs that ended in the range.',
        [lib.target('sum(increase(engine_pipeline_runs_total' + sel() + '[$__range]))', instant=true)],
        decimals=0
      ),
      lib.stat(
        'Failed task runs',
        'Task runs that failed in the range.',
        [lib.target('sum(increase(engine_task_runs_total' + sel('state="failed"') + '[$__range]))', instant=true)],
        thresholds=lib.rising(1, 10),
        decimals=0
      ),
      lib.stat(
        'Mean task duration',
        'Of the task runs that ended in the range.',
        [lib.target('sum(increase(engine_task_duration_seconds_sum' + sel() + '[$__range])) / (sum(increase(engine_task_duration_seconds_count' + sel() + '[$__range])) > 0)', instant=true)],
        's'
      ),
      lib.stat(
        'Waiting for a slot',
        'Task runs that wait for a free slot now.',
        [lib.target('sum(engine_executor_queued_tasks' + sel('pool=""') + ')')],
        thresholds=lib.rising(20, 100)
      ),
      lib.stat(
        'Files with errors',
        'Their last good version stays live; engine validate says what is wrong.',
        [lib.target('sum(engine_pipelines' + sel('status="invalid"') + ')')],
        thresholds=lib.rising(1, 1)
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
        'Failed task runs by pipeline',
        'Where it fails.',
        [lib.target('sum by (pipeline) (increase(engine_task_runs_total' + sel('state="failed"') + '[$__rate_interval])) > 0', '{{pipeline}}')],
        stack=true,
        bars=true
      ) + toPipeline,
    ]],
    [8, [
      lib.series(
        'Run duration by pipeline',
        'Of the run that ended last.',
        [lib.target('max by (pipeline) (engine_pipeline_last_run_duration_seconds' + sel() + ')', '{{pipeline}}')],
        's'
      ) + toPipeline,
      lib.series(
        'Queue',
        'Task runs that wait for a slot, and those that hold one.',
        [
          lib.target('sum(engine_executor_queued_tasks' + sel('pool=""') + ')', 'queued'),
          lib.target('sum(engine_executor_running_tasks' + sel('pool=""') + ')', 'running'),
          lib.target('sum(engine_executor_slots' + sel('pool=""') + ')', 'slots'),
        ]
      ) + lib.byState(),
    ]],
    [8, [
      lib.bars(
        'Task runs by pipeline',
        'Task runs that succeeded in the range: the busiest pipelines.',
        [lib.target('topk(15, sum by (pipeline) (increase(engine_task_runs_total' + sel('state="success"') + '[$__range])))', '{{pipeline}}', instant=true)]
      ) + toPipeline,
      lib.bars(
        'Failures in a row',
        'Runs that failed since the last success.',
        [lib.target('max by (pipeline) (engine_pipeline_consecutive_failures' + sel() + ') > 0', '{{pipeline}}', instant=true)],
        thresholds=lib.rising(1, 3)
      ) + toPipeline,
    ]],
    [6, [
      lib.table('Firing alerts', 'Of this engine and its pipelines; only Alertmanager knows that there is no engine.', 'alertname', [
        ['Firing', lib.target('count by (alertname, severity, pipeline, owner, tier) (ALERTS' + lib.recorded('alertname=~"Engine.+", alertstate="firing"') + ')')],
      ]),
    ]],
    [9, [
      lib.table('Pipelines', 'How each stands.', 'pipeline', [
        ['Last run succeeded', lib.target('max by (pipeline) (engine_pipeline_last_run_status' + sel() + ')')],
        ['Last success', lib.target('max by (pipeline) (time() - engine_pipeline_last_success_timestamp_seconds' + sel() + ')')],
        ['Last duration', lib.target('max by (pipeline) (engine_pipeline_last_run_duration_seconds' + sel() + ')')],
        ['Next run', lib.target('min by (pipeline) (engine_pipeline_next_run_timestamp_seconds' + sel() + ' - time())')],
        ['Failures in a row', lib.target('max by (pipeline) (engine_pipeline_consecutive_failures' + sel() + ')')],
        ['Paused', lib.target('max by (pipeline) (engine_pipeline_paused' + sel() + ')')],
      ], { 'Last run succeeded': 'bool_yes_no', 'Last success': 's', 'Last duration': 's', 'Next run': 's', Paused: 'bool_yes_no' }),
    ]],
  ])
