import { expect, test } from "vitest";
import { SKIP_REASONS } from "../../src/schedule/index.ts";
import { readText } from "../support/repository.ts";

test("docs/scheduling.md has every reason for which a slot makes no run, and no other", () => {
  const section = readText("docs/scheduling.md").split("\n## Skipped slots\n")[1]?.split("\n## ")[0] ?? "";
  const named = [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
  expect(named.sort()).toEqual([...SKIP_REASONS].sort());
});
