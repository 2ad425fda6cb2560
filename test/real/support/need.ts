import { spawnSync } from "node:child_process";

/** Programs that tests talk to and that not every machine has, with the Debian package that brings each. */
const PACKAGES = { python3: "python3" } as const;

/**
 * Looks for a program that tests need. In CI one that is missing is installed (by root), or it throws; anywhere else its
 * tests are left out, and the reason is said once.
 */
export function need(program: keyof typeof PACKAGES): { readonly found: boolean } {
  if (isThere(program)) return { found: true };
  if (process.env.CI === undefined) {
    process.stderr.write(`Tests that need ${program} are left out: it is not in PATH.\n`);
    return { found: false };
  }
  if (process.getuid?.() === 0) {
    for (const args of [["update"], ["install", "--yes", "--no-install-recommends", PACKAGES[program]]]) {
      spawnSync("apt-get", args, { stdio: "inherit" });
    }
  }
  if (!isThere(program)) throw new Error(`${program} is needed for tests, and is not in PATH: install it`);
  return { found: true };
}

function isThere(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}
