function(config, lib)
  local recorded = lib.recorded('pipeline=~"$pipeline"');
  local per = lib.sel('pipeline=~"$pipeline"');
  lib.dashboard('engine-slo', 'Freshness and SLO', 'What pipelines promise, and whether they keep it.', [
    [8, [
      lib.table('Promises', 'How each pipeline with an `slo` stands.', 'pipeline', [
        ['Last success', lib.target('max by (pipeline) (time() - engine_pipeline_last_success_timestamp_seconds' + per + ') and on (pipeline) engine_pipeline_freshness_target_seconds' + per)],
        ['May be', lib.target('max by (pipeline) (engine_pipeline_freshness_target_seconds' + per + ')')],
        ['Last duration', lib.target('max by (pipeline) (engine_pipeline_last_run_duration_seconds' + per + ') and on (pipeline) engine_pipeline_duration_limit_seconds' + per)],
        ['Longest allowed', lib.target('max by (pipeline) (engine_pipeline_duration_limit_seconds' + per + ')')],
        ['Budget left', lib.target('min by (pipeline) (pipeline:engine_pipeline_error_budget_remaining:ratio' + recorded + ')')],
        ['Promised success', lib.target('max by (pipeline) (engine_pipeline_slo_objective_ratio' + per + ')')],
      ], { 'Last success': 's', 'May be': 's', 'Last duration': 's', 'Longest allowed': 's', 'Budget left': 'percentunit', 'Promised success': 'percentunit' }),
    ]],
    [8, [
      lib.series(
        'Age of the data',
        'Time since the last success, as a share of what `slo.freshness` allows: above 1 it is stale.',
        [lib.target('max by (pipeline) (pipeline:engine_pipeline_staleness:seconds' + recorded + ') / max by (pipeline) (engine_pipeline_freshness_target_seconds' + per + ')', '{{pipeline}}')],
        'percentunit',
        limits=[1]
      ),
      lib.series(
        'Error budget left',
        'Of the time in 30 days in which the data may be stale.',
        [lib.target('min by (pipeline) (pipeline:engine_pipeline_error_budget_remaining:ratio' + recorded + ')', '{{pipeline}}')],
        'percentunit',
        min=null
      ),
    ]],
    [8, [
      lib.series(
        'Stale over the last hour',
        'The share of the time in which the data was older than promised.',
        [lib.target('max by (pipeline) (pipeline:engine_pipeline_stale:ratio_avg1h' + recorded + ')', '{{pipeline}}')],
        'percentunit'
      ),
      lib.series(
        'Success of the last day',
        'The share of runs that succeeded.',
        [lib.target('1 - max by (pipeline) (pipeline:engine_pipeline_runs_failed:ratio_increase1d' + recorded + ')', '{{pipeline}}')],
        'percentunit'
      ),
    ]],
  ], [lib.variables.pipeline])
