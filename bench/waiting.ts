/*
 * `npm run bench:waiting`: what an engine takes while 10,000 sensors wait in it that look every minute, after they were
 * started and after it was started again; and an idle one, to hold it against. Ends with 1 over a bound. Takes minutes.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sensors } from "./pipelines.ts";
import { bundle } from "./rows.ts";
import type { Waiting } from "./waiting-engine.ts";

const SENSORS = 10_000;
/** More than an idle engine. */
const COST_MIB_MAX = 150;
/** Of one core. */
const CPU_PERCENT_MAX = 5;

const folder = mkdtempSync(join(tmpdir(), "engine-bench-"));
try {
  bundle(folder, ["waiting-engine"]);
  const file = join(folder, "sensors.yaml");
  writeFileSync(file, sensors(SENSORS));
  const [idle, data] = [join(folder, "idle"), join(folder, "data")];
  mkdirSync(idle);
  mkdirSync(data);
  const idle_mib = measure("idle", idle, file, 0);
  measure("start", data, file, SENSORS, idle_mib);
  measure("resume", data, file, SENSORS, idle_mib);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Prints what it takes; the result is the memory in MiB. */
function measure(how: string, data: string, file: string, expected: number, idle_mib?: number): number {
  const program = join(folder, "chunks/waiting-engine.js");
  const printed = execFileSync(process.execPath, [program, how, data, file], { encoding: "utf8" });
  const { begun_ms, rss_mib, cpu_percent, waiting } = JSON.parse(printed) as Waiting;
  const cost_mib = rss_mib - (idle_mib ?? rss_mib);
  const good = cost_mib <= COST_MIB_MAX && cpu_percent <= CPU_PERCENT_MAX && waiting === expected;
  if (!good) process.exitCode = 1;
  console.log(
    `${good ? "ok  " : "OVER"} ${how}: ${waiting} wait, ${rss_mib.toFixed(0)} MiB, ${cost_mib.toFixed(0)} more than idle ` +
      `(at most ${COST_MIB_MAX}), ${cpu_percent.toFixed(2)} % of a core (at most ${CPU_PERCENT_MAX}), ` +
      `ready after ${(begun_ms / 1000).toFixed(1)} s`,
  );
  return rss_mib;
}
