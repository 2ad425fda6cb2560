import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { unifiedDiff } from "../../../../src/cli/output/diff.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

/** What git makes of the one text with the diff to the other. */
function applied(before: string, diff: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "a.yaml"), before);
  writeFileSync(join(folder, "change.diff"), diff);
  execFileSync("git", ["-c", "core.autocrlf=false", "apply", "--unsafe-paths", "change.diff"], { cwd: folder });
  return readFileSync(join(folder, "a.yaml"), "utf8");
}

/** Too different for the shortest way to be looked for. */
const numbered = (count: number, what: string): string =>
  Array.from({ length: count }, (_, at) => `${what} ${at}\n`).join("");

describe("a unified diff", () => {
  test.each([
    ["a line changed", "a\nb\nc\n", "a\nx\nc\n"],
    ["no line end before", "a\nb", "a\nb\n"],
    ["no line end after", "a\nb\n", "a\nb"],
    ["line ends of Windows", "a\r\nb\r\n", "a\r\nx\r\n"],
    ["all lines of thousands", numbered(3_000, "old"), numbered(2_500, "new")],
    ["all lines, without an end", numbered(3_000, "old").trimEnd(), numbered(2_500, "new").trimEnd()],
  ])("is one that git applies: %s", (_, before, after) => {
    expect(applied(before, unifiedDiff("a.yaml", before, after))).toBe(after);
  });
});
