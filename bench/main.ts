/*
 * `npm run bench [ROW…]`: how long things take, each against a floor that is measured in the same run.
 * The two sides of a row take turns, and the middle of several rounds counts. Ends with 1 when a row is
 * over its bound.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { MANY_FILES } from "./many-files.ts";
import { type Measured, median } from "./measure.ts";
import { ROWS, type Row } from "./rows.ts";

const ALL = [...ROWS, ...MANY_FILES];

const names = process.argv.slice(2);
const unknown = names.filter((name) => !ALL.some((row) => row.name === name));
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(", ")}: name some of ${ALL.map((row) => row.name).join(", ")}.`);
  process.exitCode = 2;
} else if (existsSync(join(import.meta.dirname, "../dist/engine.cjs"))) {
  bench(names.length === 0 ? ALL : ALL.filter((row) => names.includes(row.name)));
} else {
  console.error("dist/ is not built: run `npm run build` first.");
  process.exitCode = 2;
}

function bench(rows: readonly Row[]): void {
  printMachine();
  const folders = rows.map(() => mkdtempSync(join(tmpdir(), "engine-bench-")));
  try {
    for (const [i, row] of rows.entries()) {
      const folder = folders[i];
      if (folder !== undefined && !measure(row, folder)) process.exitCode = 1;
    }
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

function printMachine(): void {
  const [cpu] = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const bash = execFileSync("bash", ["-c", "echo $BASH_VERSION"], { encoding: "utf8" }).trim();
  const disk = execFileSync("df", ["-PT", tmpdir()], { encoding: "utf8" }).split("\n")[1]?.split(/\s+/)[1];
  console.log(`${cpus().length} × ${cpu?.model.trim()}, ${gib} GiB, ${process.platform} ${release()}`);
  console.log(
    `Node ${process.versions.node}, bash ${bash}, ${tmpdir()} on ${disk}, load ${loadavg()[0]?.toFixed(2)}\n`,
  );
}

/** Measures a row and prints it. False when it is over its bound. */
function measure(row: Row, folder: string): boolean {
  row.prepare(folder);
  const floors: Measured[] = [];
  const subjects: Measured[] = [];
  for (let round = 0; round < row.rounds; round++) {
    // Whoever goes second may find the machine warmer or busier: that falls to both alike.
    const floorFirst = round % 2 === 0;
    if (floorFirst) floors.push(row.floor(folder));
    subjects.push(row.subject(folder));
    if (!floorFirst) floors.push(row.floor(folder));
  }
  const floor_ms = median(floors.map(({ ms }) => ms));
  const subject_ms = median(subjects.map(({ ms }) => ms));
  const ratio = subject_ms / floor_ms;
  const rss_mib = Math.max(...subjects.map((subject) => subject.rss_mib ?? 0));
  const good = ratio <= row.ratio_max && (row.rss_mib_max === undefined || rss_mib <= row.rss_mib_max);
  console.log(`${good ? "ok  " : "OVER"} ${row.name}: ${row.what}`);
  console.log(`     ${subject_ms.toFixed(1)} ms, ${spread(subjects)}`);
  console.log(`     floor: ${floor_ms.toFixed(1)} ms, ${spread(floors)} (${row.floor_what})`);
  console.log(`     ratio ${ratio.toFixed(2)}, at most ${row.ratio_max}`);
  if (row.rss_mib_max !== undefined) console.log(`     ${rss_mib.toFixed(0)} MiB, at most ${row.rss_mib_max}`);
  console.log("");
  return good;
}

function spread(measured: readonly Measured[]): string {
  const all = measured.map(({ ms }) => ms);
  return `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)} in ${all.length} rounds`;
}
