function(config, lib)
  local sel(more='') = lib.sel('pipeline=~"$pipeline"' + (if more == '' then '' else ', ' + more));
  lib.dashboard('engine-quality', 'Data quality', 'The checks that tasks make of their outputs.', [
    [4, [
      lib.stat(
        'Checks that fail',
        'Those that did not pass when they were last looked at.',
        [lib.target('count(engine_check_last_status' + sel() + ' == 0) or vector(0)')],
        thresholds=lib.rising(1, 1)
      ),
      lib.stat(
        'Checks',
        'That were looked at.',
        [lib.target('count(engine_check_last_status' + sel() + ')')]
      ),
      lib.stat(
        'Pass rate',
        'The share of looks in the range that passed.',
        [lib.target('sum(increase(engine_check_results_total' + sel('result="pass"') + '[$__range])) / (sum(increase(engine_check_results_total' + sel() + '[$__range])) > 0)', instant=true)],
        'percentunit',
        lib.falling(0.99, 0.9)
      ),
    ]],
    [9, [
      lib.table('Checks', 'How each stands.', 'check', [
        ['Passed', lib.target('min by (pipeline, task, check) (engine_check_last_status' + sel() + ')')],
        ['Value', lib.target('max by (pipeline, task, check) (engine_check_last_value' + sel() + ')')],
      ], { Passed: 'bool_yes_no' }),
      lib.series(
        'Values',
        'What was looked at.',
        [lib.target('max by (pipeline, task, check) (engine_check_last_value' + sel() + ')', '{{pipeline}} {{task}} {{check}}')],
        min=null
      ),
    ]],
    [8, [
      lib.series(
        'Failed checks',
        'By check.',
        [lib.target('sum by (pipeline, check) (increase(engine_check_results_total' + sel('result="fail"') + '[$__rate_interval]))', '{{pipeline}} {{check}}')],
        stack=true,
        bars=true
      ),
    ]],
  ], [lib.variables.pipeline])
