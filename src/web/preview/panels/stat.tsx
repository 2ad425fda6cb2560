import type { JSX } from "preact";
import { colorAt, fieldOf } from "../lib/fields.ts";
import type { Series } from "../lib/model.ts";
import { seriesName } from "../lib/templates.ts";
import { formatValue } from "../lib/units.ts";
import type { DrawProps } from "./shown.ts";

/** The spark line's own measures; it is stretched to the panel's. */
const [WIDTH, HEIGHT] = [200, 40];

/** The last value of each series, large, in its threshold's colour. */
export function StatPanel({ panel, answers }: DrawProps): JSX.Element {
  const { textMode, graphMode } = panel.options ?? {};
  const all = answers.flatMap(({ target, series }) =>
    series.map((each) => ({
      ...each,
      name: seriesName(each, target.legendFormat),
      isInstant: target.instant === true,
    })),
  );
  return (
    <div class="stats">
      {all.map(({ name, isInstant, ...series }) => {
        const field = fieldOf(panel, name);
        const value = lastOf(series);
        const color = colorAt(field, value);
        const text = value === null ? (field.noValue ?? "No data") : formatValue(value, field.unit, field.decimals);
        const style = color === undefined ? {} : { "--value": color };
        return (
          <div key={`${name} ${JSON.stringify(series.labels)}`} class="stat" style={style}>
            {all.length > 1 && textMode !== "name" && <span class="stat-name">{name}</span>}
            <span class="stat-value">{textMode === "name" ? name : text}</span>
            {graphMode === "area" && !isInstant && <Spark points={series.points} />}
          </div>
        );
      })}
    </div>
  );
}

function lastOf({ points }: Series): number | null {
  return points.findLast(([, value]) => value !== null)?.[1] ?? null;
}

function Spark({ points }: Pick<Series, "points">): JSX.Element | null {
  const known = points.filter((point): point is readonly [number, number] => point[1] !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined || first[0] === last[0]) return null;
  const values = known.map(([, value]) => value);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const line = known.map(([at, value]) => {
    const x = ((at - first[0]) / (last[0] - first[0])) * WIDTH;
    return `${x.toFixed(1)},${(HEIGHT - 2 - ((value - low) / span) * (HEIGHT - 4)).toFixed(1)}`;
  });
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="spark-area" d={`M0,${HEIGHT}L${line.join("L")}L${WIDTH},${HEIGHT}Z`} />
      <path class="spark-line" d={`M${line.join("L")}`} />
    </svg>
  );
}
