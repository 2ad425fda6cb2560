import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

/** What tests talk to and not every machine has: the programs that it takes, and the Debian packages that bring them. */
const PARTS = {
  python3: { programs: ["python3"], packages: ["python3"] },
  chromium: { programs: ["chromium"], packages: ["chromium"] },
  docker: { programs: ["dockerd", "busybox"], packages: ["docker.io", "busybox-static"] },
  postgres: { programs: ["initdb", "postgres"], packages: ["postgresql"] },
} as const;

/** Where Debian keeps the programs of PostgreSQL's servers, by version. */
const SERVERS = "/usr/lib/postgresql/*/bin";

/** Looks for something that tests need. In CI it throws when it is missing; elsewhere tests are left out, and it is said why. */
export function need(part: keyof typeof PARTS): { readonly found: boolean } {
  const { programs, packages } = PARTS[part];
  const missing = programs.filter((program) => !isThere(program));
  if (missing.length === 0) return { found: true };
  return leftOut(part, `${missing.join(" and ")} is not in PATH (Debian: ${packages.join(", ")})`);
}

/** Says why tests are left out; in CI that is an error. */
export function leftOut(part: string, why: string): { readonly found: false } {
  if (process.env.CI !== undefined) throw new Error(`${part} is needed for tests: ${why}`);
  process.stderr.write(`Tests that need ${part} are left out: ${why}.\n`);
  return { found: false };
}

function isThere(program: string): boolean {
  return spawnSync(pathOf(program), ["--version"], { stdio: "ignore" }).error === undefined;
}

/** A program in PATH, or where Debian keeps those of PostgreSQL. */
export function pathOf(program: string): string {
  return globSync(join(SERVERS, program)).sort().at(-1) ?? program;
}
