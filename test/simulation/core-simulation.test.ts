import { describe, expect, test } from "vitest";
import seeds from "./seeds.json" with { type: "json" };
import { CoreSimulation } from "./support/core-simulation.ts";

/** Simulations of every test run: a few seconds. `npm run sim` does many more. */
const SIMULATIONS = 1_500;

describe("runs through a world where everything goes wrong", () => {
  test.each(seeds)("seed %d, which found a bug once, keeps every promise", (seed) => {
    expect(new CoreSimulation(seed).simulate().runs).toBeGreaterThan(0);
  });

  test("keep every promise and come to their end", () => {
    let runs = 0;
    for (let seed = 1; seed <= SIMULATIONS; seed++) {
      try {
        runs += new CoreSimulation(seed).simulate().runs;
      } catch (error) {
        throw new Error(`seed ${seed}; repeat it with \`npm run sim -- --seed ${seed}\``, { cause: error });
      }
    }
    expect(runs).toBeGreaterThan(SIMULATIONS);
  });
});
