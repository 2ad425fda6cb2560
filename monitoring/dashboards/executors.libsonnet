function(config, lib)
  local sel = lib.sel;
  lib.dashboard('engine-executors', 'Executors and pools', 'Slots, and who waits for them. The empty pool is the concurrency over all.', [
    [8, [
      lib.series(
        'Slots in use',
        'The share of slots that is taken, by pool.',
        [lib.target('sum by (executor, pool) (engine_executor_slots_used' + sel() + ') / sum by (executor, pool) (engine_executor_slots' + sel() + ')', '{{executor}} {{pool}}')],
        'percentunit'
      ),
      lib.series(
        'Waiting for a slot',
        'Task runs, by pool.',
        [lib.target('sum by (executor, pool) (engine_executor_queued_tasks' + sel() + ')', '{{executor}} {{pool}}')]
      ),
    ]],
    [8, [
      lib.series(
        'Task runs that have not ended',
        'By state.',
        [lib.target('sum by (state) (engine_tasks' + sel() + ')', '{{state}}')],
        stack=true
      ) + lib.byState(),
      lib.series(
        'Running',
        'Task runs that hold a slot, by pool.',
        [lib.target('sum by (executor, pool) (engine_executor_running_tasks' + sel() + ')', '{{executor}} {{pool}}')]
      ),
    ]],
    [8, [
      lib.series(
        'Time in the queue',
        'From when a task run was ready to its start, the 95th percentile, by pool.',
        [lib.target('histogram_quantile(0.95, sum by (le, executor, pool) (rate(engine_task_queue_duration_seconds_bucket' + sel() + '[$__rate_interval])))', '{{executor}} {{pool}}')],
        's'
      ),
      lib.series(
        'Longest wait now',
        'Since when the first of those that wait has waited, by pool.',
        [lib.target('time() - min by (executor, pool) (engine_executor_oldest_queued_timestamp_seconds' + sel() + ')', '{{executor}} {{pool}}')],
        's'
      ),
      lib.series(
        'Lost',
        'Attempts whose process vanished.',
        [lib.target('sum by (executor) (increase(engine_executor_tasks_lost_total' + sel() + '[$__rate_interval]))', '{{executor}}')],
        bars=true
      ),
    ]],
  ])
