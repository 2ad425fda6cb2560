export { type Cron, type CronProblem, parseCron } from "./cron-fields.ts";
export { describeCron, matchesSomeDay, shortestGapSeconds } from "./cron-meaning.ts";
export { nextSlots } from "./next-slots.ts";
export { formatTime, isTimeZone, localDate, parsePointInTime, suggestTimeZone } from "./time-zone.ts";
