import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layOutLayers, TooTangledError } from "../../../../src/cli/graph/layers.ts";
import { type Layout, layOut } from "../../../../src/cli/graph/layout.ts";
import type { Measures } from "../../../../src/cli/graph/measures.ts";
import { spread } from "../../../../src/cli/graph/spread.ts";
import type { TreeTask } from "../../../../src/cli/live/tree.ts";

/** Boxes of 9 characters and 3 rows, wider where many lines come in. */
const CHARACTERS: Measures = {
  size: (_, ports) => {
    const columns = Math.max(9, 2 * ports + 1);
    const before = Math.floor((columns - 1) / 2);
    return { before, after: columns - 1 - before, across: 3 };
  },
  line: 1,
  gap: 2,
  portGap: 1,
  portInset: 1,
  layerGap: 0,
  trackGap: 1,
};

/** Graphs without cycles: a task needs only tasks before it. */
const graphs = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 25 })
  .map((rows): readonly TreeTask[] =>
    rows.map((picks, at) => ({
      id: `t${at}`,
      needs: at === 0 ? [] : [...new Set(picks.map((pick) => `t${pick % at}`))],
    })),
  );

/** Which tasks a reader of the drawing can follow the lines to, from each task. */
function readEdges({ nets }: Layout): string[] {
  const edges: string[] = [];
  const follow = (from: string, net: Layout["nets"][number]): void => {
    for (const { along, across, task } of net.ends) {
      if (task !== undefined) edges.push(`${from} → ${task}`);
      for (const next of nets) {
        if (task === undefined && next.starts.some((start) => start.along === along && start.across === across)) {
          follow(from, next);
        }
      }
    }
  };
  for (const net of nets) for (const { task } of net.starts) if (task !== undefined) follow(task, net);
  return edges.sort();
}

describe("a layout", () => {
  test("has the lines of the graph, and no others", () => {
    fc.assert(
      fc.property(graphs, (tasks) => {
        const wanted = tasks.flatMap(({ id, needs }) => needs.map((need) => `${need} → ${id}`)).sort();
        expect(readEdges(layOut(tasks, CHARACTERS))).toEqual(wanted);
      }),
    );
  });

  test("keeps boxes apart", () => {
    fc.assert(
      fc.property(graphs, (tasks) => {
        const { boxes, alongSize, acrossSize } = layOut(tasks, CHARACTERS);
        expect(boxes.map(({ task }) => task).sort()).toEqual(tasks.map(({ id }) => id).sort());
        for (const [at, a] of boxes.entries()) {
          expect(a.along).toBeGreaterThanOrEqual(0);
          expect(a.along + a.alongSize).toBeLessThanOrEqual(alongSize);
          expect(a.across + a.acrossSize).toBeLessThanOrEqual(acrossSize);
          for (const b of boxes.slice(at + 1)) {
            const apart =
              a.along + a.alongSize < b.along ||
              b.along + b.alongSize < a.along ||
              a.across + a.acrossSize < b.across ||
              b.across + b.acrossSize < a.across;
            expect(apart).toBe(true);
          }
        }
      }),
    );
  });

  test("leads lines into a box at its edge, each net at a place of its own", () => {
    fc.assert(
      fc.property(graphs, (tasks) => {
        const { boxes, nets } = layOut(tasks, CHARACTERS);
        const taken = new Set<string>();
        for (const { along, across, task } of nets.flatMap(({ ends }) => ends)) {
          const box = boxes.find((each) => each.task === task);
          expect(taken.has(`${along}:${across}`)).toBe(false);
          taken.add(`${along}:${across}`);
          if (box === undefined) continue;
          expect(across).toBe(box.across);
          expect(along).toBeGreaterThan(box.along);
          expect(along).toBeLessThan(box.along + box.alongSize - 1);
        }
      }),
    );
  });

  test("puts every task below all that it needs", () => {
    fc.assert(
      fc.property(graphs, (tasks) => {
        const { boxes } = layOut(tasks, CHARACTERS);
        const across = new Map(boxes.map((box) => [box.task, box.across]));
        for (const { id, needs } of tasks) {
          for (const need of needs) expect(across.get(id)).toBeGreaterThan(across.get(need) ?? 0);
        }
      }),
    );
  });

  test("lets nets that run side by side share no stretch", () => {
    fc.assert(
      fc.property(graphs, (tasks) => {
        const runs = layOut(tasks, CHARACTERS).nets.map(({ starts, ends, track }) => {
          const along = [...starts, ...ends].map((point) => point.along);
          return { track, first: Math.min(...along), last: Math.max(...along) };
        });
        const bent = runs.filter(({ first, last }) => first < last);
        for (const [at, a] of bent.entries()) {
          for (const b of bent.slice(at + 1)) {
            expect(a.track !== b.track || a.last < b.first || b.last < a.first).toBe(true);
          }
        }
      }),
    );
  });

  test("lets nets share no stretch across, either", () => {
    fc.assert(
      fc.property(graphs, (tasks) => {
        const { nets } = layOut(tasks, CHARACTERS);
        for (const above of nets) {
          for (const below of nets) {
            const sameGap = above.ends[0]?.across === below.ends[0]?.across;
            if (!sameGap || above.track >= below.track) continue;
            // What goes down to its end from the upper track would lie on what comes down to the lower one.
            const starts = new Set(below.starts.map(({ along }) => along));
            expect(above.ends.filter(({ along }) => starts.has(along))).toEqual([]);
          }
        }
      }),
    );
  });

  test("of a chain is straight", () => {
    const tasks = Array.from({ length: 30 }, (_, at) => ({ id: `t${at}`, needs: at === 0 ? [] : [`t${at - 1}`] }));
    const { nets } = layOut(tasks, CHARACTERS);
    expect(new Set(nets.flatMap(({ starts, ends }) => [...starts, ...ends].map(({ along }) => along))).size).toBe(1);
  });

  test("ignores needs that name no task", () => {
    expect(layOut([{ id: "a", needs: ["nobody"] }], CHARACTERS).nets).toEqual([]);
  });

  test("refuses what no picture can hold, before it takes all memory", () => {
    const chain = Array.from({ length: 1_000 }, (_, at) => ({
      id: `t${at}`,
      needs: at === 0 ? [] : at === 999 ? Array.from({ length: 999 }, (_, need) => `t${need}`) : [`t${at - 1}`],
    }));
    expect(() => layOutLayers(chain)).toThrow(TooTangledError);
  });
});

describe("things in a row", () => {
  const thing = (wish: number): { wish: number; before: number; after: number; weight: number } => ({
    wish,
    before: 1,
    after: 1,
    weight: 1,
  });

  test("stand where they want to when there is room", () => {
    expect(spread([thing(0), thing(10), thing(20)], 1)).toEqual([0, 10, 20]);
  });

  test("share the way when they want the same place", () => {
    expect(spread([thing(10), thing(10), thing(10)], 1)).toEqual([7, 10, 13]);
  });

  test("keep within bounds, and in their order", () => {
    expect(spread([thing(9), thing(9)], 1, [0, 9])).toEqual([6, 9]);
    expect(spread([thing(20), thing(0)], 1)).toEqual([9, 12]);
  });
});
