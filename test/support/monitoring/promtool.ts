import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { temporaryFolder } from "../temporary-folder.ts";
import type { RuleGroup } from "./mixin.ts";

/** Values a minute, as promtool writes them: `0x5 1x20`, `0+1x60`. By the series without its job. */
export type Series = Readonly<Record<string, string>>;

/** For as long as any test looks. */
export const ON = "x2000";

/** What a program says, and how it ends. */
interface Said {
  readonly status: number | null;
  readonly output: string;
}

/** Runs promtool's tests on rules; the output is what it has against them. */
export function testRules(groups: readonly RuleGroup[], tests: readonly object[], evaluation_interval = "1m"): Said {
  // Without an order groups come by chance, and alerts rest on what other groups record.
  const group_eval_order = groups.map(({ name }) => name);
  const file = { rule_files: ["rules.yaml"], evaluation_interval, group_eval_order, tests };
  return promtool(groups, file, ["test", "rules", "tests.yaml"]);
}

/** Runs promtool's check of rules, with all it can find fault with. */
export function checkRules(groups: readonly RuleGroup[]): Said {
  return promtool(groups, {}, ["check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"]);
}

function promtool(groups: readonly RuleGroup[], tests: object, args: readonly string[]): Said {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "rules.yaml"), stringify({ groups }));
  writeFileSync(join(cwd, "tests.yaml"), stringify(tests, { lineWidth: 0 }));
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd, encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}

/** The series of a test, of the job `engine`. `owner`: of the pipeline `p`. */
export function given(series: Series, owner = "ml"): readonly object[] {
  const info = {
    series: `engine_pipeline_info{job="engine",pipeline="p",owner="${owner}",tier="1"}`,
    values: `1${ON}`,
  };
  const withJob = Object.entries(series).map(([name, values]) => ({
    series: name.replace("{", '{job="engine",').replace(",}", "}"),
    values,
  }));
  return [info, ...withJob];
}

/** So many of an alert fire at a minute on these series. */
export function firing(alert: string, series: Series, at: number, count: number): object {
  return {
    name: `${alert} ${count}`,
    interval: "1m",
    input_series: given(series),
    promql_expr_test: [
      {
        expr: `count(ALERTS{alertname="${alert}", alertstate="firing"})`,
        eval_time: `${at}m`,
        ...(count > 0 && { exp_samples: [{ labels: "{}", value: count }] }),
      },
    ],
  };
}
