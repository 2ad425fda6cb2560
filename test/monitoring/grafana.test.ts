import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { grafanaSchema } from "../support/monitoring/grafana-schema.ts";
import { type Dashboard, renderedMixin } from "../support/monitoring/mixin.ts";

/*
 * Grafana's own types say what a dashboard is; a Grafana itself is not needed to hold ours to them.
 */

const ajv = new Ajv({ strict: false, allErrors: true });
const boards: readonly (readonly [string, Dashboard])[] = Object.entries(renderedMixin().dashboards);

test("every dashboard is what Grafana takes for one", () => {
  const isDashboard = ajv.compile(grafanaSchema("dashboard/x/types.gen.d.ts", "Dashboard"));
  for (const [file, board] of boards)
    expect(isDashboard(board), `${file}: ${ajv.errorsText(isDashboard.errors)}`).toBe(true);
  expect(isDashboard({ ...boards[0]?.[1], panels: [{ type: "stat", gridPos: "left" }] })).toBe(false);
});

test.each(["timeseries", "stat", "bargauge", "heatmap", "table"])(
  "every panel of the kind %s has all of its options",
  (kind) => {
    const areOptions = ajv.compile(grafanaSchema(`composable/${kind}/panelcfg/x/types.gen.d.ts`, "Options"));
    const panels = boards.flatMap(([, board]) => board.panels.filter(({ type }) => type === kind));
    expect(panels.length).toBeGreaterThan(0);
    for (const { title, options } of panels) {
      expect(areOptions(options), `${title}: ${ajv.errorsText(areOptions.errors)}`).toBe(true);
    }
  },
);
