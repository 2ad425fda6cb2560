function(config, lib)
  local sel(more='') = lib.sel('pipeline=~"$pipeline", task=~"$task"' + (if more == '' then '' else ', ' + more));
  lib.dashboard('engine-task', 'Task', 'A task, over all its runs.', [
    [4, [
      lib.stat(
        'Success rate',
        'The share of task runs in the range that succeeded.',
        [lib.target('sum(increase(engine_task_runs_total' + sel('state="success"') + '[$__range])) / (sum(increase(engine_task_runs_total' + sel('state=~"success|failed"') + '[$__range])) > 0)', instant=true)],
        'percentunit',
        lib.falling(0.95, 0.9)
      ),
      lib.stat(
        'Task runs',
        'Task runs that ended in the range, skipped ones left out.',
        [lib.target('sum(increase(engine_task_runs_total' + sel('state=~"success|failed"') + '[$__range]))', instant=true)],
        decimals=0
      ),
      lib.stat(
        'Retries',
        'Attempts in the range that followed one that failed or was lost.',
        [lib.target('sum(increase(engine_task_retries_total' + sel() + '[$__range]))', instant=true)],
        thresholds=lib.rising(1, 20),
        decimals=0
      ),
      lib.stat(
        'Mean duration',
        'Of the task runs that ended in the range.',
        [lib.target('sum(increase(engine_task_duration_seconds_sum' + sel() + '[$__range])) / (sum(increase(engine_task_duration_seconds_count' + sel() + '[$__range])) > 0)', instant=true)],
        's'
      ),
    ]],
    [8, [
      lib.series(
        'Duration',
        'Of the task run that ended last.',
        [lib.target('max by (pipeline, task) (engine_task_last_duration_seconds' + sel() + ')', '{{pipeline}} {{task}}')],
        's'
      ) + lib.linkTo('Open its runs', '/runs?pipeline=${__field.labels.pipeline}'),
      lib.series(
        'Task runs by state',
        'Task runs that ended.',
        [lib.target('sum by (state) (increase(engine_task_runs_total' + sel() + '[$__rate_interval]))', '{{state}}')],
        stack=true,
        bars=true
      ) + lib.byState(),
    ]],
    [8, [
      lib.series(
        'Mean duration',
        'Over time, by task.',
        [lib.target('sum by (task) (rate(engine_task_duration_seconds_sum' + sel() + '[$__rate_interval])) / (sum by (task) (rate(engine_task_duration_seconds_count' + sel() + '[$__rate_interval])) > 0)', '{{task}}')],
        's'
      ),
      lib.series(
        'Retries by task',
        'Attempts that followed one that failed or was lost.',
        [lib.target('sum by (task) (increase(engine_task_retries_total' + sel() + '[$__rate_interval]))', '{{task}}')],
        stack=true,
        bars=true
      ),
    ]],
    [8, [
      lib.series(
        'Processors',
        'How many processors its processes kept busy, on average: told when an attempt ends.',
        [lib.target('sum by (task) (rate(engine_task_cpu_seconds_total' + sel() + '[$__rate_interval]))', '{{task}}')]
      ),
      lib.series(
        'Memory',
        'The most that the processes of the last attempt had, of those that lived for a second.',
        [lib.target('max by (task) (engine_task_memory_peak_bytes' + sel() + ')', '{{task}}')],
        'bytes'
      ),
    ]],
  ], [lib.variables.pipeline, lib.variables.task])
