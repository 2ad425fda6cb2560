import { expect, test } from "vitest";
import { readText } from "../support/repository.ts";

test("every dependency has its line in the decision record, and every line its dependency", () => {
  const manifest = JSON.parse(readText("package.json")) as { devDependencies: object; dependencies?: object };
  const named = [...readText("docs/decisions/0002-dependencies.md").matchAll(/^\| `([^`]+)` \|/gm)].map(
    (match) => match[1],
  );
  expect(named.sort()).toEqual(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).sort());
});
