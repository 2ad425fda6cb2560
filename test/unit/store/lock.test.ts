import { expect, test } from "vitest";
import { isFolderHeld } from "../../../src/store/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { openStore } from "./open-store.ts";

test("whether a folder is held can be seen without taking it, and without letting go of it", async () => {
  const folder = temporaryFolder();
  expect(isFolderHeld(folder)).toBe(false);
  const store = await openStore(folder);
  expect(isFolderHeld(folder)).toBe(true);
  await expect(openStore(folder)).rejects.toMatchObject({ code: "held" });
  expect(isFolderHeld(folder)).toBe(true);
  await store.close();
  expect(isFolderHeld(folder)).toBe(false);
  await (await openStore(folder)).close();
});
