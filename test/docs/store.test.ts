import { expect, test } from "vitest";
import { STORE_ERROR_CODES } from "../../src/engine/index.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { readText } from "../support/repository.ts";

/** The first cell of each row of the table under a heading, without its backquotes. */
function firstCells(heading: string): string[] {
  const section = readText("docs/store.md").split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? "");
}

test("docs/store.md explains every refusal of a store, and no other", () => {
  expect(firstCells("When it refuses")).toEqual([...STORE_ERROR_CODES]);
});

test("docs/store.md names every table, and no other", () => {
  const created = MIGRATIONS.flatMap(({ sql }) => [...sql.matchAll(/CREATE TABLE (\w+)/g)].map((match) => match[1]));
  expect(firstCells("Tables")).toEqual(created);
});
