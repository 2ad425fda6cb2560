import { spawnSync } from "node:child_process";

/** How long one round took, in milliseconds, and its largest resident memory in MiB where that was looked at. */
export interface Measured {
  readonly ms: number;
  readonly rss_mib?: number;
}

/** Runs a program to its end and takes the time. Throws when it fails: a failure is not a measurement. */
export function timeProcess(
  program: string,
  args: readonly string[],
  cwd: string,
  { input = "", env = process.env }: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Measured {
  const begin = performance.now();
  const { status, error, stderr } = spawnSync(program, args, { cwd, input, env, maxBuffer: 2 ** 28 });
  const ms = performance.now() - begin;
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return { ms };
}

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error("the median of nothing");
  return (low + high) / 2;
}
