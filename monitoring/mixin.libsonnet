// Dashboards, recording rules and alerts for Engine, laid out as monitoring mixins are: import it, override `_config`, and
// take `grafanaDashboards`, `prometheusRules` and `prometheusAlerts`.
(import 'config.libsonnet') +
(import 'dashboards/dashboards.libsonnet') +
(import 'rules/rules.libsonnet') +
(import 'alerts/alerts.libsonnet')
