import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AttemptKey } from "../../src/engine/index.ts";
import { attemptFiles } from "../../src/executors/local/files.ts";
import type { JsonObject } from "../../src/lib/index.ts";
import { operators } from "../../src/operators/index.ts";
import { type FakeDoing, FakeWorld } from "../support/fake-executor.ts";
import { localWorld, processesOf, until } from "../support/local-world.ts";
import { sleepsUntil } from "../support/sleeper.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { type Behaviour, type ExecutorHarness, executorConformance } from "./executor.ts";

const OUTPUTS = { answer: { type: "integer" } };

executorConformance("local", localHarness);
executorConformance("fake", fakeHarness);

function localHarness(): ExecutorHarness {
  const sleeper = sleepsUntil(() => existsSync(join(data, "go")));
  const first = localWorld({ operators: new Map([...operators, [sleeper.name, sleeper]]) });
  const { data } = first;
  const marks = join(data, "marks");
  mkdirSync(marks);
  const mark = `touch "${marks}/$(basename "$ENGINE_OUTPUT").$$"\n`;
  const scripts: Record<Behaviour, string> = {
    succeeds: mark,
    fails: `${mark}exit 3`,
    skips: `${mark}exit 99`,
    hands_on: `${mark}echo answer=42 >> "$ENGINE_OUTPUT"`,
    waits: `${mark}sleep 1000`,
    waits_deaf: `trap '' TERM\n${mark}sleep 1000`,
    sleeps_for_go: "",
    waits_for_go: `${mark}while [ ! -e "${data}/go" ]; do sleep 0.02; done`,
  };
  const marksOf = (attempt: AttemptKey): string[] => {
    const output = attemptFiles(data, attempt).output.split("/").at(-1) ?? "";
    return readdirSync(marks).filter((name) => name.startsWith(output));
  };
  let used = false;
  return {
    executor() {
      const { executor } = used ? first.successor() : first;
      used = true;
      return executor;
    },
    work: (behaviour) => ({
      operator: behaviour === "sleeps_for_go" ? sleeper.name : "bash",
      config: { script: scripts[behaviour], skip_exit_code: 99 },
      outputs: behaviour === "hands_on" ? OUTPUTS : {},
    }),
    running: (attempt) => until("it runs", () => marksOf(attempt).length > 0),
    async go() {
      writeFileSync(join(data, "go"), "");
      await until("those that wait have gone on", () => processesOf(data).length === 0);
    },
    async lose() {
      for (const name of readdirSync(join(data, "attempts", "run")).filter((file) => file.endsWith(".status"))) {
        const pid = /^pid (\d+)/m.exec(readFileSync(join(data, "attempts", "run", name), "utf8"))?.[1];
        process.kill(-Number(pid), "SIGKILL");
      }
    },
    pass: (done) => done,
    starts: (attempt) => marksOf(attempt).length,
  };
}

function fakeHarness(): ExecutorHarness {
  const clock = new VirtualClock();
  const fake = new FakeWorld(clock);
  const success = { state: "success", outputs: {} } as const;
  const doings: Record<Behaviour, FakeDoing> = {
    succeeds: { takes_ms: 10, outcome: success },
    fails: {
      takes_ms: 10,
      outcome: { state: "failed", failure: { reason: "exit_code", message: "exit code 3", exit_code: 3 } },
    },
    skips: { takes_ms: 10, outcome: { state: "skipped", message: "exit code 99" } },
    hands_on: { takes_ms: 10, outcome: { state: "success", outputs: { answer: 42 } } },
    waits: { outcome: success, ends_in_ms: 5 },
    waits_deaf: { outcome: success },
    waits_for_go: { takes_ms: 1_000, outcome: success },
    sleeps_for_go: { waits_in_ms: 1, outcome: success, ends_in_ms: 0 },
  };
  return {
    executor: () => fake.executor(),
    work: (behaviour) => ({
      operator: "fake",
      config: { does: doings[behaviour] as unknown as JsonObject },
      outputs: behaviour === "hands_on" ? OUTPUTS : {},
    }),
    running: async () => {},
    async go() {
      clock.advance(1_000);
      fake.finish();
    },
    lose: async () => fake.lose(),
    async pass(done) {
      let over = false;
      const passed = done.finally(() => {
        over = true;
      });
      for (let quiet = 0; quiet < 5 && !over; quiet++) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = clock.nextAt();
        if (next !== undefined) clock.moveTo(next);
      }
      return passed;
    },
    starts: ({ run_id, key, attempt }) => fake.starts.get(`${run_id}/${key}/${attempt}`) ?? 0,
  };
}
