function(config, lib)
  local sel = lib.sel;
  local quantile(q, metric, more='') = 'histogram_quantile(' + q + ', sum by (le) (rate(' + metric + '_bucket' + sel(more) + '[$__rate_interval])))';
  lib.dashboard('engine-scheduler', 'Scheduler', 'The daemon itself: whether it turns, how late runs start, its store and its API.', [
    [4, [
      lib.stat(
        'Heartbeat',
        'How long ago the daemon last turned and its store answered.',
        [lib.target('time() - max(engine_scheduler_heartbeat_timestamp_seconds' + sel() + ')')],
        's',
        lib.rising(30, 60)
      ),
      lib.stat(
        'Start delay',
        'From a slot to its run, the 95th percentile.',
        [lib.target(quantile('0.95', 'engine_scheduler_delay_seconds'))],
        's',
        lib.rising(5, 30)
      ),
      lib.stat(
        'Slots without a run',
        'Slots in the range that got none.',
        [lib.target('sum(increase(engine_pipeline_missed_schedules_total' + sel() + '[$__range]))', instant=true)],
        thresholds=lib.rising(1, 10),
        decimals=0
      ),
      lib.stat(
        'Store',
        'Size of its file.',
        [lib.target('sum(engine_store_size_bytes' + sel() + ')')],
        'bytes'
      ),
      lib.stat(
        'Version',
        'Of the engine that is scraped.',
        [lib.target('max by (version) (engine_build_info' + sel() + ')', '{{version}}')]
      ) { options+: { textMode: 'name', graphMode: 'none' } },
      lib.stat(
        'Series',
        'That the daemon exports; more than its bound are dropped.',
        [lib.target('sum(engine_metrics_series' + sel() + ')')]
      ),
    ]],
    [8, [
      lib.series(
        'Start delay',
        'From a slot, jitter included, to its run.',
        [
          lib.target(quantile('0.5', 'engine_scheduler_delay_seconds'), 'half'),
          lib.target(quantile('0.95', 'engine_scheduler_delay_seconds'), '95 %'),
          lib.target(quantile('0.99', 'engine_scheduler_delay_seconds'), '99 %'),
        ],
        's'
      ),
      lib.series(
        'Slots without a run',
        'By reason.',
        [lib.target('sum by (reason) (increase(engine_pipeline_missed_schedules_total' + sel() + '[$__rate_interval]))', '{{reason}}')],
        stack=true,
        bars=true
      ),
    ]],
    [8, [
      lib.series(
        'Runs created',
        'By what made them.',
        [lib.target('sum by (trigger) (increase(engine_pipeline_runs_started_total' + sel() + '[$__rate_interval]))', '{{trigger}}')],
        stack=true,
        bars=true
      ),
      lib.series(
        'Event loop',
        'How long a turn of the process waits: long turns make everything late.',
        [
          lib.target('max(nodejs_eventloop_lag_p50_seconds' + sel() + ')', 'half'),
          lib.target('max(nodejs_eventloop_lag_p99_seconds' + sel() + ')', '99 %'),
        ],
        's'
      ),
    ]],
    [8, [
      lib.series(
        'Store operations',
        'The 95th percentile of their duration, by operation.',
        [lib.target('histogram_quantile(0.95, sum by (le, operation) (rate(engine_store_operation_duration_seconds_bucket' + sel() + '[$__rate_interval])))', '{{operation}}')],
        's'
      ),
      lib.series(
        'Store errors',
        'Operations that failed.',
        [lib.target('sum by (operation) (increase(engine_store_errors_total' + sel() + '[$__rate_interval]))', '{{operation}}')],
        stack=true,
        bars=true
      ),
    ]],
    [8, [
      lib.series(
        'Processor',
        'Of the daemon, without its tasks.',
        [lib.target('rate(process_cpu_seconds_total' + sel() + '[$__rate_interval])', '{{instance}}')],
        'percentunit'
      ),
      lib.series(
        'Memory',
        'Of the daemon, without its tasks.',
        [lib.target('process_resident_memory_bytes' + sel(), '{{instance}}')],
        'bytes'
      ),
      lib.series(
        'Look at the pipelines',
        'Time to read and check what has changed, the 95th percentile.',
        [lib.target(quantile('0.95', 'engine_config_look_duration_seconds'), 'look')],
        's'
      ),
    ]],
    [8, [
      lib.series(
        'Requests',
        'To the API, by answer.',
        [lib.target('sum by (code) (rate(engine_http_requests_total' + sel() + '[$__rate_interval]))', '{{code}}')],
        'reqps',
        stack=true
      ),
      lib.series(
        'Time to answer',
        'The 95th percentile, by path.',
        [lib.target('histogram_quantile(0.95, sum by (le, route) (rate(engine_http_request_duration_seconds_bucket' + sel() + '[$__rate_interval])))', '{{route}}')],
        's'
      ),
      lib.series(
        'Notifications',
        'Messages, by how they went.',
        [lib.target('sum by (channel, result) (increase(engine_notifications_total' + sel() + '[$__rate_interval]))', '{{channel}} {{result}}')],
        stack=true,
        bars=true
      ),
    ]],
  ])
