import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IndexedHeap } from "../../../src/core/indexed-heap.ts";

describe("an indexed heap", () => {
  test("is empty at first", () => {
    const heap = new IndexedHeap<string, number>((a, b) => a - b);
    expect(heap.peek()).toBeUndefined();
    expect(heap.size).toBe(0);
    heap.delete("x");
    expect(heap.get("x")).toBeUndefined();
  });

  test("behaves like a sorted map, whatever is put in, moved and taken out", () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.tuple(fc.constant("set" as const), fc.nat({ max: 20 }), fc.nat({ max: 50 })) },
        { weight: 1, arbitrary: fc.tuple(fc.constant("delete" as const), fc.nat({ max: 20 }), fc.constant(0)) },
        { weight: 1, arbitrary: fc.tuple(fc.constant("pop" as const), fc.constant(0), fc.constant(0)) },
      ),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(steps, (todo) => {
        const heap = new IndexedHeap<number, number>((a, b) => a - b);
        const model = new Map<number, number>();
        for (const [what, key, value] of todo) {
          if (what === "set") {
            heap.set(key, value);
            model.set(key, value);
          } else {
            const taken = what === "delete" ? key : heap.peek()?.key;
            if (taken === undefined) continue;
            heap.delete(taken);
            model.delete(taken);
          }
          expect(heap.size).toBe(model.size);
          expect(heap.peek()?.value).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
          expect(heap.get(key)).toBe(model.get(key));
          expect([...heap.keys()].sort()).toEqual([...model.keys()].sort());
        }
        const drained: number[] = [];
        for (let head = heap.peek(); head !== undefined; head = heap.peek()) {
          expect(model.get(head.key)).toBe(head.value);
          drained.push(head.value);
          heap.delete(head.key);
        }
        expect(drained).toEqual([...model.values()].sort((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });
});
