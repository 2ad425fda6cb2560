import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../src/lib/index.ts";
import { need } from "../real/support/need.ts";
import { until } from "../support/local-world.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type OperatorHarness, operatorConformance } from "./operator.ts";

const NODE = `
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { TaskContext } from "engine";

const begin = () => appendFileSync("begun", "begun\\n");
export const succeeds = () => ({ answer: 42 });
export const fails = () => { throw new RangeError("out of bounds"); };
export const hangs = async () => (begin(), await sleep(1_000_000));
export async function waits_for_go() {
  begin();
  while (!existsSync("go")) await sleep(20);
  return { answer: 42 };
}
export const leaks = ({ log }: TaskContext) => { log(process.env.TOKEN); throw new Error("with " + process.env.TOKEN); };
export const hands_on_secret = () => ({ answer: process.env.TOKEN });
export const gives_wrong_output = () => ({ answer: "many" });
`;

const PYTHON = `
import os, time

def begin():
    with open("begun", "a") as file:
        print("begun", file=file)

def succeeds(context):
    return {"answer": 42}

def fails(context):
    raise IndexError("out of bounds")

def hangs(context):
    begin()
    time.sleep(1000)

def waits_for_go(context):
    begin()
    while not os.path.exists("go"):
        time.sleep(0.02)
    return {"answer": 42}

def leaks(context):
    print(os.environ["TOKEN"])
    raise RuntimeError("with " + os.environ["TOKEN"])

def hands_on_secret(context):
    return {"answer": os.environ["TOKEN"]}

def gives_wrong_output(context):
    return {"answer": "many"}
`;

operatorConformance("node", () =>
  harness("task.ts", NODE, (name) => ({ node: { module: "./task.ts", function: name } }), {
    failure: { reason: "exception", message: "RangeError: out of bounds" },
    bad: [
      { task: "node: ''", at: "''" },
      { task: "node: { module: a.ts, functio: b }", at: "functio" },
      { task: "node: { module: a.ts, isolated: maybe }", at: "maybe" },
      { task: "node: { module: a.ts, with: { a: '${{ secrets.TOKEN }}' } }", at: "secrets.TOKEN" },
      { task: "node: { module: a.ts, with: { a: '${{ nothing }}' } }", at: "nothing" },
    ],
  }),
);

if (need("python3").found) {
  operatorConformance("python", () =>
    harness("task.py", PYTHON, (name) => ({ python: `task.py:${name}` }), {
      failure: { reason: "exception", message: "IndexError: out of bounds" },
      bad: [
        { task: "python: ''", at: "''" },
        { task: "python: { function: train.py }", at: "train.py" },
        { task: "python: { script: train.py, with: { a: 1 } }", at: "with" },
        { task: "python: { function: 'a:b', args: [] }", at: "args" },
        { task: "python: { script: a.py, skip_exit_code: 256 }", at: "256" },
        { task: "python: { function: 'a:b', with: { a: '${{ secrets.TOKEN }}' } }", at: "secrets.TOKEN" },
      ],
    }),
  );
}

/** Functions of a file, each with the name of what it does. */
function harness(
  file: string,
  text: string,
  call: (name: string) => JsonObject,
  more: Pick<OperatorHarness, "failure" | "bad">,
): OperatorHarness {
  const data = temporaryFolder();
  writeFileSync(join(data, file), text);
  const begun = join(data, "begun");
  const outputs = { answer: "integer" };
  const env = { TOKEN: `\${{ secrets.TOKEN }}` };
  return {
    data,
    tasks: {
      succeeds: { ...call("succeeds"), outputs },
      fails: call("fails"),
      hangs: call("hangs"),
      waits_for_go: { ...call("waits_for_go"), outputs },
      leaks: { ...call("leaks"), env },
      hands_on_secret: { ...call("hands_on_secret"), env, outputs: { answer: "string" } },
      gives_wrong_output: { ...call("gives_wrong_output"), outputs },
    },
    running: () => until("it has begun", () => existsSync(begun)),
    go: () => writeFileSync(join(data, "go"), ""),
    crash: "adopts",
    starts: () => readFileSync(begun, "utf8").trim().split("\n").length,
    ...more,
  };
}
