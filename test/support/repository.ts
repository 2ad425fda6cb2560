import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository's root. */
export const ROOT = join(import.meta.dirname, "../..");

/** Every file that is committed, or would be: paths from the root, sorted. */
export function repositoryFiles(): string[] {
  const listed = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    {
      cwd: ROOT,
      encoding: "utf8",
    },
  );
  const deleted = execFileSync("git", ["ls-files", "-z", "--deleted"], { cwd: ROOT, encoding: "utf8" });
  const gone = new Set(deleted.split("\0"));
  return listed
    .split("\0")
    .filter((file) => file !== "" && !gone.has(file))
    .sort();
}

/** The text of a file, by its path from the root. */
export function readText(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}
