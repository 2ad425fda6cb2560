import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { builtCli } from "../support/built-cli.ts";
import { chaos } from "./chaos.ts";

/*
 * npm run chaos -- [--seconds N] [--seed N]
 *
 * Everything happens to a daemon, for ten minutes unless told otherwise; then it is looked at whether it kept its promises.
 */

const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } } });
const seed = Number(values.seed ?? randomInt(2 ** 31));
const folder = mkdtempSync(join(tmpdir(), "engine-chaos-"));
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
say(`seed ${seed}, in ${folder}`);
const options = { folder, bin: builtCli(), seed, seconds: Number(values.seconds ?? 600) };
const { problems, happened, left_out, runs, skipped_slots } = await chaos({ ...options, log: say });
for (const why of left_out) say(`left out: ${why}`);
say(
  Object.entries(happened)
    .map(([what, times]) => `${times} × ${what}`)
    .join(", "),
);
say(`${runs} runs, ${skipped_slots} slots skipped with a reason, ${problems.length} problems`);
for (const problem of problems) say(problem);
if (problems.length === 0) rmSync(folder, { recursive: true, force: true });
process.exitCode = problems.length === 0 ? 0 : 1;
