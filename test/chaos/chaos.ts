import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { IMAGE } from "../support/docker-engine.ts";
import { randomOf } from "../support/random.ts";
import { startDocker } from "./docker.ts";
import { problemsOf, unfinished } from "./verdict.ts";

/*
 * A daemon that everything happens to: it is killed, stopped, started in the middle of a run; its clock jumps, its disk is
 * full, its files break. Whatever happens, every slot has one run or a reason, every run ends, and nothing is left over.
 */

export interface ChaosOptions {
  /** An empty folder. */
  readonly folder: string;
  /** The built command line. */
  readonly bin: string;
  readonly seed: number;
  /** How long things happen to it. */
  readonly seconds: number;
  readonly log: (line: string) => void;
}

export interface ChaosResult {
  /** How often each thing happened. */
  readonly happened: Readonly<Record<string, number>>;
  /** What could not be made to happen here, and why. */
  readonly left_out: readonly string[];
  readonly runs: number;
  readonly skipped_slots: number;
  /** Promises that were broken. */
  readonly problems: readonly string[];
}

const FAKE_TIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
/** The disk of the data folder, in MiB: full at once when somebody fills it. */
const DISK_MIB = 96;
/** The longest that nothing of what is left may end, once nothing happens to it any more, in milliseconds: machines differ. */
const STUCK_MS = 60_000;

const QUICK = "echo one; echo n=1 >> $ENGINE_OUTPUT";
/** By name: its schedule, and the rest of the file. */
const PIPELINES: Readonly<Record<string, readonly [schedule: string, rest: string]>> = {
  quick: ['"* * * * * *"', `tasks:\n  a: { bash: "${QUICK}", outputs: { n: integer } }\n  b: { needs: a, noop: {} }\n`],
  slow: [
    '{ cron: "*/2 * * * * *" }',
    'overlap: skip\ntasks:\n  a: { bash: "sleep 1.5" }\n  b: { needs: a, bash: "sleep 0.5" }\n',
  ],
  queued: ["{ every: 2s, catchup: latest }", 'max_active_runs: 2\ntasks:\n  a: { bash: "sleep 0.7", pool: narrow }\n'],
  caught: [
    '{ cron: "*/3 * * * * *", catchup: { policy: all, max: 5 } }',
    'max_active_runs: 3\ntasks:\n  a: { for_each: [1, 2, 3], bash: "sleep 0.2; echo $ENGINE_ITEM" }\n',
  ],
  shaky: [
    "{ every: 3s }",
    'tasks:\n  a: { bash: "exit $((RANDOM % 2))", retries: { count: 2, delay: 1s } }\n  c: { needs: a, trigger_rule: all_done, bash: "sleep 0.3" }\n',
  ],
  after: ["{ after: quick }", "overlap: skip\ntasks:\n  a: { noop: {} }\n"],
};

/** With a Docker: containers that end by themselves, and one that is stopped and cleaned up after. */
const IN_CONTAINERS: typeof PIPELINES = {
  box: [
    "{ every: 4s }",
    `overlap: skip\ntasks:\n  a: { docker: { image: ${IMAGE}, pull: never, network: none, command: [sh, -c, "sleep 1"] }, retries: { count: 2, delay: 1s } }\n`,
  ],
  boxes: [
    "{ every: 10s }",
    `overlap: cancel_running\ntasks:\n  a: { for_each: [1, 2], grace: 1s, docker: { image: ${IMAGE}, pull: never, network: none, command: [sleep, "\${{ item }}"] } }\n`,
  ],
};

export async function chaos({ folder, bin, seed, seconds, log }: ChaosOptions): Promise<ChaosResult> {
  const random = randomOf(seed);
  const data = join(folder, "data");
  const left_out: string[] = [];
  const mounted = mountDisk(data, left_out);
  const fake_time = existsSync(FAKE_TIME);
  if (!fake_time) left_out.push(`clock steps: ${FAKE_TIME} is not installed (libfaketime)`);
  const docker = await startDocker(left_out);
  const pipelines = { ...PIPELINES, ...(docker !== undefined && IN_CONTAINERS) };
  const mark = `chaos-${process.pid}-${seed}`;
  const offset = join(folder, "clock");
  writeFileSync(offset, "+0");
  writeFileSync(join(folder, "engine.yaml"), "pools: { narrow: 1 }\n");
  mkdirSync(join(folder, "pipelines"));
  const write = (name: string, text: string): void => writeFileSync(join(folder, "pipelines", `${name}.yaml`), text);
  for (const [name, [schedule, rest]] of Object.entries(pipelines)) write(name, `schedule: ${schedule}\n${rest}`);

  const env = {
    ...process.env,
    CHAOS_MARK: mark,
    ENGINE_DATA: data,
    ENGINE_SERVER: JSON.stringify({ listen: "127.0.0.1:0" }),
    ...(docker !== undefined && { DOCKER_HOST: docker.host }),
    ...(fake_time && {
      LD_PRELOAD: FAKE_TIME,
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_CACHE_DURATION: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    }),
  };
  let daemon: ChildProcess | undefined;
  const said: string[] = [];
  const start = (): void => {
    const child = spawn(process.execPath, [bin, "serve"], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => said.push(text));
    }
    daemon = child;
  };
  const isUp = (): boolean => daemon !== undefined && isRunning(daemon);
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const child = daemon;
    daemon = undefined;
    if (child === undefined || !isRunning(child)) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };

  let step_s = 0;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const filler = join(data, "filler");
  const actions: Readonly<Record<string, () => Promise<void> | void>> = {
    "kill -9": () => stop("SIGKILL"),
    SIGTERM: () => stop("SIGTERM"),
    SIGHUP: () => void daemon?.kill("SIGHUP"),
    "a broken file": () => write(pick(Object.keys(pipelines)), pick(["", "tasks: [", "tasks:\n  a: { bsh: x }\n"])),
    "a file gone": () => rmSync(join(folder, "pipelines", `${pick(Object.keys(pipelines))}.yaml`), { force: true }),
    "files mended": () => {
      for (const [name, [schedule, rest]] of Object.entries(pipelines)) {
        write(name, `schedule: ${schedule}\n${rest}# ${Math.floor(random() * 5)}\n`);
      }
    },
    ...(fake_time && {
      "a clock step": () => {
        step_s += pick([-30, -5, 5, 60, 3_600]);
        writeFileSync(offset, `${step_s < 0 ? "" : "+"}${step_s}`);
      },
    }),
    ...(mounted && {
      "a full disk": async () => {
        fill(filler);
        await pause(500 + random() * 1_500);
        rmSync(filler, { force: true });
      },
    }),
    ...(docker !== undefined && {
      "no Docker": async () => {
        await docker.stop();
        await pause(random() * 1_500);
        await docker.start();
      },
    }),
  };

  const happened: Record<string, number> = Object.fromEntries(Object.keys(actions).map((name) => [name, 0]));
  try {
    start();
    for (const until = performance.now() + seconds * 1_000; performance.now() < until; ) {
      await pause(200 + random() * 1_300);
      if (!isUp()) start();
      const name = pick(Object.keys(actions));
      log(name);
      happened[name] = (happened[name] ?? 0) + 1;
      await actions[name]?.();
    }
    log("calm");
    // What is due has its run or its reason; nothing more comes due, and what was begun ends.
    for (const [name, [, rest]] of Object.entries(pipelines)) write(name, rest);
    if (!isUp()) start();
    let left = await unfinished(data);
    for (let patience = performance.now() + STUCK_MS; left.length > 0 && performance.now() < patience; ) {
      await pause(300);
      if (!isUp()) start();
      const now = await unfinished(data);
      if (now.join() !== left.join()) patience = performance.now() + STUCK_MS;
      left = now;
    }
    await stop("SIGTERM");
    const schedules = new Map(
      Object.entries(pipelines).map(([name, [schedule, rest]]) => [name, `schedule: ${schedule}\n${rest}`]),
    );
    const { runs, skipped_slots, problems } = await problemsOf(data, schedules);
    const still = processesOf(mark).map((line) => `a process is left over: ${line}`);
    const boxes = (await docker?.containers()) ?? [];
    const all = [...problems, ...still, ...boxes.map((line) => `a container is left over: ${line}`)];
    if (all.length > 0) {
      all.push(`the daemon said last:\n${said.join("").split("\n").slice(-40).join("\n")}`);
      // The disk goes, and with it what could tell more.
      cpSync(data, join(folder, "found"), {
        recursive: true,
        filter: (path) => statSync(path).isDirectory() || /\.db/.test(path),
      });
    }
    return { happened, left_out, runs, skipped_slots, problems: all };
  } finally {
    await stop("SIGKILL");
    await docker?.remove();
    for (const line of processesOf(mark)) process.kill(Number(line.split(" ")[0]), "SIGKILL");
    if (mounted) execFileSync("umount", ["-l", data]);
  }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** A small disk of its own for the data folder, where this user may mount one. */
function mountDisk(data: string, left_out: string[]): boolean {
  mkdirSync(data, { mode: 0o700 });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m,mode=0700`, "tmpfs", data], { stdio: "ignore" });
    return true;
  } catch {
    left_out.push("a full disk: this user may mount none");
    return false;
  }
}

function fill(file: string): void {
  const piece = Buffer.alloc(1024 * 1024);
  try {
    for (let i = 0; i < DISK_MIB; i++) writeFileSync(file, piece, { flag: "a" });
  } catch {
    // Full.
  }
}

/** Processes that came from the daemon and run: their ids and command lines. */
function processesOf(mark: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/environ`, "utf8").includes(`CHAOS_MARK=${mark}`);
        return isOurs ? [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`] : [];
      } catch {
        return [];
      }
    });
}
