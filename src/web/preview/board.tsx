import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { present } from "../lib/clock.ts";
import { go, query } from "../lib/router.ts";
import { askLabelValues, askSeries } from "./lib/ask.ts";
import { cssColor } from "./lib/fields.ts";
import type { Dashboard, Variable } from "./lib/model.ts";
import { ALL, type Choices, fillIn, seriesName, stepOf, timeVariables } from "./lib/templates.ts";
import { rangeOf, rangesWith, refreshesWith, refreshOf } from "./lib/times.ts";
import { useAnswer } from "./lib/use-answer.ts";
import { choicesOf, keyOf, labelValuesOf, offered } from "./lib/variables.ts";
import { PanelBox } from "./panel.tsx";
import type { Mark, Shown } from "./panels/shown.ts";

/** Marks of what happened are looked for that far apart at least, in seconds. */
const MARK_STEP_S = 60;

/** A dashboard with its variables, its time, and its panels. */
export function Board({ board, isSample }: { readonly board: Dashboard; readonly isSample: boolean }): JSX.Element {
  const { time, templating, annotations } = board;
  const range = rangeOf(query.value.get("from"), time?.from);
  const refresh = refreshOf(query.value.get("refresh"), board.refresh);
  const [at, setAt] = useState(present);
  const [hidden, setHidden] = useState<readonly string[]>(() =>
    annotations.list.filter(({ enable }) => enable === false).map(({ name }) => name),
  );
  useEffect(() => {
    if (refresh.ms === undefined) return;
    const timer = setInterval(() => !document.hidden && setAt(present()), refresh.ms);
    return () => clearInterval(timer);
  }, [refresh.ms]);
  useEffect(() => {
    document.title = board.title;
  }, [board.title]);
  const step = stepOf(range.seconds);
  // Points stand at the same moments whenever it is looked, so that bars don't change their height by that.
  const end = Math.floor(at / 1_000 / step) * step;
  const choices: Choices = new Map([...choicesOf(board, query.value), ...timeVariables(range.seconds)]);
  const shown: Shown = { choices, start: end - range.seconds, end, step, from: range.from, isSample, now: at / 1_000 };
  const marks = useMarks(board, shown).filter(({ name }) => !hidden.includes(name));
  const change = (name: string, values: readonly string[]): void => {
    const next = new URLSearchParams(query.value);
    next.delete(name);
    for (const value of values) next.append(name, value);
    go(`${window.location.pathname}?${next}`, { replace: true });
  };
  return (
    <>
      <div class="head">
        <h1>{board.title}</h1>
        {board.description !== undefined && <p class="quiet-text">{board.description}</p>}
        <div class="times">
          {(board.links ?? []).map(({ type, title, url = "" }) =>
            type === "link" && /^https?:/.test(url) ? (
              <a key={title} class="button" href={url} target="_blank" rel="noopener noreferrer">
                {title}
              </a>
            ) : null,
          )}
          <select
            aria-label="Time"
            value={range.from}
            onChange={({ currentTarget }) => change("from", [currentTarget.value])}
          >
            {rangesWith(range).map(({ from, label }) => (
              <option key={from} value={from}>
                {label}
              </option>
            ))}
          </select>
          <select
            aria-label="Refresh"
            value={refresh.value}
            onChange={({ currentTarget }) => change("refresh", [currentTarget.value])}
          >
            {refreshesWith(refresh).map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
          <button type="button" onClick={() => setAt(present())}>
            Refresh
          </button>
        </div>
      </div>
      <form class="bar" onSubmit={(event) => event.preventDefault()}>
        {offered(board).map((variable) => (
          <VariableSelect
            key={variable.name}
            variable={variable}
            shown={shown}
            chosen={choices.get(variable.name)?.values ?? []}
            onChoice={(values) => change(`var-${variable.name}`, values)}
          />
        ))}
        {templating.list
          .filter((variable) => variable.type !== "datasource" && labelValuesOf(variable) === undefined)
          .map(({ name }) => (
            <span key={name} class="quiet-text">
              The variable {name} is of a kind that the preview doesn't know.
            </span>
          ))}
        {annotations.list.map(({ name, iconColor }) => (
          <label key={name} class="mark-choice">
            <input
              type="checkbox"
              checked={!hidden.includes(name)}
              onChange={() =>
                setHidden(hidden.includes(name) ? hidden.filter((each) => each !== name) : [...hidden, name])
              }
            />
            <span class="swatch" style={{ "--value": cssColor(iconColor) }} />
            {name}
          </label>
        ))}
      </form>
      <div class="grid">
        {board.panels.map((panel) => (
          <PanelBox key={panel.id} panel={panel} shown={shown} marks={marks} />
        ))}
      </div>
    </>
  );
}

interface VariableSelectProps {
  readonly variable: Variable;
  readonly shown: Shown;
  readonly chosen: readonly string[];
  readonly onChoice: (values: readonly string[]) => void;
}

/** One value, or all. Several that an address asks for stay together as one choice. */
function VariableSelect({ variable, shown, chosen, onChoice }: VariableSelectProps): JSX.Element {
  const { label: wanted = "", match } = labelValuesOf(variable) ?? {};
  const { start, end, choices } = shown;
  const selector = match === undefined ? undefined : fillIn(match, choices);
  const { value: values = [], error } = useAnswer(`${wanted} ${selector} ${start} ${end}`, (signal) =>
    askLabelValues({ label: wanted, ...(selector !== undefined && { match: selector }), start, end }, signal),
  );
  const several = chosen.length > 1 ? chosen.join(" + ") : undefined;
  const single = chosen[0] ?? ALL;
  const isStrange = several === undefined && single !== ALL && !values.includes(single);
  const label = variable.label ?? variable.name;
  return (
    <label title={error}>
      {label}{" "}
      <select
        aria-label={label}
        value={several ?? single}
        onChange={({ currentTarget }) => onChoice([currentTarget.value])}
      >
        {variable.includeAll === true && <option value={ALL}>All</option>}
        {several !== undefined && <option value={several}>{several}</option>}
        {isStrange && <option value={single}>{single}</option>}
        {values.map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
      {error !== undefined && <span class="panel-error">{error}</span>}
    </label>
  );
}

/** What happened, as the board's annotations find it: the first moment of each, however long it stays true. */
function useMarks({ annotations }: Dashboard, { choices, start, end, step }: Shown): readonly Mark[] {
  const apart = Math.max(step, MARK_STEP_S);
  const wanted = annotations.list.flatMap((annotation) =>
    annotation.expr === undefined ? [] : [{ ...annotation, expr: fillIn(annotation.expr, choices) }],
  );
  const key = wanted.map(({ expr }) => keyOf(expr, choices) + expr).join();
  const { value = [] } = useAnswer(`${key} ${start} ${end}`, async (signal) => {
    const found = wanted.map(async ({ name, iconColor, expr, titleFormat = name, textFormat = "" }) => {
      const series = await askSeries({ expr, unit: "short", start, end, step: apart }, signal);
      return series.flatMap((each): Mark[] => {
        const title = [titleFormat, seriesName(each, textFormat)].filter((text) => text !== "").join(": ");
        const firsts = each.points.filter(
          ([at], i) => at - (each.points[i - 1]?.[0] ?? Number.NEGATIVE_INFINITY) > apart,
        );
        return firsts.map(([at]) => ({ name, at, title: textFormat === "" ? titleFormat : title, color: iconColor }));
      });
    });
    // One that can't be had takes none of the others away.
    return (await Promise.allSettled(found)).flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  });
  return value;
}
