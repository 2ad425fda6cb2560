import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeWhole } from "../../../../src/cli/output/write-file.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";
import { withoutRoot } from "../../../support/without-root.ts";

/** A group that nobody else is in. */
const SHARED = 54_321;

test("a file that is somebody else's stays with the group that shares it, and keeps its mode", async () => {
  const before = process.getgroups?.() ?? [];
  // Without root there are only the groups that one is in.
  const isRoot = process.getuid?.() === 0;
  const group = isRoot ? SHARED : (before.find((each) => each !== process.getgid?.()) ?? before[0] ?? 0);
  if (isRoot) {
    process.setgroups?.([...before, group]);
    onTestFinished(() => process.setgroups?.([...before]));
  }
  const folder = temporaryFolder();
  const path = join(folder, "a.yaml");
  writeFileSync(path, "old");
  chmodSync(folder, 0o777);
  chownSync(path, process.getuid?.() ?? 0, group);
  chmodSync(path, 0o664);
  await withoutRoot(async () => writeWhole(path, "new"));
  expect(readFileSync(path, "utf8")).toBe("new");
  const { gid, mode } = statSync(path);
  expect({ gid, mode: mode & 0o777 }).toEqual({ gid: group, mode: 0o664 });
});
