import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { AttemptKey } from "../../src/engine/index.ts";
import { attemptFiles } from "../../src/executors/local/files.ts";
import { operators } from "../../src/operators/index.ts";
import { need } from "../real/support/need.ts";
import { codeFile } from "../support/code-work.ts";
import { localWorld, until } from "../support/local-world.ts";
import { sleepsUntil } from "../support/sleeper.ts";
import { type Behaviour, type ExecutorHarness, executorConformance } from "./executor.ts";

/*
 * The port of executors, with functions in the place of scripts.
 */

const NODE = `
import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const forever = () => sleep(1_000_000);
function mark(): string {
  const data = process.env.ENGINE_OUTPUT!.replace(/\\/attempts\\/.*/, "");
  writeFileSync(data + "/marks/" + basename(process.env.ENGINE_OUTPUT!) + "." + performance.now(), "");
  return data;
}
export const succeeds = async () => void mark();
export const fails = () => (mark(), process.exit(3));
export const hands_on = () => (mark(), { answer: 42 });
export const waits = async () => (mark(), await forever());
export const waits_deaf = async ({ signal }) => (mark(), signal.aborted, await forever());
export async function waits_for_go() {
  const data = mark();
  while (!existsSync(data + "/go")) await sleep(20);
}
`;

const PYTHON = `
import os, signal, sys, time

def mark():
    output = os.environ["ENGINE_OUTPUT"]
    data = output.partition("/attempts/")[0]
    open("%s/marks/%s.%d" % (data, os.path.basename(output), os.getpid()), "w").close()
    return data

def succeeds(context):
    mark()

def fails(context):
    mark()
    sys.exit(3)

def skips(context):
    mark()
    sys.exit(99)

def hands_on(context):
    mark()
    return {"answer": 42}

def waits(context):
    mark()
    time.sleep(1000)

def waits_deaf(context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    waits(context)

def waits_for_go(context):
    data = mark()
    while not os.path.exists(data + "/go"):
        time.sleep(0.02)
`;

executorConformance("local, calling functions in Node", () => harness("node"));
if (need("python3").found) executorConformance("local, calling functions in Python", () => harness("python"));

function harness(operator: "node" | "python"): ExecutorHarness {
  const sleeper = sleepsUntil(() => existsSync(join(data, "go")));
  const first = localWorld({ operators: new Map([...operators, [sleeper.name, sleeper]]) });
  const { data } = first;
  const marks = join(data, "marks");
  mkdirSync(marks);
  const file = codeFile(operator, data, operator === "node" ? NODE : PYTHON);
  const marksOf = (attempt: AttemptKey): string[] =>
    readdirSync(marks).filter((name) => name.startsWith(basename(attemptFiles(data, attempt).output)));
  const statuses = (): string[] => {
    const folder = join(data, "attempts/run");
    // What only sleeps leaves nothing there.
    const names = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith(".status"));
    return names.map((name) => readFileSync(join(folder, name), "utf8"));
  };
  const work = (behaviour: Behaviour) => {
    // Nothing that a function does.
    if (behaviour === "sleeps_for_go") return { ...file.work("x"), operator: sleeper.name };
    if (operator === "python") return file.work(`task.py:${behaviour}`);
    // A function in Node has no way to skip its task.
    if (behaviour === "skips") return { ...file.work("x"), operator: "bash", config: SKIPS };
    return file.work({ module: "task.ts", function: behaviour });
  };
  let used = false;
  return {
    executor() {
      const { executor } = used ? first.successor() : first;
      used = true;
      return executor;
    },
    work(behaviour) {
      const { operator: by, config, cwd, evaluate, env } = work(behaviour);
      const outputs = behaviour === "hands_on" ? { answer: { type: "integer" } } : {};
      return { operator: by, config, cwd, evaluate, env, outputs };
    },
    running: (attempt) => until("it runs", () => marksOf(attempt).length > 0),
    async go() {
      writeFileSync(join(data, "go"), "");
      await until("those that wait have gone on", () => statuses().every((text) => /^(end|closed)/m.test(text)));
    },
    async lose() {
      for (const text of statuses()) process.kill(-Number(/^pid (\d+)/m.exec(text)?.[1]), "SIGKILL");
    },
    pass: (done) => done,
    starts: (attempt) => marksOf(attempt).length,
  };
}

const SKIPS = { script: "exit 99", skip_exit_code: 99 };
