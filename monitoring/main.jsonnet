// What `engine monitoring` calls. With `part`, the pipelines that get their boards this time begin and end there: of very many,
// some are done at a time, and what comes with them is the same each time.
function(config={}, pipelines=[], overrides=null, part=null)
  local boards = if part == null then {} else { pipelineBoards: pipelines[part[0]:part[1]] };
  local base = (import 'mixin.libsonnet') { _config+:: config { pipelines: pipelines } + boards };
  local mixin = if overrides == null then base else overrides(base);
  {
    dashboards: mixin.grafanaDashboards,
  } + (if part != null && part[0] > 0 then {} else {
         rules: mixin.prometheusRules,
         alerts: mixin.prometheusAlerts,
       })
