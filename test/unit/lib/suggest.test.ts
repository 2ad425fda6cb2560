import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSurelyMeant, suggest } from "../../../src/lib/index.ts";

const KEYS = ["name", "needs", "schedule", "retries", "timeout", "env", "if"];

describe("suggest", () => {
  test.each([
    ["nmae", "name"],
    ["shedule", "schedule"],
    ["RETRIES", "retries"],
    ["timout", "timeout"],
    ["en", "env"],
    ["of", "if"],
  ])("takes %s for %s", (name, meant) => {
    expect(suggest(name, KEYS)).toBe(meant);
  });

  test.each(["colour", "retry_count", "x", ""])("takes %s for none of them", (name) => {
    expect(suggest(name, KEYS)).toBeUndefined();
  });

  test("takes no letter for another one that stands alone", () => {
    expect(suggest("z", ["n"])).toBeUndefined();
    expect(suggest("N", ["n"])).toBe("n");
    expect(suggest("nn", ["n"])).toBe("n");
  });

  test("counts two swapped neighbours as one mistake", () => {
    expect(suggest("bahs", ["bash"])).toBe("bash");
    expect(suggest("bsah", ["bash"])).toBe("bash");
    expect(suggest("sbah", ["bash"])).toBeUndefined();
  });

  test("takes the first of equally near ones", () => {
    expect(suggest("task_c", ["task_a", "task_b"])).toBe("task_a");
  });

  test("finds a name again after one letter is lost", () => {
    const named = fc.stringMatching(/^[a-z_]{4,12}$/);
    fc.assert(
      fc.property(named, fc.nat(), (name, at) => {
        const cut = at % name.length;
        expect(suggest(name.slice(0, cut) + name.slice(cut + 1), [name])).toBe(name);
      }),
    );
  });
});

describe("a misspelling", () => {
  const tasks = ["preprocess", "load_orders", "load1", "train_eu", "report"];

  test.each([
    ["preproces", "preprocess"],
    ["preprcoess", "preprocess"],
    ["Preprocess", "preprocess"],
    ["load-orders", "load_orders"],
    ["loadorders", "load_orders"],
    ["load_order", "load_orders"],
    ["reprot", "report"],
  ])("is sure by one letter, a swap, case or separators: %s", (name, meant) => {
    expect(isSurelyMeant(name, meant, tasks)).toBe(true);
  });

  test.each([
    ["of two letters", "prprocss", "preprocess"],
    ["in a short word, which may be another one", "train_us", "train_eu"],
    ["in a number, which is another one", "load2", "load1"],
    ["with a word more", "load_all_orders", "load_orders"],
  ])("is not sure %s", (_, name, meant) => {
    expect(isSurelyMeant(name, meant, tasks)).toBe(false);
  });

  test("is not sure where another candidate is about as near", () => {
    expect(isSurelyMeant("reprt", "report", ["report", "reprint"])).toBe(false);
    expect(isSurelyMeant("reports", "report", ["report", "exports"])).toBe(false);
    expect(isSurelyMeant("load-data", "load_data", ["load_data", "loaddata"])).toBe(false);
  });
});
