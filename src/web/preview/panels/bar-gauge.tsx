import type { JSX } from "preact";
import { colorAt, fieldOf } from "../lib/fields.ts";
import { seriesName } from "../lib/templates.ts";
import { formatValue } from "../lib/units.ts";
import { Links } from "../links.tsx";
import type { DrawProps } from "./shown.ts";

/** A bar for the last value of each series, as long as it is large. */
export function BarGaugePanel({ panel, answers, shown }: DrawProps): JSX.Element {
  const bars = answers.flatMap(({ target, series }) =>
    series.flatMap((each) => {
      const value = each.points.findLast(([, known]) => known !== null)?.[1];
      return value == null ? [] : [{ name: seriesName(each, target.legendFormat), value, labels: each.labels }];
    }),
  );
  const longest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  return (
    <div class="gauges">
      {bars.map(({ name, value, labels }) => {
        const field = fieldOf(panel, name);
        const color = colorAt(field, value);
        const text = formatValue(value, field.unit, field.decimals);
        const style = {
          "--share": `${Math.max(0, (value / longest) * 100)}%`,
          ...(color !== undefined && { "--value": color }),
        };
        return (
          <div key={`${name} ${JSON.stringify(labels)}`} class="gauge" style={style}>
            <span class="gauge-name">
              <Links links={field.links} shown={shown} labels={labels}>
                {name}
              </Links>
            </span>
            <span class="gauge-bar" />
            <span class="gauge-value">{text}</span>
          </div>
        );
      })}
    </div>
  );
}
