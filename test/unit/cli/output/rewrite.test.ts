import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rewrite } from "../../../../src/cli/output/rewrite.ts";
import { fakeCli } from "../../../support/fake-cli.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

test("a file that somebody else has changed meanwhile is left as it is, with an error", async () => {
  const cli = fakeCli();
  const path = join(temporaryFolder(), "a.yaml");
  writeFileSync(path, "theirs");
  expect(rewrite(cli, { name: "a.yaml", path, before: "ours", after: "mended" })).toBe(false);
  await cli.err.flushed();
  expect(cli.stderr()).toMatch(/^error: a\.yaml has changed while it was being looked at/);
  expect(readFileSync(path, "utf8")).toBe("theirs");
  expect(rewrite(cli, { name: "a.yaml", path, before: "theirs", after: "mended" })).toBe(true);
  expect(readFileSync(path, "utf8")).toBe("mended");
});

test("a file that is gone is an error in words", async () => {
  const cli = fakeCli();
  const path = join(temporaryFolder(), "a.yaml");
  expect(rewrite(cli, { name: "a.yaml", path, before: "", after: "x" })).toBe(false);
  await cli.err.flushed();
  expect(cli.stderr()).toMatch(/^error: a\.yaml can't be written: ENOENT/);
});
