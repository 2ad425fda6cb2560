import type { JSX } from "preact";
import { fieldOf } from "../lib/fields.ts";
import { type Cell, tableOf } from "../lib/table.ts";
import { formatValue } from "../lib/units.ts";
import { Links } from "../links.tsx";
import type { DrawProps } from "./shown.ts";

/** Rows of labels and values, after the panel's transformations. */
export function TablePanel({ panel, answers, shown }: DrawProps): JSX.Element {
  const { columns, rows } = tableOf(
    answers.map(({ target, series }) => ({ refId: target.refId, series })),
    panel.transformations ?? [],
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard must reach.
    <div class="table-box" tabIndex={0} role="group" aria-label={panel.title}>
      <table>
        <thead>
          <tr>
            {columns.map((column, i) => (
              <th
                key={column}
                scope="col"
                class={rows.some((row) => typeof row[i] === "number") ? "number" : undefined}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={JSON.stringify(row)}>
              {row.map((cell, i) => (
                <TableCell key={columns[i]} panel={panel} column={columns[i] ?? ""} cell={cell} shown={shown} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface TableCellProps extends Pick<DrawProps, "panel" | "shown"> {
  readonly column: string;
  readonly cell: Cell;
}

function TableCell({ panel, column, cell, shown }: TableCellProps): JSX.Element {
  const { unit, decimals, links } = fieldOf(panel, column);
  const text = typeof cell === "number" ? formatValue(cell, unit, decimals) : (cell ?? "");
  return (
    <td class={typeof cell === "number" ? "number" : undefined}>
      <Links links={text === "" ? [] : links} shown={shown} value={String(cell)}>
        {text}
      </Links>
    </td>
  );
}
