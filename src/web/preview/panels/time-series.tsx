import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import { COLORS, DASHES, MOMENTS } from "../../lib/chart-looks.ts";
import { exact } from "../../lib/format.ts";
import { isDark } from "../../lib/settings.ts";
import { colorAt, cssColor, fieldOf } from "../lib/fields.ts";
import { momentsOf, stacked, valuesAt } from "../lib/grid.ts";
import type { DataLink, FieldConfig, Panel } from "../lib/model.ts";
import { seriesName } from "../lib/templates.ts";
import { formatTicks, formatValue, stepsOf } from "../lib/units.ts";
import { Links } from "../links.tsx";
import { drawLine, drawMarks, type Looks, Plot, type Pointed, roomFor, X_AXIS_PX } from "./plot.tsx";
import type { DrawProps, Mark, TargetAnswer } from "./shown.ts";

interface Line {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | null)[];
  readonly field: FieldConfig;
  readonly links: readonly DataLink[];
}

/** Of a value with nothing above it, the room that is left over it. */
const ROOM_ABOVE = 0.05;
/** Marks that lie that near to the pointer are told of, as a share of the time shown. */
const NEAR = 0.01;

/** Lines or bars over time, with a legend below. */
export function TimeSeriesPanel({ panel, answers, shown, marks }: DrawProps): JSX.Element {
  const { start, end, step } = shown;
  const dark = isDark.value;
  const moments = useMemo(() => momentsOf(start, end, step), [answers]);
  const lines = useMemo(() => linesOf(panel, answers, moments, step), [answers]);
  const heights = isStacked(panel) ? stacked(lines.map(({ values }) => values)) : lines.map(({ values }) => values);
  const colors = lines.map((line, i) => colorOf(line, i, dark));
  // What is stacked highest is drawn first, and the others over it.
  const order = lines.map((_, i) => lines.length - 1 - i);
  const data = [[...moments], ...order.map((i) => [...(heights[i] ?? [])])] as uPlot.AlignedData;
  const { unit, decimals } = panel.fieldConfig?.defaults ?? {};
  const tip = ({ index }: Pointed): JSX.Element => {
    const at = moments[index] ?? 0;
    const near = marks.filter((mark) => Math.abs(mark.at - at) <= (end - start) * NEAR);
    const known = lines
      .map(({ name, values, field }, i) => ({ name, value: values[index] ?? null, field, color: colors[i] }))
      .filter((line): line is typeof line & { value: number } => line.value !== null)
      .toSorted((a, b) => b.value - a.value);
    return (
      <>
        <p>{exact(at * 1_000)}</p>
        {known.map(({ name, value, field, color }) => (
          <p key={name}>
            <Swatch color={color} /> {name}{" "}
            <strong>{formatValue(value, field.unit ?? unit, field.decimals ?? decimals)}</strong>
          </p>
        ))}
        {near.map(({ title, at: when }) => (
          <p key={`${title} ${when}`}>{title}</p>
        ))}
      </>
    );
  };
  return (
    <>
      <Plot
        label={`${panel.title}: ${lines.map(({ name }) => name).join(", ")}`}
        options={(looks) => optionsOf(panel, { lines, colors, order, marks, looks, start, end })}
        data={data}
        of={[answers, marks]}
        tip={tip}
      />
      {panel.options?.legend?.showLegend !== false && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <ul class="legend" tabIndex={0} aria-label={`Legend of ${panel.title}`}>
          {lines.map(({ name, labels, links }, i) => (
            <li key={`${name} ${JSON.stringify(labels)}`}>
              <Swatch color={colors[i]} />{" "}
              <Links links={links} shown={shown} labels={labels}>
                {name}
              </Links>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Swatch({ color }: { readonly color: string | undefined }): JSX.Element {
  return <span class="swatch" style={{ "--value": color ?? "transparent" }} />;
}

function isStacked({ fieldConfig }: Panel): boolean {
  return fieldConfig?.defaults.custom?.stacking?.mode === "normal";
}

function linesOf(
  panel: Panel,
  answers: readonly TargetAnswer[],
  moments: readonly number[],
  step: number,
): readonly Line[] {
  return answers.flatMap(({ target, series }) =>
    series.map((each) => {
      const name = seriesName(each, target.legendFormat);
      const field = fieldOf(panel, name);
      return { name, labels: each.labels, values: valuesAt(each, moments, step), field, links: field.links ?? [] };
    }),
  );
}

function colorOf({ field, values }: Line, index: number, dark: boolean): string {
  const colors = COLORS[dark ? "dark" : "light"];
  const last = values.findLast((value) => value !== null) ?? null;
  return colorAt(field, last) ?? colors[index % colors.length] ?? "";
}

interface Drawing {
  readonly lines: readonly Line[];
  readonly colors: readonly string[];
  readonly order: readonly number[];
  readonly marks: readonly Mark[];
  readonly looks: Looks;
  readonly start: number;
  readonly end: number;
}

function optionsOf(
  { fieldConfig }: Panel,
  { lines, colors, order, marks, looks, start, end }: Drawing,
): Omit<uPlot.Options, "width" | "height"> {
  const { unit, decimals, custom = {}, thresholds, min } = fieldConfig?.defaults ?? {};
  const { drawStyle, fillOpacity = 0, lineWidth = 1, stacking } = custom;
  const isBars = drawStyle === "bars";
  const limits = custom.thresholdsStyle?.mode === "dashed" ? (thresholds?.steps ?? []) : [];
  const half = isBars && lines[0] !== undefined ? (end - start) / Math.max(lines[0].values.length - 1, 1) / 2 : 0;
  // Bars of a stack lie over each other: they hide what is behind.
  const fill = (color: string): string =>
    isBars ? color : `color-mix(in srgb, ${color} ${fillOpacity}%, transparent)`;
  const series = order.map((i): uPlot.Series => {
    const color = colors[i] ?? "";
    const paths = isBars ? uPlot.paths.bars?.({ size: [0.8, 40] }) : undefined;
    return {
      label: lines[i]?.name ?? "",
      stroke: color,
      width: isBars ? 0 : Math.max(lineWidth, 1.25),
      dash: isBars ? [] : [...(DASHES[Math.floor(i / COLORS.light.length) % DASHES.length] ?? [])],
      ...(paths !== undefined && { paths }),
      points: isBars
        ? { show: false }
        : { size: 4, filter: (plot, index, show) => (show ? null : alone(plot.data[index])) },
    };
  });
  const isBands = !isBars && stacking?.mode === "normal";
  series.forEach((each, place) => {
    const color = colors[order[place] ?? 0] ?? "";
    // Of a stack of lines, only the lowest is filled down to the ground; the others have bands below.
    if (isBars || !isBands || place === series.length - 1) each.fill = mixed(fill(color));
  });
  const bands = isBands
    ? series.slice(1).map((_, i) => ({
        series: [i + 1, i + 2] as [number, number],
        fill: mixed(fill(colors[order[i] ?? 0] ?? "")),
      }))
    : [];
  return {
    scales: {
      x: { range: [start - half, end + half] },
      y: { range: (_, low, high) => rangeOf(low, high, min, unit) },
    },
    axes: [
      { ...looks.axis, values: MOMENTS, size: X_AXIS_PX },
      {
        ...looks.axis,
        size: roomFor,
        incrs: [...stepsOf(unit)],
        values: (_, ticks) => [...formatTicks(ticks, unit, decimals)],
      },
    ],
    series: [{}, ...series],
    bands,
    hooks: {
      draw: [
        (plot) => {
          drawMarks(plot, marks);
          for (const { value, color } of limits) {
            if (value === null) continue;
            const y = Math.round(plot.valToPos(value, "y", true));
            const { left, width, top, height } = plot.bbox;
            if (y >= top && y <= top + height) drawLine(plot.ctx, cssColor(color), [left, y, left + width, y]);
          }
        },
      ],
    },
  };
}

/** Where a value has none beside it: no line shows that it is there. */
function alone(values: uPlot.AlignedData[number] | undefined): number[] {
  const known = (i: number): boolean => values?.[i] != null;
  return Array.from(values ?? [], (_, i) => i).filter((i) => known(i) && !known(i - 1) && !known(i + 1));
}

function rangeOf(
  low: number | null,
  high: number | null,
  min: number | undefined,
  unit: string | undefined,
): [number, number] {
  if (low === null || high === null) return [0, 1];
  const bottom = min === undefined ? low - (high - low) * ROOM_ABOVE : Math.min(min, low);
  const top = high + (high - bottom) * ROOM_ABOVE;
  // A share of at most all ends there.
  const ceiling = unit === "percentunit" && high <= 1 ? Math.min(top, 1) : top;
  return ceiling > bottom ? [bottom, ceiling] : [bottom, bottom + 1];
}

/** A canvas doesn't mix colours, so the browser does. */
function mixed(color: string): string {
  const probe = document.createElement("span");
  probe.style.color = color;
  document.body.append(probe);
  const { color: made } = getComputedStyle(probe);
  probe.remove();
  return made;
}
