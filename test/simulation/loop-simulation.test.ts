import { expect, test } from "vitest";
import seeds from "./loop-seeds.json" with { type: "json" };
import { simulateLoop } from "./support/loop-simulation.ts";

/** Simulations of every test run: a few seconds. `npm run sim -- --loop` does many more. */
const SIMULATIONS = 1_000;

test.each(seeds)("the loop keeps its promises with seed %d, which found a bug once", async (seed) => {
  await expect(simulateLoop(seed)).resolves.toBeGreaterThan(0);
});

test("the loop keeps its promises while store, executor, clock and process fail", async () => {
  for (let seed = 1; seed <= SIMULATIONS; seed++) {
    try {
      await simulateLoop(seed);
    } catch (error) {
      throw new Error(`seed ${seed}; repeat it with \`npm run sim -- --loop --seed ${seed}\``, { cause: error });
    }
  }
});
