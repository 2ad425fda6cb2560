import type { ComponentType, JSX } from "preact";
import { askSeries } from "./lib/ask.ts";
import { type KINDS, unknownIn } from "./lib/fields.ts";
import type { Panel } from "./lib/model.ts";
import { fillIn } from "./lib/templates.ts";
import { useAnswer } from "./lib/use-answer.ts";
import { BarGaugePanel } from "./panels/bar-gauge.tsx";
import { HeatmapPanel } from "./panels/heatmap.tsx";
import type { DrawProps, Mark, Shown, TargetAnswer } from "./panels/shown.ts";
import { StatPanel } from "./panels/stat.tsx";
import { TablePanel } from "./panels/table.tsx";
import { TimeSeriesPanel } from "./panels/time-series.tsx";

/** Who draws a kind of panel. A row has its title alone. */
const DRAWN: Readonly<Record<Exclude<(typeof KINDS)[number], "row">, ComponentType<DrawProps>>> = {
  timeseries: TimeSeriesPanel,
  stat: StatPanel,
  bargauge: BarGaugePanel,
  heatmap: HeatmapPanel,
  table: TablePanel,
};

interface PanelBoxProps {
  readonly panel: Panel;
  readonly shown: Shown;
  readonly marks: readonly Mark[];
}

/** A panel in its place on the board, with its title; or why it can't be drawn. */
export function PanelBox({ panel, shown, marks }: PanelBoxProps): JSX.Element {
  const { gridPos, title, description, type } = panel;
  const { x, y, w, h } = gridPos;
  const style = { "--x": x + 1, "--y": y + 1, "--w": w, "--h": h };
  if (type === "row") {
    return (
      <h2 class="row-title" style={style}>
        {title}
      </h2>
    );
  }
  const id = `panel-${panel.id}`;
  return (
    <article class={`panel panel-${type}`} style={style} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {description !== undefined && (
          <button type="button" class="quiet info" title={description} aria-label={`What it shows: ${description}`}>
            i
          </button>
        )}
        {shown.isSample && <span class="sample">sample</span>}
      </header>
      <Content panel={panel} shown={shown} marks={marks} />
    </article>
  );
}

function Content({ panel, shown, marks }: PanelBoxProps): JSX.Element | null {
  const unknown = unknownIn(panel);
  const { value: answers, error } = useAnswer(keyFor(panel, shown), async (signal) =>
    unknown === undefined ? await answersTo(panel, shown, signal) : [],
  );
  if (unknown !== undefined) return <p class="panel-error">{unknown}</p>;
  if (error !== undefined) {
    return (
      <p class="panel-error" role="alert">
        {error}
      </p>
    );
  }
  if (answers === undefined) return <p class="panel-empty">…</p>;
  const isEmpty = answers.every(({ series }) =>
    series.every(({ points }) => points.every(([, value]) => value === null)),
  );
  const { noValue } = panel.fieldConfig?.defaults ?? {};
  if (isEmpty) return <p class="panel-empty">{noValue ?? "No data"}</p>;
  const Draw = DRAWN[panel.type as keyof typeof DRAWN];
  return <Draw panel={panel} answers={answers} shown={shown} marks={marks} />;
}

function keyFor({ targets = [] }: Panel, { choices, start, end, now }: Shown): string {
  const exprs = targets.map(({ expr = "" }) => fillIn(expr, choices));
  // What is asked of one moment is asked again whenever it is looked.
  const when = targets.every(({ instant }) => instant === true) ? [now] : [start, end];
  return JSON.stringify([exprs, when]);
}

async function answersTo(
  { targets = [], fieldConfig }: Panel,
  shown: Shown,
  signal: AbortSignal,
): Promise<readonly TargetAnswer[]> {
  const { choices, start, end, step, now } = shown;
  const unit = fieldConfig?.defaults.unit ?? "short";
  return await Promise.all(
    targets.map(async (target) => {
      const times = target.instant === true ? { start: now, end: now, step } : { start, end, step };
      const expr = fillIn(target.expr ?? "", choices);
      return { target, series: await askSeries({ expr, unit, ...times }, signal) };
    }),
  );
}
