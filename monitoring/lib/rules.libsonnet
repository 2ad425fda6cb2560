// What rules and alerts are written with.
function(config) {
  local lib = self,

  sel(more=''):: '{' + config.selector + (if more == '' then '' else ', ' + more) + '}',

  // The owner and the tier of a pipeline, on the left. Two owners at once, as while a change is rolled out, would fail a join:
  // one of them is taken.
  withOwner(expr):: '(\n' + expr + '\n)\n* on (job, pipeline) group_left (owner, tier)\ntopk by (job, pipeline) (1, max by (job, pipeline, owner, tier) (engine_pipeline_info' + lib.sel() + '))',

  record(name, expr):: { record: name, expr: expr },

  // `board`: the dashboard that shows it, with its query.
  alert(name, severity, expr, summary, description, hold=null, board='engine-overview', labels={})::
    {
      alert: 'Engine' + name,
      expr: expr,
      labels: { severity: severity } + labels,
      annotations:
        {
          summary: summary,
          description: description,
          runbook_url: std.strReplace(config.runbookURLPattern, '%s', 'Engine' + name),
        } +
        (if config.grafanaURL == '' then {} else { dashboard_url: config.grafanaURL + '/d/' + board }),
    } + (if hold == null then {} else { 'for': hold }),
}
