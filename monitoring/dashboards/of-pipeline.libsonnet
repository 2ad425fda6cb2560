// A board of one pipeline alone, with the metrics that it declares.
function(config, lib, pipeline)
  local sel(more='') = lib.sel('pipeline="' + pipeline.name + '"' + (if more == '' then '' else ', ' + more));
  local slo = std.get(pipeline, 'slo', {});
  local limit(key) = if std.objectHas(slo, key) then [slo[key]] else [];
  local thresholdsOf(name) = [alert.value for alert in std.get(pipeline, 'alerts', []) if alert.metric == name];
  local metricPanel(metric) =
    local title = std.strReplace(metric.name, '_', ' ');
    local description = if std.get(metric, 'help', '') == '' then 'As the pipeline declares it.' else metric.help;
    local legend = '{{task}}' + std.join('', [' {{' + label + '}}' for label in metric.labels]);
    if metric.type == 'counter' then
      lib.series(title, description, [lib.target('sum by (' + std.join(', ', ['task'] + metric.labels) + ') (increase(' + metric.name + sel() + '[$__rate_interval]))', legend)], bars=true, limits=thresholdsOf(metric.name))
    else if metric.type == 'histogram' then
      lib.series(title, description, [lib.target('histogram_quantile(0.95, sum by (le) (rate(' + metric.name + '_bucket' + sel() + '[$__rate_interval])))', '95 %')], limits=thresholdsOf(metric.name))
    else
      lib.series(title, description, [lib.target(metric.name + sel(), legend)], min=null, limits=thresholdsOf(metric.name));
  local pairs(list) =
    if list == [] then []
    else [[8, list[0:2]]] + pairs(list[2:]);

  lib.dashboard(
    'engine-p-' + std.substr(std.md5(pipeline.name), 0, 24),
    pipeline.name,
    std.get(pipeline, 'description', 'The pipeline ' + pipeline.name + '.'),
    [
      [4, [
        lib.stat('Last run', 'Whether the run that ended last succeeded.', [lib.target('min(engine_pipeline_last_run_status' + sel() + ')')], 'bool_yes_no', lib.falling(1, 0.5)) + lib.linkTo('Open the pipeline', '/pipelines/' + pipeline.name),
        lib.stat('Last success', 'How long ago a run last succeeded.', [lib.target('time() - max(engine_pipeline_last_success_timestamp_seconds' + sel() + ')')], 's', if limit('freshness_seconds') == [] then lib.thresholds([[null, config.colours.success]]) else lib.rising(slo.freshness_seconds * 0.9, slo.freshness_seconds)),
        lib.stat('Failures in a row', 'Runs that failed since the last success.', [lib.target('max(engine_pipeline_consecutive_failures' + sel() + ')')], thresholds=lib.rising(1, 3)),
        lib.stat('Next run', 'How soon the next one is due.', [lib.target('min(engine_pipeline_next_run_timestamp_seconds' + sel() + ') - time()')], 's'),
      ]],
      [8, [
        lib.series('Run duration', 'Of the run that ended last.', [lib.target('max(engine_pipeline_last_run_duration_seconds' + sel() + ')', 'duration')], 's', limits=limit('max_duration_seconds')),
        lib.series('Runs by state', 'Runs that ended.', [lib.target('sum by (state) (increase(engine_pipeline_runs_total' + sel() + '[$__rate_interval]))', '{{state}}')], stack=true, bars=true) + lib.byState(),
      ]],
      [8, [
        lib.series('Task duration', 'Of the task runs that ended last.', [lib.target('max by (task) (engine_task_last_duration_seconds' + sel() + ')', '{{task}}')], 's'),
        lib.series('Failed task runs', 'By task.', [lib.target('sum by (task) (increase(engine_task_runs_total' + sel('state="failed"') + '[$__rate_interval]))', '{{task}}')], stack=true, bars=true),
      ]],
    ] + (if pipeline.metrics == [] then [] else lib.section('Its own metrics', pairs([metricPanel(metric) for metric in pipeline.metrics])))
  ) { tags+: ['pipeline'] }
