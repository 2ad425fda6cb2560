import type { RunService } from "../../src/engine/index.ts";

const unexpected = (): never => {
  throw new Error("no run of another pipeline was expected");
};

/** For attempts that start no runs and wait for none. */
export const NO_RUNS: RunService = { start: unexpected, finished: unexpected, cancel: unexpected, ofSlot: unexpected };
