/*
 * `npm run bench:spawn`: what starting a process costs, by way of starting it and by the size of whoever
 * starts it. Each line is a Node process of its own that starts `bash -c true` again and again, one after
 * the other; CPU is what that process alone takes. docs/decisions/0004-processes.md leans on it.
 */
import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { median } from "./measure.ts";

interface Way {
  readonly name: string;
  /** Memory that the starting process holds and has written to, in MiB. */
  readonly ballast_mib: number;
  start(): Promise<void>;
}

const PROCESSES = 300;
const ROUNDS = 5;
const BALLAST_MIB = 200;

const bare: Way["start"] = () => ended({ stdio: "ignore" });
const library: Way["start"] = async () => {
  await execa("bash", ["-c", "true"], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
};

const WAYS: readonly Way[] = [
  { name: "node:child_process, small", ballast_mib: 0, start: bare },
  { name: "execa, small", ballast_mib: 0, start: library },
  { name: "node:child_process, large", ballast_mib: BALLAST_MIB, start: bare },
  { name: "execa, large", ballast_mib: BALLAST_MIB, start: library },
];

interface Cost {
  readonly cpu_ms: number;
  readonly wall_ms: number;
}

const [asked] = process.argv.slice(2);
if (asked === undefined) compare();
else console.log(JSON.stringify(await measure(way(asked))));

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

async function measure({ ballast_mib, start }: Way): Promise<Cost> {
  const ballast = Array.from({ length: ballast_mib }, () => Buffer.alloc(2 ** 20, 1));
  await start();
  const cpu = process.cpuUsage();
  const begin = performance.now();
  for (let i = 0; i < PROCESSES; i++) await start();
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
