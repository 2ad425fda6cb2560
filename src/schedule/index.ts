export { type ClockChange, nextClockChanges } from "./clock-changes.ts";
export { type Cron, type CronProblem, parseCron } from "./cron-fields.ts";
export { describeCron, matchesSomeDay, shortestGapSeconds } from "./cron-meaning.ts";
export {
  decideSlots,
  firstWatermark,
  isFarAhead,
  SKIP_REASONS,
  type SkippedRange,
  type SkipReason,
  type SlotAnswer,
  withoutSlots,
} from "./decide-slots.ts";
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
export { dueAt, hasSlots, nextSlot, slotBefore, slotsBetween, type Timetable } from "./timetable.ts";
