/*
 * Whether a daemon that works for long grows: pipelines run again and again, old runs are deleted meanwhile, /metrics is scraped, and files
 * are saved. Memory, open files and the store are looked at, and drawn.
 *
 *   npm run bench:soak -- [--minutes 60] [--svg docs/images/soak.svg]
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";

const CLI = join(import.meta.dirname, "../dist/engine.cjs");
const PIPELINES = 50;
/** Of them, so many start a process; the others do nothing, often. */
const WITH_BASH = 10;
const LOOK_EVERY_MS = 15_000;
/** The share by which the last third may lie above the second: what grows for ever grows by more. */
const GROWTH_MAX = 0.1;

interface Look {
  readonly minute: number;
  readonly memory_mib: number;
  readonly files: number;
  readonly store_mib: number;
}

const SERIES: readonly (readonly [what: string, of: (look: Look) => number, colour: string])[] = [
  ["memory, MiB", (look) => look.memory_mib, "#1f6feb"],
  ["open files", (look) => look.files, "#2da44e"],
  ["store, MiB", (look) => look.store_mib, "#bf8700"],
];

const { values } = parseArgs({ options: { minutes: { type: "string", default: "60" }, svg: { type: "string" } } });
const minutes = Number(values.minutes);
const folder = mkdtempSync(join(tmpdir(), "bench-soak-"));
const file = (i: number): string => join(folder, `pipelines/p${i}.yaml`);
const text = (i: number, word: string): string =>
  `schedule: { every: ${i < WITH_BASH ? "10s" : "5s"} }\ntasks:\n  a: { ${i < WITH_BASH ? 'bash: "echo done"' : "noop: {}"} } # ${word}\n  b: { needs: a, noop: {} }\n`;

try {
  mkdirSync(join(folder, "pipelines"));
  const server = 'server: { listen: "127.0.0.1:0" }\n';
  writeFileSync(
    join(folder, "engine.yaml"),
    `${server}retention: { runs: 1m, keep_runs: 5, max_runs: 50, logs: 1m }\n`,
  );
  for (let i = 0; i < PIPELINES; i++) writeFileSync(file(i), text(i, "first"));
  const child = spawn(process.execPath, [CLI, "serve"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  let runs = 0;
  const url = await new Promise<string>((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      const told = JSON.parse(line) as { readonly url?: string; readonly event?: string };
      if (told.url !== undefined) resolve(told.url);
      if (told.event === "run_finished") runs += 1;
    });
  });
  const looks: Look[] = [];
  const begin = performance.now();
  for (let i = 0; performance.now() - begin < minutes * 60_000; i++) {
    await pause(LOOK_EVERY_MS);
    await (await fetch(`${url}/metrics`)).text();
    writeFileSync(file(i % PIPELINES), text(i % PIPELINES, `save ${i}`));
    looks.push(look(child.pid ?? 0, (performance.now() - begin) / 60_000));
  }
  child.kill("SIGTERM");
  await new Promise((resolve) => child.once("exit", resolve));
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.versions.node}`);
  console.log(`${runs} runs in ${minutes} minutes, ${looks.length} saves and scrapes`);
  for (const [what, of] of SERIES) {
    const [second, last] = [mean(looks, of, 1 / 3, 2 / 3), mean(looks, of, 2 / 3, 1)];
    console.log(`${what}: ${second.toFixed(1)} in the second third, ${last.toFixed(1)} in the last`);
    // The store grows between two deletions, which come every hour.
    if (!what.startsWith("store") && last > second * (1 + GROWTH_MAX)) process.exitCode = 1;
  }
  if (values.svg !== undefined) {
    mkdirSync(dirname(values.svg), { recursive: true });
    writeFileSync(values.svg, draw(looks, runs));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function look(pid: number, minute: number): Look {
  const rss = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  const data = join(folder, ".engine");
  const stored = readdirSync(data).filter((name) => name.startsWith("engine.db"));
  const bytes = stored.reduce(
    (sum, name) => sum + (statSync(join(data, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  return {
    minute,
    memory_mib: Number(rss) / 1024,
    files: readdirSync(`/proc/${pid}/fd`).length,
    store_mib: bytes / 2 ** 20,
  };
}

function mean(looks: readonly Look[], of: (look: Look) => number, from: number, to: number): number {
  const part = looks.slice(Math.floor(looks.length * from), Math.floor(looks.length * to));
  return part.reduce((sum, each) => sum + of(each), 0) / part.length;
}

/** A small picture: three curves, each on a scale of its own that begins at 0. */
function draw(looks: readonly Look[], runs: number): string {
  const [width, height, left, top] = [640, 110, 150, 24];
  const curves = SERIES.map(([what, of, colour], i) => {
    const most = Math.max(...looks.map(of));
    const y0 = top + i * height;
    const points = looks.map((each) => {
      const x = left + (each.minute / minutes) * (width - left - 10);
      return `${x.toFixed(1)},${(y0 + 84 - (of(each) / (most * 1.1)) * 84).toFixed(1)}`;
    });
    return [
      `<text x="8" y="${y0 + 30}">${what}</text><text x="8" y="${y0 + 48}" fill="#666">at most ${most.toFixed(1)}</text>`,
      `<path d="M${left} ${y0}V${y0 + 84}H${width - 10}" fill="none" stroke="#bbb"/>`,
      `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
    ].join("\n");
  });
  const title = `${PIPELINES} pipelines, ${runs} runs in ${minutes} minutes`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top + 3 * height}" font-family="sans-serif" font-size="12">
<title>${title}</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="8" y="16" font-weight="bold">${title}</text>
${curves.join("\n")}
</svg>
`;
}
