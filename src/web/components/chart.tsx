import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { COLORS, DASHES, MOMENTS } from "../lib/chart-looks.ts";
import { isDark, zone } from "../lib/settings.ts";
import { duration } from "../lib/words.ts";

export interface Series {
  readonly label: string;
  /** In seconds; undefined where there is none. */
  readonly values: readonly (number | undefined)[];
}

interface ChartProps {
  /** Seconds since 1970. */
  readonly x: readonly number[];
  readonly series: readonly Series[];
}

const HEIGHT = 240;
/** Durations over time. */
export function Chart({ x, series }: ChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const dark = isDark.value;
  const utc = zone.value === "utc";
  const shape = series.map(({ label }) => label).join("|");
  const data = [[...x], ...series.map(({ values }) => values.map((value) => value ?? null))] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const plot = useRef<uPlot>(null);
  useEffect(() => {
    let isGone = false;
    let watch: ResizeObserver | undefined;
    void Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]).then(([{ default: Plot }]) => {
      const element = box.current;
      if (isGone || element === null) return;
      const options = optionsOf(
        element.clientWidth,
        series,
        dark,
        utc ? (at) => Plot.tzDate(new Date(at * 1000), "UTC") : undefined,
      );
      plot.current = new Plot(options, latest.current, element);
      watch = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
      watch.observe(element);
    });
    return () => {
      isGone = true;
      watch?.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, dark, utc]);
  useEffect(() => plot.current?.setData(data));
  return (
    <div
      class="chart"
      ref={box}
      role="img"
      aria-label={`Chart of how long they took: ${series.map(({ label }) => label).join(", ")}`}
    />
  );
}

function optionsOf(
  width: number,
  series: readonly Series[],
  dark: boolean,
  tzDate: ((at: number) => Date) | undefined,
): uPlot.Options {
  const styles = getComputedStyle(document.documentElement);
  const axis = {
    stroke: styles.getPropertyValue("--quiet"),
    grid: { stroke: styles.getPropertyValue("--line"), width: 1 },
    ticks: { show: false },
  };
  const colors = COLORS[dark ? "dark" : "light"];
  const words = (seconds: number | null): string => (seconds === null ? "–" : duration(seconds * 1000));
  return {
    ...{ width, height: HEIGHT },
    ...(tzDate !== undefined && { tzDate }),
    scales: { y: { range: (_, __, high) => [0, Math.max(high * 1.1, 0.001)] } },
    axes: [
      { ...axis, values: MOMENTS },
      { ...axis, size: 64, values: (_, ticks) => ticks.map(words) },
    ],
    series: [
      { value: "{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}" },
      ...series.map(({ label }, index) => ({
        label,
        stroke: colors[index % colors.length] ?? "",
        dash: [...(DASHES[Math.floor(index / colors.length) % DASHES.length] ?? [])],
        width: 1.5,
        spanGaps: true,
        points: { size: 5 },
        value: (_: uPlot, value: number | null) => words(value),
      })),
    ],
  };
}
