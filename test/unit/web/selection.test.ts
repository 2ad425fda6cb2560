import { beforeEach, expect, test } from "vitest";
import { choose, chooseAll, selected } from "../../../src/web/lib/selection.ts";

const NAMES = ["a", "b", "c", "d", "e"];
const chosen = (): string => [...selected.value].sort().join("");

beforeEach(() => {
  chooseAll(NAMES, false);
});

test("a row is chosen and let go of", () => {
  choose(NAMES, 1, true, false);
  choose(NAMES, 3, true, false);
  expect(chosen()).toBe("bd");
  choose(NAMES, 1, false, false);
  expect(chosen()).toBe("d");
});

test("a range goes from the row before to this one, whichever comes first, and takes the state of this one", () => {
  choose(NAMES, 3, true, false);
  choose(NAMES, 1, true, true);
  expect(chosen()).toBe("bcd");
  choose(NAMES, 4, true, false);
  choose(NAMES, 2, false, true);
  expect(chosen()).toBe("b");
});

test("a range from a row that a filter hides is this row alone", () => {
  choose(NAMES, 0, true, false);
  choose(NAMES.slice(2), 2, true, true);
  expect(chosen()).toBe("ae");
});

test("what is hidden stays chosen when all that is shown is let go of", () => {
  chooseAll(NAMES, true);
  chooseAll(NAMES.slice(2), false);
  expect(chosen()).toBe("ab");
});
