import type { JSX } from "preact";
import { ask } from "../../api/client.ts";
import { Ready } from "../../components/problem.tsx";
import { Scroll } from "../../components/scroll.tsx";
import type { Routes } from "../../generated/api.ts";
import { now } from "../../lib/clock.ts";
import { dayOf, zoneName } from "../../lib/format.ts";
import type { PipelineAnswer } from "../../lib/pipeline-answer.ts";
import { labelOf } from "../../lib/states.ts";
import { useData } from "../../lib/use-data.ts";
import { count, DAY_MS } from "../../lib/words.ts";

type Day = Routes["GET /pipelines/:pipeline/days"]["answer"]["days"][number];

const WEEKS = 53;
const WEEKDAYS = ["Mon", "", "Wed", "", "Fri", "", "Sun"] as const;
const MONTHS = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" });

/** A year of days, each in the colour of the worst that happened. */
export function CalendarTab({ data: { pipeline } }: { readonly data: PipelineAnswer }): JSX.Element {
  const { name } = pipeline;
  const zone = zoneName();
  const query = { days: WEEKS * 7, zone };
  const loaded = useData(
    `days ${name} ${zone}`,
    (signal) => ask("GET /pipelines/:pipeline/days", { path: { pipeline: name }, query, signal }),
    (event) => event.type === "run" && event.pipeline === name && event.event.type === "run_finished",
  );
  return <Ready of={loaded}>{({ days }) => <Year days={days} zone={zone} />}</Ready>;
}

function Year({ days, zone }: { readonly days: readonly Day[]; readonly zone: string }): JSX.Element {
  const known = new Map(days.map((day) => [day.day, day]));
  const today = Date.parse(dayOf(now.value, zone));
  // Weeks begin on Monday; the first day of 1970 was a Thursday.
  const monday = today - ((today / DAY_MS + 3) % 7) * DAY_MS;
  const first = monday - (WEEKS - 1) * 7 * DAY_MS;
  const weeks = Array.from({ length: WEEKS }, (_, week) => first + week * 7 * DAY_MS);
  const total = days.reduce((sum, { states }) => sum + Object.values(states).reduce((a, b) => a + b, 0), 0);
  return (
    <div class="card">
      <h2>{count(total, "run")} in a year</h2>
      <Scroll label="Days of a year">
        <table class="calendar">
          <thead>
            <tr>
              <td />
              {weeks.map((week) => (
                <td key={week} class="month">
                  {new Date(week).getUTCDate() <= 7 ? MONTHS.format(week) : ""}
                </td>
              ))}
            </tr>
          </thead>
          <tbody>
            {WEEKDAYS.map((label, weekday) => (
              <tr key={weekday}>
                <th scope="row">{label}</th>
                {weeks.map((week) => (
                  <DayCell
                    key={week}
                    at={week + weekday * DAY_MS}
                    day={known.get(week + weekday * DAY_MS)}
                    isPast={week + weekday * DAY_MS <= today}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="hint">Days in {zone}. A cross is a day with a failure, a dot one with successes alone.</p>
    </div>
  );
}

interface DayCellProps {
  readonly at: number;
  readonly day: Day | undefined;
  readonly isPast: boolean;
}

function DayCell({ at, day, isPast }: DayCellProps): JSX.Element {
  if (!isPast) return <td />;
  const states = Object.entries(day?.states ?? {});
  const worst = ["failed", "cancelled", "running", "queued", "success"].find((state) =>
    states.some(([each]) => each === state),
  );
  const words = states.map(([state, number]) => `${number} ${labelOf(state)}`).join(", ") || "no runs";
  const sign = worst === "failed" ? "×" : worst === "success" ? "·" : "";
  return (
    <td>
      <span class={worst === undefined ? "day" : `day state-${worst}`} title={`${dayOf(at, "UTC")}: ${words}`}>
        {sign}
      </span>
    </td>
  );
}
