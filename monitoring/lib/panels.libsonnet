// Few and plain: functions that make the objects of Grafana's classic schema.
function(config) {
  local lib = self,
  local datasource = { type: 'prometheus', uid: '$datasource' },

  // Each series of the engine that the board looks at, and what more is asked of it.
  sel(more=''):: '{job=~"$job", instance=~"$instance"' + (if more == '' then '' else ', ' + more) + '}',

  // The same of what rules record: that is of all instances together.
  recorded(more=''):: '{job=~"$job"' + (if more == '' then '' else ', ' + more) + '}',

  target(expr, legend='', instant=false, format='time_series'):: {
    datasource: datasource,
    expr: expr,
    legendFormat: legend,
    range: !instant,
    instant: instant,
    format: format,
    editorMode: 'code',
  },

  local panel(type, title, description, targets, unit) = {
    type: type,
    title: title,
    description: description,
    datasource: datasource,
    targets: [targets[i] { refId: std.char(65 + i) } for i in std.range(0, std.length(targets) - 1)],
    fieldConfig: { defaults: { unit: unit, links: [] }, overrides: [] },
    options: {},
    transparent: false,
  },

  thresholds(steps):: {
    mode: 'absolute',
    steps: [{ value: step[0], color: step[1] } for step in steps],
  },
  local plain = lib.thresholds([[null, config.colours.success]]),
  // Green until the first number, then orange, then red.
  rising(warn, bad):: lib.thresholds([[null, config.colours.success], [warn, config.colours.up_for_retry], [bad, config.colours.failed]]),
  // The other way round.
  falling(warn, bad):: lib.thresholds([[null, config.colours.failed], [bad, config.colours.up_for_retry], [warn, config.colours.success]]),

  stat(title, description, targets, unit='short', thresholds=plain, decimals=null)::
    panel('stat', title, description, targets, unit) {
      fieldConfig+: { defaults+: { color: { mode: 'thresholds' }, thresholds: thresholds, mappings: [], noValue: 'none' } + (if decimals == null then {} else { decimals: decimals }) },
      options: {
        colorMode: 'value',
        graphMode: 'area',
        justifyMode: 'auto',
        orientation: 'auto',
        percentChangeColorMode: 'standard',
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        showPercentChange: false,
        textMode: 'auto',
        wideLayout: true,
      },
    },

  series(title, description, targets, unit='short', stack=false, bars=false, min=0, limits=[])::
    panel('timeseries', title, description, targets, unit) {
      fieldConfig+: {
        defaults+: (if min == null then {} else { min: min }) + {
          color: { mode: 'palette-classic' },
          mappings: [],
          thresholds: if limits == [] then plain else lib.thresholds([[null, 'transparent']] + [[limit, config.colours.failed] for limit in limits]),
          custom: {
            axisBorderShow: false,
            axisCenteredZero: false,
            axisColorMode: 'text',
            axisLabel: '',
            axisPlacement: 'auto',
            barAlignment: 0,
            barWidthFactor: 0.8,
            drawStyle: if bars then 'bars' else 'line',
            fillOpacity: if bars then 80 else if stack then 30 else 0,
            gradientMode: 'none',
            hideFrom: { legend: false, tooltip: false, viz: false },
            insertNulls: false,
            lineInterpolation: 'linear',
            lineWidth: if bars then 0 else 1,
            pointSize: 5,
            scaleDistribution: { type: 'linear' },
            showPoints: 'auto',
            spanNulls: false,
            stacking: { group: 'A', mode: if stack then 'normal' else 'none' },
            thresholdsStyle: { mode: if limits == [] then 'off' else 'dashed' },
          },
        },
      },
      options: {
        legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: true },
        tooltip: { hideZeros: false, mode: 'multi', sort: 'desc' },
      },
    },

  // Series by the label `state` take the states' own colours.
  byState():: {
    fieldConfig+: {
      overrides+: [
        {
          matcher: { id: 'byName', options: state },
          properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: config.colours[state] } }],
        }
        for state in std.objectFields(config.colours)
      ],
    },
  },

  // What is called after a failure is red: bars take the colour of their value else.
  failuresRed():: {
    fieldConfig+: {
      overrides+: [{ matcher: { id: 'byRegexp', options: '/ failed$/' }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: config.colours.failed } }] }],
    },
  },

  bars(title, description, targets, unit='short', thresholds=plain)::
    panel('bargauge', title, description, targets, unit) {
      fieldConfig+: { defaults+: { min: 0, color: { mode: 'thresholds' }, thresholds: thresholds, mappings: [], noValue: 'none' } },
      options: {
        displayMode: 'basic',
        legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: false },
        maxVizHeight: 300,
        minVizHeight: 16,
        minVizWidth: 8,
        namePlacement: 'auto',
        orientation: 'horizontal',
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        showUnfilled: true,
        sizing: 'auto',
        valueMode: 'color',
      },
    },

  heatmap(title, description, expr, unit='s')::
    panel('heatmap', title, description, [lib.target(expr, '{{le}}', format='heatmap')], unit) {
      fieldConfig: { defaults: { custom: { hideFrom: { legend: false, tooltip: false, viz: false }, scaleDistribution: { type: 'linear' } } }, overrides: [] },
      options: {
        calculate: false,
        cellGap: 1,
        color: { exponent: 0.5, fill: 'dark-green', mode: 'scheme', reverse: false, scale: 'exponential', scheme: 'Greens', steps: 64 },
        exemplars: { color: 'rgba(255,0,255,0.7)' },
        filterValues: { le: 1e-9 },
        legend: { show: true },
        rowsFrame: { layout: 'auto' },
        showValue: 'never',
        tooltip: { mode: 'single', showColorScale: false, yHistogram: false },
        yAxis: { axisPlacement: 'left', reverse: false, unit: unit },
      },
    },

  // One row for each set of labels that the columns have in common, with the label `by` first: `columns` are pairs of a title and a
  // target. What names a pipeline leads to its board.
  table(title, description, by, columns, units={})::
    panel('table', title, description, [column[1] { instant: true, range: false, format: 'table', legendFormat: '' } for column in columns], 'short') {
      fieldConfig+: {
        defaults+: { mappings: [], noValue: 'none', thresholds: plain, custom: { align: 'auto', cellOptions: { type: 'auto' }, filterable: false, inspect: false } },
        overrides: [
          { matcher: { id: 'byName', options: name }, properties: [{ id: 'unit', value: units[name] }] }
          for name in std.objectFields(units)
        ] + (if by != 'pipeline' then [] else [
               { matcher: { id: 'byName', options: by }, properties: [{ id: 'links', value: [toBoard('Show it', 'pipeline', by, '__value.raw')] }] },
             ]),
      },
      options: { frameIndex: 0, cellHeight: 'sm', footer: { countRows: false, fields: '', reducer: ['sum'], show: false }, showHeader: true, sortBy: [] },
      transformations: [
        // Not a join by one field: two tasks may each have a check of the same name.
        { id: 'merge', options: {} },
        {
          id: 'organize',
          options: {
            excludeByName: { Time: true },
            indexByName: { [by]: 0 },
            // Grafana calls the value of the only column `Value`, and those of several by their letters.
            renameByName: if std.length(columns) == 1 then { Value: columns[0][0] } else { ['Value #' + std.char(65 + i)]: columns[i][0] for i in std.range(0, std.length(columns) - 1) },
          },
        },
      ],
    },

  // A link to another board, which shows the same time of the same engine there.
  local toBoard(title, board, variable, value) = {
    title: title,
    url: '/d/engine-' + board + '?${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&var-' + variable + '=${' + value + '}&${__url_time_range}',
    targetBlank: false,
  },

  // Leads from a series to the board of its pipeline, or of its task.
  linkToBoard(title, board):: {
    fieldConfig+: { defaults+: { links+: [toBoard(title, board, board, '__field.labels.' + board)] } },
  },

  // Leads from a series to what the engine's own page has on it.
  linkTo(title, path):: if config.engineURL == '' then {} else {
    fieldConfig+: { defaults+: { links+: [{ title: title, url: config.engineURL + path, targetBlank: true }] } },
  },

  row(title):: { type: 'row', title: title, collapsed: false, panels: [] },

  // Panels in lines of 24 columns: each line is its height and its panels, of equal width or nearly so.
  local lines(all, y=0, id=1) =
    if all == [] then []
    else
      local line = all[0];
      local height = line[0];
      local panels = line[1];
      // The whole width, whether or not it can be divided: some panels are a column wider then.
      local edge(i) = std.floor(i * 24 / std.length(panels));
      [
        panels[i] { id: id + i, gridPos: { h: height, w: edge(i + 1) - edge(i), x: edge(i), y: y } }
        for i in std.range(0, std.length(panels) - 1)
      ] + lines(all[1:], y + height, id + std.length(panels)),

  // A row's title, and what stands below it.
  section(title, all):: [[1, [lib.row(title)]]] + all,

  local variable(name, label, query) = {
    type: 'query',
    name: name,
    label: label,
    datasource: datasource,
    query: { query: query, refId: 'A' },
    definition: query,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.+',
    hide: 0,
    regex: '',
    skipUrlSync: false,
    current: { selected: true, text: ['All'], value: ['$__all'] },
    options: [],
  },

  variables:: {
    pipeline: variable('pipeline', 'Pipeline', 'label_values(engine_pipeline_info{job=~"$job", instance=~"$instance"}, pipeline)'),
    task: variable('task', 'Task', 'label_values(engine_task_runs_total{job=~"$job", instance=~"$instance", pipeline=~"$pipeline"}, task)'),
  },

  local annotation(name, expr, colour, title, text) = {
    name: name,
    datasource: datasource,
    enable: true,
    hide: false,
    iconColor: colour,
    expr: expr,
    titleFormat: title,
    textFormat: text,
    step: '60s',
    useValueForTime: false,
  },

  dashboard(uid, title, description, all, variables=[]):: {
    uid: uid,
    title: config.dashboardPrefix + title,
    description: description,
    tags: config.dashboardTags,
    timezone: config.dashboardTimezone,
    editable: false,
    graphTooltip: 1,
    refresh: config.dashboardRefresh,
    schemaVersion: 42,
    version: 1,
    time: { from: config.dashboardFrom, to: 'now' },
    timepicker: {},
    fiscalYearStartMonth: 0,
    links: [{
      type: 'dashboards',
      title: 'Engine',
      tags: config.dashboardTags,
      asDropdown: true,
      includeVars: true,
      keepTime: true,
      targetBlank: false,
      icon: 'external link',
      tooltip: '',
      url: '',
    }] + (if config.engineURL == '' then [] else [{
            type: 'link',
            title: 'Engine itself',
            url: config.engineURL,
            targetBlank: true,
            asDropdown: false,
            includeVars: false,
            keepTime: false,
            icon: 'external link',
            tags: [],
            tooltip: '',
          }]),
    templating: {
      list: [
        {
          type: 'datasource',
          name: 'datasource',
          label: 'Data source',
          query: 'prometheus',
          hide: 0,
          refresh: 1,
          regex: '',
          multi: false,
          includeAll: false,
          skipUrlSync: false,
          current: { selected: true, text: 'default', value: 'default' },
          options: [],
        },
        variable('job', 'Job', 'label_values(engine_build_info, job)'),
        variable('instance', 'Instance', 'label_values(engine_build_info{job=~"$job"}, instance)'),
      ] + variables,
    },
    annotations: {
      list: [
        annotation(
          'Deployed',
          'changes(engine_config_last_reload_success_timestamp_seconds' + lib.sel() + '[2m]) > 0',
          config.colours.cancelled,
          'Pipelines changed',
          'Another set of pipelines is live.'
        ),
        annotation(
          'Commits',
          'count by (source, revision) (engine_gitops_revision_info' + lib.sel() + ' unless engine_gitops_revision_info' + lib.sel() + ' offset 2m)',
          config.colours.waiting,
          'Another commit is live',
          '{{revision}} of {{source}}'
        ),
        annotation(
          'Failed runs',
          'sum by (pipeline) (increase(engine_pipeline_runs_total' + lib.sel('state="failed"') + '[1m])) > 0',
          config.colours.failed,
          'A run failed',
          '{{pipeline}}'
        ),
      ],
    },
    panels: lines(all),
  },
}
