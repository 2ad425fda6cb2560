/** The one name that is used of a CommonJS package. Imported lazily by itself, it has none once it is bundled. */
export { CronExpressionParser } from "cron-parser";
