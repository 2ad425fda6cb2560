/*
 * `npm run bench:spawn`: what starting a process costs, by way of starting it and by the size of whoever
 * starts it. Each line is a Node process of its own that starts `bash -c true` again and again, one after
 * the other; CPU is what that process alone takes. The launcher does more than the others: a wrapper, and
 * the files of an attempt. docs/decisions/0004-processes.md leans on it.
 */
import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { systemClock } from "../src/daemon/system-clock.ts";
import { Launcher } from "../src/executors/local/launcher.ts";
import { findBash } from "../src/executors/local/spawn.ts";
import { median } from "./measure.ts";

interface Way {
  readonly name: string;
  /** Memory that the starting process holds and has written to, in MiB. */
  readonly ballast_mib: number;
  /** Makes what starts the processes; called with the number of each. */
  prepare(folder: string): (i: number) => Promise<void>;
}

const PROCESSES = 300;
const ROUNDS = 5;
const BALLAST_MIB = 200;

const bare: Way["prepare"] = () => () => ended({ stdio: "ignore" });
const library: Way["prepare"] = () => async () => {
  await execa("bash", ["-c", "true"], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
};
const launched: Way["prepare"] = (folder) => {
  const bash = findBash(process.env.PATH ?? "") ?? "bash";
  const launcher = Launcher.start(bash, process.env as Record<string, string>, systemClock, () => undefined);
  return async (i) => {
    const command = [bash, "-c", "true"];
    const answer = await launcher?.launch({ base: join(folder, `${i}`), cwd: folder, env: {}, command });
    if (answer?.type !== "began") throw new Error("the launcher started nothing");
    await answer.end;
  };
};

const WAYS: readonly Way[] = [
  { name: "node:child_process, small", ballast_mib: 0, prepare: bare },
  { name: "execa, small", ballast_mib: 0, prepare: library },
  { name: "launcher, small", ballast_mib: 0, prepare: launched },
  { name: "node:child_process, large", ballast_mib: BALLAST_MIB, prepare: bare },
  { name: "execa, large", ballast_mib: BALLAST_MIB, prepare: library },
  { name: "launcher, large", ballast_mib: BALLAST_MIB, prepare: launched },
];

interface Cost {
  readonly cpu_ms: number;
  readonly wall_ms: number;
}

const [asked] = process.argv.slice(2);
if (asked === undefined) compare();
else {
  const folder = mkdtempSync(join(tmpdir(), "engine-bench-"));
  console.log(JSON.stringify(await measure(way(asked), folder)));
  rmSync(folder, { recursive: true });
}

function compare(): void {
  const costs = new Map<string, Cost[]>(WAYS.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, seen] of costs) {
      const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), name], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
      if (status !== 0) throw new Error(`${name} ended with ${status}`);
      seen.push(JSON.parse(stdout) as Cost);
    }
  }
  for (const [name, seen] of costs) {
    const cpu_ms = median(seen.map((cost) => cost.cpu_ms));
    const wall_ms = median(seen.map((cost) => cost.wall_ms));
    console.log(`${name.padEnd(28)} ${cpu_ms.toFixed(2)} ms of CPU, ${wall_ms.toFixed(2)} ms, for each process`);
  }
}

function way(name: string): Way {
  const found = WAYS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no way ${name}`);
  return found;
}

async function measure({ ballast_mib, prepare }: Way, folder: string): Promise<Cost> {
  const ballast = Array.from({ length: ballast_mib }, () => Buffer.alloc(2 ** 20, 1));
  const start = prepare(folder);
  await start(PROCESSES);
  const cpu = process.cpuUsage();
  const begin = performance.now();
  for (let i = 0; i < PROCESSES; i++) await start(i);
  const wall_ms = (performance.now() - begin) / PROCESSES;
  const { user, system } = process.cpuUsage(cpu);
  if (ballast.length !== ballast_mib) throw new Error("the ballast is gone");
  const US_PER_MS = 1000;
  return { cpu_ms: (user + system) / US_PER_MS / PROCESSES, wall_ms };
}

function ended(options: SpawnOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", "true"], options);
    child.once("error", reject);
    child.once("exit", () => resolve());
  });
}
