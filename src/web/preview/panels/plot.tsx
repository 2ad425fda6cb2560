import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { isDark } from "../../lib/settings.ts";
import type { Mark } from "./shown.ts";

/** Where the pointer is in a plot. */
export interface Pointed {
  /** Which of the moments. */
  readonly index: number;
  /** On the scale `y`. */
  readonly y: number;
}

interface PlotProps {
  readonly label: string;
  /** All but the size. Made anew with the theme. */
  readonly options: (looks: Looks) => Omit<uPlot.Options, "width" | "height">;
  readonly data: uPlot.AlignedData;
  /** What the plot shows: it is made anew when any of these is another. */
  readonly of: readonly unknown[];
  /** Words on where the pointer is. */
  readonly tip: (pointed: Pointed) => ComponentChildren;
}

export interface Looks {
  readonly axis: uPlot.Axis;
  readonly dark: boolean;
}

/** What keeps the pointers of all plots together. */
const TOGETHER = "board";
/** How wide a letter on an axis is, and what stands around them, in pixels. */
const [LETTER_PX, AROUND_PX] = [6.4, 16];

/** A plot that fills its box, with a line where the pointer is in any of them. */
export function Plot({ label, options, data, of, tip }: PlotProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<Pointed & { readonly left: number; readonly isRight: boolean }>();
  const [isOver, setIsOver] = useState(false);
  const dark = isDark.value;
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const size = (): { width: number; height: number } => ({
      width: element.clientWidth,
      height: element.clientHeight,
    });
    const made = options({ axis: axisOf(), dark });
    const plot = new uPlot(
      {
        ...made,
        ...size(),
        padding: PADDING,
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: false, y: false },
          points: { show: false },
          sync: { key: TOGETHER },
          ...made.cursor,
        },
        hooks: {
          ...made.hooks,
          setCursor: [
            ({ cursor, posToVal, over }) => {
              const { idx, left = -1, top = -1 } = cursor;
              setPointed(
                idx == null || left < 0
                  ? undefined
                  : { index: idx, y: posToVal(top, "y"), left, isRight: left > over.clientWidth / 2 },
              );
            },
          ],
        },
      },
      data,
      element,
    );
    plot.over.addEventListener("mouseenter", () => setIsOver(true));
    plot.over.addEventListener("mouseleave", () => setIsOver(false));
    const watch = new ResizeObserver(() => plot.setSize(size()));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [...of, dark]);
  return (
    <div class="plot">
      <div class="plot-box" ref={box} role="img" aria-label={label} />
      {isOver && pointed !== undefined && (
        <div class={`tip ${pointed.isRight ? "tip-left" : "tip-right"}`}>{tip(pointed)}</div>
      )}
    </div>
  );
}

function axisOf(): uPlot.Axis {
  const styles = getComputedStyle(document.documentElement);
  return {
    stroke: styles.getPropertyValue("--quiet"),
    grid: { stroke: styles.getPropertyValue("--line"), width: 1 },
    ticks: { show: false },
  };
}

/** Below the axis at the left stands half of the first day, which needs room too. */
const LETTERS_MIN = 4;
/** The height of the axis below: a time, and a day where one begins. */
export const X_AXIS_PX = 40;
/** What is left free above and beside the plot, in pixels. */
const PADDING: uPlot.Padding = [10, 10, 0, 0];

/** The room that the words on an axis need. */
export function roomFor(_: uPlot, words: readonly string[] | null): number {
  const longest = Math.max(...(words ?? []).map((word) => word.length), LETTERS_MIN);
  return Math.ceil(longest * LETTER_PX) + AROUND_PX;
}

/** Draws a line over the plot where something happened. */
export function drawMarks({ ctx, bbox, valToPos }: uPlot, marks: readonly Mark[]): void {
  for (const { at, color } of marks) {
    const x = Math.round(valToPos(at, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    drawLine(ctx, color, [x, bbox.top, x, bbox.top + bbox.height]);
  }
}

export function drawLine(
  ctx: CanvasRenderingContext2D,
  color: string,
  [x, y, toX, toY]: readonly [number, number, number, number],
): void {
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = Math.max(1, window.devicePixelRatio);
  ctx.setLineDash([4, 4]);
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(toX, toY);
  ctx.stroke();
  ctx.restore();
}
