export { type ClockChange, nextClockChanges } from "./clock-changes.ts";
export { type Cron, type CronProblem, parseCron } from "./cron-fields.ts";
export { describeCron, matchesSomeDay, shortestGapSeconds } from "./cron-meaning.ts";
export { nextSlots } from "./next-slots.ts";
export { countSlots, longestGapMs } from "./slot-times.ts";
export {
  formatTime,
  isTimeZone,
  localDate,
  offsetMs,
  parsePointInTime,
  suggestTimeZone,
  timeZones,
} from "./time-zone.ts";
