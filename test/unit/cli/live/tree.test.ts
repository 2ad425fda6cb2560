import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layOutTree, topologicalOrder } from "../../../../src/cli/live/tree.ts";

function drawn(tasks: Record<string, readonly string[]>): readonly string[] {
  return layOutTree(Object.entries(tasks).map(([id, needs]) => ({ id, needs }))).map(({ prefix, id }) => prefix + id);
}

describe("layOutTree", () => {
  test("a chain is a plain list", () => {
    expect(drawn({ a: [], b: ["a"], c: ["b"] })).toEqual(["a", "b", "c"]);
  });

  test("branches are indented below their parent, and the join stands after them", () => {
    expect(
      drawn({
        extract: [],
        check: ["extract"],
        deploy: ["check"],
        tell: ["deploy"],
        alarm: ["check"],
        end: ["tell", "alarm"],
        report: ["end"],
      }),
    ).toEqual(["extract", "check", "├ deploy", "│ tell", "├ alarm", "└ end", "  report"]);
  });

  test("several roots are siblings, and what joins them is one more", () => {
    expect(drawn({ a: [], b: [], c: ["a", "b"] })).toEqual(["├ a", "├ b", "└ c"]);
  });

  test("tasks written in any order come upstream first", () => {
    expect(drawn({ c: ["b"], b: ["a"], a: [] })).toEqual(["a", "b", "c"]);
  });

  test("needs that name no task, and cycles, don't break it", () => {
    expect(
      drawn({ a: ["nowhere"], b: ["c"], c: ["b"] })
        .map((row) => row.replace(/^[├└│ ]+/, ""))
        .sort(),
    ).toEqual(["a", "b", "c"]);
  });

  test("a chain of 10,000 tasks is laid out without exhausting the stack", () => {
    const tasks = Array.from({ length: 10_000 }, (_, i) => ({ id: `t${i}`, needs: i === 0 ? [] : [`t${i - 1}`] }));
    expect(layOutTree(tasks)).toHaveLength(10_000);
  });

  test("every task has exactly one row, below all that it needs, whatever the graph", () => {
    const graphs = fc
      .array(fc.array(fc.nat(), { maxLength: 3 }), { maxLength: 25 })
      .map((lists) =>
        lists.map((needs, i) => ({ id: `t${i}`, needs: i === 0 ? [] : needs.map((need) => `t${need % i}`) })),
      );
    fc.assert(
      fc.property(graphs, (tasks) => {
        for (const ids of [layOutTree(tasks).map(({ id }) => id), topologicalOrder(tasks).map(({ id }) => id)]) {
          expect([...ids].sort()).toEqual(tasks.map(({ id }) => id).sort());
          for (const { id, needs } of tasks)
            for (const need of needs) expect(ids.indexOf(need)).toBeLessThan(ids.indexOf(id));
        }
      }),
    );
  });
});
