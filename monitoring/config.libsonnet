{
  _config+:: {
    // Which series are the engine's: the job that scrapes it.
    selector: 'job="engine"',
    // Where people see a run. Links lead there; empty: there are none.
    engineURL: '',
    // Where Grafana is: alerts link to their dashboard.
    grafanaURL: '',
    // `%s` becomes the alert's name.
    runbookURLPattern: 'https://unpkg.com/engine/docs/runbooks/%s.md',

    // What the rules compare with; fractions are texts, which every jsonnet writes alike. What belongs to one pipeline is its own metric, from its `slo`.
    taskFailureRatio: '0.1',
    taskFailuresAtLeast: 10,
    retriesAnHour: 20,
    failuresInARow: 3,
    missedAfterSeconds: 300,
    heartbeatSeconds: 60,
    schedulerDelaySeconds: 30,
    eventLoopLagSeconds: '0.5',
    queuedSeconds: 900,
    saturationRatio: '0.95',
    gitSyncSeconds: 900,
    // The share of time in which the data is to be fresh.
    freshnessObjective: '0.99',

    dashboardPrefix: 'Engine / ',
    dashboardTags: ['engine'],
    dashboardRefresh: '30s',
    dashboardTimezone: 'browser',
    dashboardFrom: 'now-6h',

    // The one table of states and colours, as the command line and the page have it.
    colours: {
      success: '#2da44e',
      failed: '#d1242f',
      running: '#7ddb92',
      queued: '#9aa4af',
      waiting: '#b794f6',
      up_for_retry: '#f0883e',
      skipped: '#f2a7c8',
      upstream_failed: '#d1242f',
      cancelled: '#6e7781',
    },

    // The pipelines that boards and alerts of their own are made for; `engine monitoring` fills them in.
    pipelines: [],
    // Whether each of them gets a board of its own; a list: those that do.
    pipelineBoards: false,
  },
}
