import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "./scripts/closing-line-reporter.ts"],
    // Real processes on a busy machine: long enough that only a hang is a failure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A test that leaves a colour or a language of the machine in its output is not repeatable.
    env: { NO_COLOR: "1", LC_ALL: "C.UTF-8", TZ: "UTC" },
  },
});
