import type { FieldConfig, Override, Panel } from "./model.ts";

/*
 * How fields look: defaults of a panel with what is overridden by name, and colours by value.
 */

/** Kinds of panels that the preview draws. */
export const KINDS = ["timeseries", "stat", "bargauge", "heatmap", "table", "row"] as const;
const TRANSFORMATIONS = ["merge", "organize"];
const PROPERTIES = ["color", "unit", "decimals", "links", "min", "noValue", "thresholds"];
const MATCHERS = ["byName", "byRegexp"];
const COLOR_MODES = ["thresholds", "palette-classic", "fixed"];

/** What of a panel the preview doesn't know, for people; undefined when it can draw all of it. */
export function unknownIn({ type, transformations = [], fieldConfig, targets = [] }: Panel): string | undefined {
  if (!(KINDS as readonly string[]).includes(type)) return `The preview can't draw panels of the kind ${type}.`;
  for (const { id } of transformations) {
    if (!TRANSFORMATIONS.includes(id)) return `The preview doesn't know the transformation ${id}.`;
    if (type !== "table") return `The preview knows transformations of tables alone, and here is ${id}.`;
  }
  if (targets.some(({ expr }) => expr === undefined))
    return "The preview asks Prometheus alone, and this panel asks something else.";
  const { defaults, overrides = [] } = fieldConfig ?? {};
  if ((defaults?.mappings ?? []).length > 0) return "The preview doesn't know the mappings of values.";
  if (defaults?.thresholds !== undefined && defaults.thresholds.mode !== "absolute") {
    return `The preview doesn't know thresholds of the mode ${defaults.thresholds.mode}.`;
  }
  if (defaults?.color !== undefined && !COLOR_MODES.includes(defaults.color.mode)) {
    return `The preview doesn't know colours of the mode ${defaults.color.mode}.`;
  }
  for (const { matcher, properties } of overrides) {
    if (!MATCHERS.includes(matcher.id)) return `The preview doesn't know overrides of the kind ${matcher.id}.`;
    const strange = properties.find(({ id }) => !PROPERTIES.includes(id));
    if (strange !== undefined) return `The preview doesn't know the override ${strange.id}.`;
  }
  return undefined;
}

/** How the field of a name is shown. */
export function fieldOf({ fieldConfig }: Panel, name: string): FieldConfig {
  const { defaults = {}, overrides = [] } = fieldConfig ?? {};
  const own = overrides.filter(({ matcher }) => isMeant(matcher, name));
  return Object.assign(
    {},
    defaults,
    ...own.flatMap(({ properties }) => properties.map(({ id, value }) => ({ [id]: value }))),
  );
}

function isMeant({ id, options }: Override["matcher"], name: string): boolean {
  if (id === "byName") return options === name;
  // As Grafana has it: a pattern between slashes, or a text that must be all of the name.
  const text = String(options);
  const [, pattern = `^${text}$`, flags = ""] = /^\/(.*)\/(\w*)$/.exec(text) ?? [];
  try {
    return new RegExp(pattern, flags).test(name);
  } catch {
    return false;
  }
}

/** The colour of a field at a value, where it is fixed or comes from its thresholds. */
export function colorAt({ color, thresholds }: FieldConfig, value: number | null): string | undefined {
  if (color?.mode === "fixed" && color.fixedColor !== undefined) return cssColor(color.fixedColor);
  if (color?.mode !== "thresholds") return undefined;
  const reached = (thresholds?.steps ?? []).filter(
    (step) => step.value === null || (value !== null && value >= step.value),
  );
  const last = reached.at(-1);
  return last === undefined ? undefined : cssColor(last.color);
}

/** A colour as CSS knows it: Grafana has shades of some, such as `dark-green`. */
export function cssColor(color: string): string {
  return color.replace(/^(super-light|light|semi-dark|dark)-/, "");
}
