/*
 * A process of its own that holds a store, for tests that kill it. Started as
 * `node store-child.ts COMMAND FOLDER [RUN]`; every line on its standard output is an
 * acknowledgement, written only after the store resolved.
 */
import { writeSync } from "node:fs";
import type { StoreError } from "../../src/engine/index.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { NEW_YEAR, RunWriter } from "./run-writer.ts";

const [command, folder = "", run_id = "run"] = process.argv.slice(2);
const tell = (line: string) => writeSync(1, `${line}\n`);

const store = await openSqliteStore(folder, {
  mode: "write",
  clock: () => NEW_YEAR,
  describe: `child ${command}`,
}).catch((error: StoreError) => {
  tell(`refused: ${error.code}`);
  process.exit(0);
});
const run = new RunWriter(run_id);

switch (command) {
  /** Leases a run for ever, starts an attempt and waits to be killed. */
  case "hold": {
    await store.commit("child", [run.create(), run.start("train")]);
    tell("holding");
    setInterval(() => {}, 60_000);
    break;
  }
  /** Commits without end, each time telling the number of the last event. */
  case "commit": {
    await store.commit("child", [run.create()]);
    for (let nth = 0; ; nth++) {
      // Several callers at once, and outputs of all sizes, so that commits are of all sizes too.
      const writes = [run.start(`task${nth}`), run.succeed(`task${nth}`, { text: "x".repeat((nth * 997) % 20_000) })];
      const results = await Promise.all(writes.map((write) => store.commit("child", [write])));
      if (!results.every(([result]) => result?.ok)) throw new Error("a write conflicted");
      tell(String(run.row.seq));
    }
  }
  default:
    throw new Error(`no such command: ${command}`);
}
