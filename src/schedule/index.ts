export { formatTime, isTimeZone, localDate, suggestTimeZone } from "./time-zone.ts";
