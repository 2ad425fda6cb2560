import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/longest-first.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Half of the tests wait for processes, most of the time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    reporters: ["default", "./scripts/closing-line-reporter.ts"],
    // Real processes on a busy machine: long enough that only a hang is a failure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A test that leaves a colour or a language of the machine in its output is not repeatable.
    env: { NO_COLOR: "1", LC_ALL: "C.UTF-8", TZ: "UTC" },
  },
});
