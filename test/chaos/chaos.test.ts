import { expect, test } from "vitest";
import { builtCli } from "../support/built-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { chaos } from "./chaos.ts";

/** How long things happen to the daemon, in seconds. For longer: `npm run chaos`. */
const SECONDS = 60;

test("a daemon to which everything happens gives every slot one run or a reason, ends every run, and leaves nothing over", {
  timeout: 300_000,
}, async () => {
  const log: string[] = [];
  const folder = temporaryFolder();
  const options = { folder, bin: builtCli(), seed: 1, seconds: SECONDS, log: (line: string) => log.push(line) };
  const { problems, left_out, happened, runs } = await chaos(options);
  expect(problems, log.join(", ")).toEqual([]);
  expect(runs).toBeGreaterThan(10);
  expect(Object.values(happened).every((times) => times > 0)).toBe(true);
  // A laptop may lack libfaketime, or the right to mount a small disk; CI has both.
  if (process.env.CI !== undefined) expect(left_out).toEqual([]);
});
