// One evaluation for everything: what `engine monitoring` calls.
function(config={}, pipelines=[], overrides=null)
  local base = (import 'mixin.libsonnet') { _config+:: config { pipelines: pipelines } };
  local mixin = if overrides == null then base else overrides(base);
  {
    dashboards: mixin.grafanaDashboards,
    rules: mixin.prometheusRules,
    alerts: mixin.prometheusAlerts,
  }
