import { expect, test } from "vitest";
import type { RunEvent, TaskKey } from "../../../src/core/index.ts";
import { type AttemptConfigParts, attemptConfig } from "../../../src/daemon/attempt-config.ts";
import { operators } from "../../../src/operators/index.ts";
import { RunWriter } from "../../support/run-writer.ts";

const GOOD = 'tasks: { say: { bash: "echo ${{ vars.region }}" } }';

/** What is known of an attempt of a run, from a store that has these. */
async function given(source: string | undefined, more: { readonly seq?: number } = {}) {
  const run = new RunWriter("r1");
  const { events } = run.create();
  const { run_id, row } = run;
  const store: AttemptConfigParts["store"] = {
    getRun: async () => ({ ...row, ...more }),
    getPipelineVersion: async (version) =>
      source === undefined ? undefined : { version, pipeline: "training", file: "training.yaml", source, stored_at: 1 },
    readEvents: async () => events.slice(0, 1) as readonly RunEvent[],
  };
  const parts = { store, operators, vars: { region: "north" } };
  return await attemptConfig(parts, { run_id, key: "say" as TaskKey, attempt: 1 });
}

test("an attempt's configuration is worked out from its version and the run's journal", async () => {
  expect(await given(GOOD)).toMatchObject({ config: { script: "echo north" }, env: {} });
});

test.each([
  ["whose version is gone", undefined, {}],
  ["whose version does not compile any more", "tasks: { say: { bsh: echo } }", {}],
  ["that is too long to be read", GOOD, { seq: 20_001 }],
])("nothing is said of a run %s", async (_, source, more) => {
  expect(await given(source, more)).toBeUndefined();
});
