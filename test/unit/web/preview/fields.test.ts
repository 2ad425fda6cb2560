import { describe, expect, test } from "vitest";
import { colorAt, cssColor, fieldOf, unknownIn } from "../../../../src/web/preview/lib/fields.ts";
import type { Panel } from "../../../../src/web/preview/lib/model.ts";

const PANEL: Panel = { id: 1, type: "stat", title: "X", gridPos: { x: 0, y: 0, w: 4, h: 4 } };
const red = { id: "color", value: { mode: "fixed", fixedColor: "#f00" } };
const withOverride = (id: string, options: unknown): Panel => ({
  ...PANEL,
  fieldConfig: { defaults: { unit: "s" }, overrides: [{ matcher: { id, options }, properties: [red] }] },
});

describe("a field", () => {
  test("is as the panel says, unless its name is singled out", () => {
    expect(fieldOf(withOverride("byName", "failed"), "failed")).toEqual({ unit: "s", color: red.value });
    expect(fieldOf(withOverride("byName", "failed"), "load failed")).toEqual({ unit: "s" });
    expect(fieldOf(withOverride("byRegexp", "/ failed$/"), "load failed").color).toEqual(red.value);
    expect(fieldOf(withOverride("byRegexp", "fail"), "failed").color).toBeUndefined();
    expect(fieldOf(withOverride("byRegexp", "/(/"), "failed").color).toBeUndefined();
  });

  test("has the colour of the last threshold that its value reaches", () => {
    const steps = [
      { value: null, color: "green" },
      { value: 1, color: "dark-orange" },
      { value: 10, color: "red" },
    ];
    const color = (value: number | null): string | undefined =>
      colorAt({ color: { mode: "thresholds" }, thresholds: { mode: "absolute", steps } }, value);
    expect([null, 0, 1, 9.9, 10, 11].map(color)).toEqual(["green", "green", "orange", "orange", "red", "red"]);
    expect(colorAt({ color: { mode: "palette-classic" } }, 1)).toBeUndefined();
    expect(cssColor("semi-dark-blue")).toBe("blue");
  });
});

describe("what the preview doesn't know", () => {
  test("is named", () => {
    const of = (more: object): string | undefined => unknownIn({ ...PANEL, ...more } as Panel);
    expect(of({})).toBeUndefined();
    expect(of({ type: "geomap" })).toContain("geomap");
    expect(of({ type: "table", transformations: [{ id: "joinByField" }] })).toContain("joinByField");
    expect(of({ transformations: [{ id: "merge" }] })).toContain("tables alone");
    expect(of({ targets: [{ refId: "A", query: "{}" }] })).toContain("asks something else");
    const defaults = (more: object) => of({ fieldConfig: { defaults: more, overrides: [] } });
    expect(defaults({ mappings: [{ type: "value" }] })).toContain("mappings");
    expect(defaults({ color: { mode: "continuous-GrYlRd" } })).toContain("continuous-GrYlRd");
    expect(defaults({ thresholds: { mode: "percentage", steps: [] } })).toContain("percentage");
    expect(unknownIn(withOverride("byType", "number"))).toContain("byType");
    const width = { matcher: { id: "byName", options: "x" }, properties: [{ id: "custom.width", value: 1 }] };
    expect(of({ fieldConfig: { defaults: {}, overrides: [width] } })).toContain("custom.width");
  });
});
