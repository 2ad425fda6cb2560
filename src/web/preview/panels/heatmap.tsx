import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { MOMENTS } from "../../lib/chart-looks.ts";
import { exact } from "../../lib/format.ts";
import { type Bucket, bucketsOf, momentsOf } from "../lib/grid.ts";
import { formatValue } from "../lib/units.ts";
import { drawMarks, type Looks, Plot, type Pointed, roomFor, X_AXIS_PX } from "./plot.tsx";
import type { DrawProps, Mark } from "./shown.ts";

/** The height of a line of text on the axis, in pixels. */
const LINE_PX = 20;
/** How much of the colour the smallest count has. */
const FAINTEST = 0.15;
const GREEN = { light: "#1a7f37", dark: "#4ac26b" } as const;

/** How many lay in each bucket, as the strength of a colour. */
export function HeatmapPanel({ panel, answers, shown, marks }: DrawProps): JSX.Element {
  const { start, end, step } = shown;
  const unit = panel.options?.yAxis?.unit;
  const moments = useMemo(() => momentsOf(start, end, step), [answers]);
  const buckets = useMemo(() => bucketsOf(answers[0]?.series ?? [], moments, step), [answers]);
  const words = buckets.map(({ le }) => boundOf(le, unit));
  const tip = ({ index, y }: Pointed): JSX.Element => {
    const row = Math.floor(y);
    return (
      <>
        <p>{exact((moments[index] ?? 0) * 1_000)}</p>
        <p>
          {words[row]}: <strong>{formatValue(buckets[row]?.counts[index] ?? 0)}</strong>
        </p>
      </>
    );
  };
  return (
    <Plot
      label={`${panel.title}: how many lay in ${words.join(", ")}`}
      options={(looks) => optionsOf({ buckets, words, moments, step, marks, looks })}
      data={[[...moments], moments.map(() => null)]}
      of={[answers, marks]}
      tip={tip}
    />
  );
}

function boundOf(le: string, unit: string | undefined): string {
  return le === "+Inf" ? "more" : `≤ ${formatValue(Number(le), unit)}`;
}

interface Drawing {
  readonly buckets: readonly Bucket[];
  readonly words: readonly string[];
  readonly moments: readonly number[];
  readonly step: number;
  readonly marks: readonly Mark[];
  readonly looks: Looks;
}

function optionsOf({ buckets, words, moments, step, marks, looks }: Drawing): Omit<uPlot.Options, "width" | "height"> {
  const [first = 0, last = 1] = [moments[0], moments.at(-1)];
  return {
    scales: { x: { range: [first - step / 2, last + step / 2] }, y: { range: [0, Math.max(buckets.length, 1)] } },
    axes: [
      { ...looks.axis, values: MOMENTS, size: X_AXIS_PX },
      {
        ...looks.axis,
        size: roomFor,
        grid: { show: false },
        splits: ({ height }) => {
          const each = Math.max(1, Math.ceil((words.length * LINE_PX) / height));
          return words.flatMap((_, i) => ((words.length - 1 - i) % each === 0 ? [i + 0.5] : []));
        },
        values: (_, ticks) => ticks.map((tick) => words[Math.floor(tick)] ?? ""),
      },
    ],
    series: [{}, {}],
    hooks: {
      draw: [
        (plot) => {
          drawCells(plot, buckets, moments, step, GREEN[looks.dark ? "dark" : "light"]);
          drawMarks(plot, marks);
        },
      ],
    },
  };
}

function drawCells(
  { ctx, valToPos }: uPlot,
  buckets: readonly Bucket[],
  moments: readonly number[],
  step: number,
  color: string,
): void {
  const most = Math.max(...buckets.flatMap(({ counts }) => counts), Number.MIN_VALUE);
  ctx.save();
  ctx.fillStyle = color;
  for (const [row, { counts }] of buckets.entries()) {
    const [top, bottom] = [valToPos(row + 1, "y", true), valToPos(row, "y", true)];
    for (const [i, count] of counts.entries()) {
      if (count <= 0) continue;
      const at = moments[i] ?? 0;
      const [left, right] = [valToPos(at - step / 2, "x", true), valToPos(at + step / 2, "x", true)];
      // The square root, so that few are seen beside many.
      ctx.globalAlpha = FAINTEST + (1 - FAINTEST) * Math.sqrt(count / most);
      ctx.fillRect(left, top + 1, Math.max(right - left - 1, 1), bottom - top - 1);
    }
  }
  ctx.restore();
}
