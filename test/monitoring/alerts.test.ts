import { describe, expect, test } from "vitest";
import { evaluateMixin, has, type RuleGroup, renderedMixin } from "../support/monitoring/mixin.ts";
import { checkRules, firing, given, ON, type Series, testRules } from "../support/monitoring/promtool.ts";
import { lintRules } from "../support/monitoring/rule-lint.ts";

/*
 * Each alert, on series as Prometheus would have them: promtool evaluates the rules minute by minute.
 */

interface Case {
  /** When it is looked at, in minutes. */
  readonly at: number;
  readonly fires: Series;
  readonly quiet: Series;
  /** How many of it fire. */
  readonly count?: number;
}

const P = 'pipeline="p"';
const CASES: Readonly<Record<string, Case>> = {
  EnginePipelineFailed: {
    at: 8,
    fires: { [`engine_pipeline_runs_total{${P},state="failed"}`]: "0x5 1x20" },
    quiet: { [`engine_pipeline_runs_total{${P},state="failed"}`]: "7x30" },
  },
  EnginePipelineFailing: {
    at: 10,
    fires: { [`engine_pipeline_consecutive_failures{${P}}`]: `3${ON}` },
    quiet: { [`engine_pipeline_consecutive_failures{${P}}`]: `2${ON}` },
  },
  EnginePipelineStale: {
    at: 15,
    fires: {
      [`engine_pipeline_last_success_timestamp_seconds{${P}}`]: `0${ON}`,
      [`engine_pipeline_freshness_target_seconds{${P}}`]: `300${ON}`,
      [`engine_pipeline_paused{${P}}`]: `0${ON}`,
    },
    quiet: {
      [`engine_pipeline_last_success_timestamp_seconds{${P}}`]: `0${ON}`,
      [`engine_pipeline_freshness_target_seconds{${P}}`]: `300${ON}`,
      [`engine_pipeline_paused{${P}}`]: `1${ON}`,
    },
  },
  EnginePipelineNeverSucceeded: {
    at: 1_500,
    fires: { [`engine_pipeline_freshness_target_seconds{${P}}`]: `300${ON}` },
    quiet: {
      [`engine_pipeline_freshness_target_seconds{${P}}`]: `300${ON}`,
      [`engine_pipeline_last_success_timestamp_seconds{${P}}`]: `0${ON}`,
    },
  },
  EnginePipelineSuccessRateLow: {
    at: 60,
    fires: {
      [`engine_pipeline_runs_total{${P},state="failed"}`]: "0+1x100",
      [`engine_pipeline_runs_total{${P},state="success"}`]: "0+1x100",
      [`engine_pipeline_slo_objective_ratio{${P},slo="success_rate"}`]: "0.99x100",
    },
    // All have failed, and four runs tell nothing of a share.
    quiet: {
      [`engine_pipeline_runs_total{${P},state="failed"}`]: "0x50 1 2 3 4x100",
      [`engine_pipeline_slo_objective_ratio{${P},slo="success_rate"}`]: "0.99x100",
    },
  },
  EnginePipelineMissedSchedule: {
    at: 15,
    fires: { [`engine_pipeline_next_run_timestamp_seconds{${P}}`]: "60x30" },
    quiet: { [`engine_pipeline_next_run_timestamp_seconds{${P}}`]: "840x30" },
  },
  EnginePipelineRunningTooLong: {
    at: 15,
    fires: {
      [`engine_pipeline_oldest_active_run_start_timestamp_seconds{${P}}`]: "0x30",
      [`engine_pipeline_duration_limit_seconds{${P}}`]: "300x30",
    },
    quiet: {
      [`engine_pipeline_oldest_active_run_start_timestamp_seconds{${P}}`]: "0x30",
      [`engine_pipeline_duration_limit_seconds{${P}}`]: "3600x30",
    },
  },
  EngineTaskFailureRateHigh: {
    at: 40,
    fires: {
      [`engine_task_runs_total{${P},task="a",state="failed"}`]: "0+1x60",
      [`engine_task_runs_total{${P},task="a",state="success"}`]: "0+1x60",
    },
    // All fail, and there are few: one a quarter of an hour.
    quiet: { [`engine_task_runs_total{${P},task="a",state="failed"}`]: "0x14 1x14 2x14 3x60" },
  },
  EngineTaskRetryStorm: {
    at: 90,
    fires: { [`engine_task_retries_total{${P},task="a"}`]: "0+1x120" },
    quiet: { [`engine_task_retries_total{${P},task="a"}`]: "0+0.2x120" },
  },
  EngineQualityCheckFailed: {
    at: 5,
    fires: { [`engine_check_last_status{${P},task="a",check="rows"}`]: "1x1 0x30" },
    quiet: { [`engine_check_last_status{${P},task="a",check="rows"}`]: "0x1 1x30" },
  },
  EngineFreshnessBudgetBurn: {
    at: 400,
    count: 4,
    fires: {
      [`engine_pipeline_last_success_timestamp_seconds{${P}}`]: `0${ON}`,
      [`engine_pipeline_freshness_target_seconds{${P}}`]: `60${ON}`,
    },
    // An hour of staleness long ago.
    quiet: {
      [`engine_pipeline_last_success_timestamp_seconds{${P}}`]: "0x5 300+60x2000",
      [`engine_pipeline_freshness_target_seconds{${P}}`]: `180${ON}`,
    },
  },
  EngineDown: { at: 10, fires: { "up{}": "0x30" }, quiet: { "up{}": "1x30" } },
  EngineSchedulerDown: {
    at: 10,
    fires: { "engine_scheduler_heartbeat_timestamp_seconds{}": "0x30" },
    quiet: { "engine_scheduler_heartbeat_timestamp_seconds{}": "0+60x30" },
  },
  EngineSchedulerDelayHigh: {
    at: 30,
    fires: {
      'engine_scheduler_delay_seconds_bucket{le="30"}': "0x60",
      'engine_scheduler_delay_seconds_bucket{le="60"}': "0+9x60",
      'engine_scheduler_delay_seconds_bucket{le="+Inf"}': "0+9x60",
    },
    quiet: {
      'engine_scheduler_delay_seconds_bucket{le="0.25"}': "0+9x60",
      'engine_scheduler_delay_seconds_bucket{le="+Inf"}': "0+9x60",
    },
  },
  EngineEventLoopLagHigh: {
    at: 15,
    fires: { 'nodejs_eventloop_lag_p99_seconds{instance="a"}': "1x30" },
    quiet: { 'nodejs_eventloop_lag_p99_seconds{instance="a"}': "0.1x30" },
  },
  EngineTasksStuck: {
    at: 30,
    fires: { 'engine_executor_oldest_queued_timestamp_seconds{executor="local",pool=""}': "0x60" },
    quiet: { 'engine_executor_oldest_queued_timestamp_seconds{executor="local",pool=""}': "0+60x60" },
  },
  EngineExecutorSaturated: {
    at: 45,
    fires: {
      'engine_executor_slots{executor="local",pool=""}': "4x60",
      'engine_executor_slots_used{executor="local",pool=""}': "4x60",
      'engine_executor_queued_tasks{executor="local",pool=""}': "1x60",
    },
    quiet: {
      'engine_executor_slots{executor="local",pool=""}': "4x60",
      'engine_executor_slots_used{executor="local",pool=""}': "4x60",
      'engine_executor_queued_tasks{executor="local",pool=""}': "0x60",
    },
  },
  EngineTasksLost: {
    at: 8,
    fires: { 'engine_executor_tasks_lost_total{executor="local"}': "0x5 1x20" },
    quiet: { 'engine_executor_tasks_lost_total{executor="local"}': "3x30" },
  },
  EngineConfigReloadFailed: {
    at: 15,
    fires: { "engine_config_last_reload_successful{}": "0x30" },
    quiet: { "engine_config_last_reload_successful{}": "0 0 0 1 0 0 0 1x30" },
  },
  EngineConfigInvalid: {
    at: 10,
    fires: { 'engine_config_diagnostics{severity="error"}': "2x30" },
    quiet: { 'engine_config_diagnostics{severity="warning"}': "2x30" },
  },
  EngineGitSyncStale: {
    at: 30,
    fires: { 'engine_gitops_last_sync_timestamp_seconds{source="git"}': "0x60" },
    quiet: { 'engine_gitops_last_sync_timestamp_seconds{source="git"}': "0+60x60" },
  },
  EngineGitOutOfSync: {
    at: 40,
    fires: { 'engine_gitops_out_of_sync{source="git"}': "1x60" },
    quiet: { 'engine_gitops_out_of_sync{source="git"}': "1x20 0 1x60" },
  },
  EngineNotificationsFailing: {
    at: 8,
    fires: { 'engine_notifications_total{channel="slack",result="error"}': "0x5 1x20" },
    quiet: { 'engine_notifications_total{channel="slack",result="success"}': "0+1x20" },
  },
  EngineStoreErrors: {
    at: 15,
    fires: { 'engine_store_errors_total{operation="commit"}': "0+1x30" },
    quiet: { 'engine_store_errors_total{operation="commit"}': "5x30" },
  },
  EngineMetricSeriesDropped: {
    at: 10,
    fires: { 'engine_metrics_series_dropped_total{metric="rows"}': "0+1x30" },
    quiet: { 'engine_metrics_series_dropped_total{metric="rows"}': "5x30" },
  },
};

const { rules, alerts } = renderedMixin();
const groups: readonly RuleGroup[] = [...rules.groups, ...alerts.groups];

/** Looked at after more minutes than these, rules are evaluated less often: a day of minutes takes long. */
const LONG_MINUTES = 120;

/** An alert, and the records if it rests on any: others only take time. */
function rulesFor(name: string): readonly RuleGroup[] {
  const only = alerts.groups.map((group) => ({ ...group, rules: group.rules.filter(({ alert }) => alert === name) }));
  const own = only.filter((group) => group.rules.length > 0);
  const rests = own.some((group) => group.rules.some(({ expr }) => /\w:engine_/.test(expr)));
  return [...(rests ? rules.groups : []), ...own];
}

describe.skipIf(!has("promtool"))("alerts", () => {
  test.each(Object.entries(CASES))("%s fires when it should, and doesn't when it shouldn't", (alert, theCase) => {
    const { at, fires, quiet, count = 1 } = theCase;
    const tests = [firing(alert, fires, at, count), firing(alert, quiet, at, 0)];
    const { status, output } = testRules(rulesFor(alert), tests, at > LONG_MINUTES ? "10m" : "1m");
    expect(status, output).toBe(0);
  });

  test("each has a case, but for the one that always fires", () => {
    const names = new Set(
      groups.flatMap(({ rules: of }) => of.flatMap(({ alert }) => (alert === undefined ? [] : [alert]))),
    );
    expect([...names].filter((name) => CASES[name] === undefined)).toEqual(["EngineWatchdog"]);
    expect(testRules(rulesFor("EngineWatchdog"), [firing("EngineWatchdog", {}, 1, 1)]).status).toBe(0);
  });

  test("a counter that is born with its first failure would be missed; one that is there at 0 is not", () => {
    const of = (values: string, count: number) =>
      firing("EnginePipelineFailed", { [`engine_pipeline_runs_total{${P},state="failed"}`]: values }, 8, count);
    expect(testRules(rulesFor("EnginePipelineFailed"), [of("_x5 1x20", 0), of("0x5 1x20", 1)]).status).toBe(0);
  });

  test("a repository that was never reached since the daemon was started is told as well", () => {
    const failing = { 'engine_gitops_syncs_total{source="git",result="failed"}': "0+1x60" };
    const reached = { ...failing, 'engine_gitops_last_sync_timestamp_seconds{source="git"}': "0+60x60" };
    const tests = [firing("EngineGitSyncStale", failing, 40, 1), firing("EngineGitSyncStale", reached, 40, 0)];
    const { status, output } = testRules(rulesFor("EngineGitSyncStale"), tests);
    expect(status, output).toBe(0);
  });

  test("two owners at once, as while a change is rolled out, break no rule", () => {
    const other = { 'engine_pipeline_info{pipeline="p",owner="data",tier="1"}': `1${ON}` };
    const failing = { [`engine_pipeline_consecutive_failures{${P}}`]: `3${ON}`, ...other };
    const { status, output } = testRules(groups, [firing("EnginePipelineFailing", failing, 10, 1)]);
    expect(status, output).toBe(0);
  });

  test.each([
    ["ml", "Pipeline p of ml has failed 3 times in a row."],
    ["", "Pipeline p has failed 3 times in a row."],
  ])("says whose the pipeline is, where it is somebody's: %j", (owner, description) => {
    const series = { [`engine_pipeline_consecutive_failures{${P}}`]: `3${ON}` };
    const exp_labels = {
      severity: "critical",
      job: "engine",
      pipeline: "p",
      tier: "1",
      ...(owner !== "" && { owner }),
    };
    const exp_annotations = {
      summary: "A pipeline keeps failing.",
      description,
      runbook_url: "https://unpkg.com/engine/docs/runbooks/EnginePipelineFailing.md",
    };
    const alert_rule_test = [
      { eval_time: "10m", alertname: "EnginePipelineFailing", exp_alerts: [{ exp_labels, exp_annotations }] },
    ];
    const { status, output } = testRules(groups, [
      { interval: "1m", input_series: given(series, owner), alert_rule_test },
    ]);
    expect(status, output).toBe(0);
  });
});

describe.skipIf(!has("promtool") || !has("jsonnet"))("alerts that a pipeline asks for", () => {
  const limit = (op: "<" | ">", value: number) => ({ metric: "accuracy_ratio", op, value, severity: "warning" });
  const groupsFor = (names: readonly string[], ...limits: readonly object[]): readonly RuleGroup[] => {
    const metrics = [{ name: "accuracy_ratio", type: "gauge", labels: ["split"] }];
    const mixin = evaluateMixin(names.map((name) => ({ name, tags: [], tasks: ["a"], metrics, alerts: limits })));
    return [...mixin.rules.groups, ...mixin.alerts.groups];
  };
  const accuracy = (test: string, held: string): Series => ({
    [`accuracy_ratio{${P},task="a",split="test"}`]: test,
    [`accuracy_ratio{${P},task="a",split="held_out"}`]: held,
  });

  test.each([
    ["<", accuracy("0.95x30", "0.85x30"), accuracy("0.95x30", "0.9x30")],
    [">", accuracy("0.85x30", "0.95x30"), accuracy("0.85x30", "0.9x30")],
  ] as const)("fire when the worst of a task's series is beyond the limit, and not before: %s", (op, fires, quiet) => {
    const tests = [firing("EngineMetricOutOfRange", fires, 10, 1), firing("EngineMetricOutOfRange", quiet, 10, 0)];
    const { status, output } = testRules(groupsFor(["p"], limit(op, 0.9)).slice(-1), tests);
    expect(status, output).toBe(0);
  });

  test("are rules that Prometheus takes, whatever pipelines and sentences are called", () => {
    const names = ["pipelines", "freshness", "daemon", "p"];
    const found = groupsFor(names, limit("<", 0.9), { ...limit(">", 0.99), for: "1m30s", summary: "Too {{ good }}" });
    expect(lintRules(found)).toEqual([]);
    const { status, output } = checkRules(found);
    expect(status, output).toBe(0);
  });
});
