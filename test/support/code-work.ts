import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AttemptWork } from "../../src/engine/index.ts";
import type { JsonObject, JsonValue } from "../../src/lib/index.ts";
import { operators } from "../../src/operators/index.ts";
import { bashWork } from "./attempt-work.ts";

/** What the names are in the expressions of an attempt. */
const NAMES: Readonly<Record<string, JsonValue>> = {
  params: { dataset: "rows" },
  run: {
    id: "20260131-020000-x7k2mq",
    trigger: "manual",
    attempt: 1,
    logical_date: "2026-01-31T02:00:00.000Z",
    data_interval_start: "2026-01-30T02:00:00.000Z",
    data_interval_end: "2026-01-31T02:00:00.000Z",
  },
  ds: "2026-01-31",
  item: "b",
  item_index: 1,
};

/** Evaluates a name alone. */
const evaluateName: AttemptWork["evaluate"] = (expression) => {
  const value = NAMES[expression.replace(/^\$\{\{ (\w+) \}\}$/, "$1")];
  return value === undefined ? { ok: false, message: `no ${expression} was expected` } : { ok: true, value };
};

/** A file of code in a folder, and attempts that run it. */
export interface CodeFile {
  /** An attempt with this under the operator's key, in the file's folder. */
  work(value: JsonValue, more?: Partial<AttemptWork>): AttemptWork;
  write(text: string, name?: string): void;
}

export function codeFile(operator: "node" | "python", folder: string, text: string): CodeFile {
  const write = (code: string, name = operator === "node" ? "task.ts" : "task.py"): void =>
    writeFileSync(join(folder, name), code);
  write(text);
  return {
    write,
    work: (value, more = {}) =>
      bashWork("", {
        operator,
        config: operators.get(operator)?.normalise(value) as JsonObject,
        cwd: folder,
        env: { ENGINE_TASK: "train" },
        evaluate: evaluateName,
        ...more,
      }),
  };
}
