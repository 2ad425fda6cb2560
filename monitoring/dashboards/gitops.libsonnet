function(config, lib)
  local sel = lib.sel;
  lib.dashboard('engine-gitops', 'GitOps', 'What is live, since when, and whether it is what is in git.', [
    [4, [
      lib.stat(
        'All files live',
        'Whether every file of pipelines is live as it stands.',
        [lib.target('min(engine_config_last_reload_successful' + sel() + ')')],
        'bool_yes_no',
        lib.falling(1, 0.5)
      ),
      lib.stat(
        'Live since',
        'When the files last were all live as they stand.',
        [lib.target('time() - max(engine_config_last_reload_success_timestamp_seconds' + sel() + ')')],
        's'
      ),
      lib.stat(
        'Errors',
        'Findings in the files that keep them from being live.',
        [lib.target('sum(engine_config_diagnostics' + sel('severity="error"') + ')')],
        thresholds=lib.rising(1, 1)
      ),
      lib.stat(
        'Last look at git',
        'How long ago the repository was looked at with success.',
        [lib.target('time() - max(engine_gitops_last_sync_timestamp_seconds' + sel() + ')')],
        's',
        lib.rising(300, 900)
      ),
      lib.stat(
        'Behind git',
        'Whether another commit is live than the newest of the branch.',
        [lib.target('max(engine_gitops_out_of_sync' + sel() + ')')],
        'bool_yes_no',
        lib.rising(1, 1)
      ),
    ]],
    [8, [
      lib.table('Commits', 'What is live of which repository.', 'source', [
        ['Live', lib.target('max by (source, revision) (engine_gitops_revision_info' + sel() + ')')],
      ], { Live: 'bool_yes_no' }),
      lib.series(
        'Pipelines',
        'By status.',
        [lib.target('sum by (status) (engine_pipelines' + sel() + ')', '{{status}}')],
        stack=true
      ),
    ]],
    [8, [
      lib.series(
        'Changes taken up',
        'By whether a file had errors.',
        [lib.target('sum by (result) (increase(engine_config_reloads_total' + sel() + '[$__rate_interval]))', '{{result}}')],
        stack=true,
        bars=true
      ) + lib.byState(),
      lib.series(
        'Looks at git',
        'By what came of them.',
        [lib.target('sum by (result) (increase(engine_gitops_syncs_total' + sel() + '[$__rate_interval]))', '{{result}}')],
        stack=true,
        bars=true
      ) + lib.byState(),
    ]],
    [8, [
      lib.series(
        'Time of a look at git',
        'The 95th percentile.',
        [lib.target('histogram_quantile(0.95, sum by (le) (rate(engine_gitops_sync_duration_seconds_bucket' + sel() + '[$__rate_interval])))', 'look')],
        's'
      ),
      lib.series(
        'Findings',
        'In the files, by severity.',
        [lib.target('sum by (severity) (engine_config_diagnostics' + sel() + ')', '{{severity}}')],
        stack=true
      ),
    ]],
  ])
