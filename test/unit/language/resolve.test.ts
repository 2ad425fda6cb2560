import { describe, expect, test } from "vitest";
import type { Run, TaskKey } from "../../../src/core/index.ts";
import {
  type AttemptResolution,
  compile,
  type ResolvedAttempt,
  resolveAttempt,
  secretsUsedBy,
} from "../../../src/language/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { aRun, pipelineOf, type TaskRuns } from "./sources.ts";

const context = {
  operators,
  vars: { region: "eu", shards: 3 },
  secrets: { TOKEN: "s3cret", UNUSED: "other" },
  connections: {},
};

function resolve(text: string, run: Run, key: string): AttemptResolution {
  return resolveAttempt(pipelineOf(text), run, key as TaskKey, context);
}

function resolved(text: string, run: Run, key: string): ResolvedAttempt {
  const result = resolve(text, run, key);
  if (!result.ok) throw new Error(result.failure.message);
  return result;
}

/** The value of an expression in a task that comes after `a` and in a pipeline with a few params. */
function valueIn(expression: string, taskRuns: TaskRuns = {}): string | undefined {
  const text = `
schedule: { cron: "0 2 * * *", timezone: America/New_York }
params:
  n: 3
  rate: { type: number, default: 1 }
  names: { type: array, items: { type: string }, default: [] }
  options: { type: object, default: {} }
  flag: true
tasks:
  a:
    bash: "true"
    outputs: { count: integer, share: number, path: string, list: array, map: object, ok: boolean }
  m:
    for_each: [1, 2, 3]
    if: "item != 2"
    bash: "true"
    outputs: { size: integer }
  b:
    needs: [a, m]
    trigger_rule: all_done
    env:
      VALUE: ${JSON.stringify(`\${{ ${expression} }}`)}
    bash: "true"
`;
  const params = { n: 3, rate: 1, names: ["x", "y z"], options: { constructor: 1, deep: [1, { a: 2.5 }] }, flag: true };
  const run = aRun(params, { b: {}, ...taskRuns });
  const result = resolve(text, run, "b");
  return result.ok ? result.env.VALUE : `! ${result.failure.message}`;
}

describe("an expression's value in a text", () => {
  const outputs = { count: 7, share: 2, path: "/m/1", list: [1, "a"], map: { k: [1] }, ok: false };
  test.each([
    ["params.n", "3"],
    ["params.n + 1", "4"],
    ["params.n / 2", "1"],
    ["params.rate / 2", "0.5"],
    ["params.n == 3.0", "true"],
    ["params.n < 3.5", "true"],
    ["params.n + 0.5", "3.5"],
    ["params.n in [1.0, 3.0]", "true"],
    ["params.names", '["x","y z"]'],
    ['params.names.join(",")', "x,y z"],
    ["params.names[1]", "y z"],
    ["size(params.names)", "2"],
    ["params.options", '{"constructor":1,"deep":[1,{"a":2.5}]}'],
    ["params.options.constructor", "1"],
    ["params.options.deep[1].a", "2.5"],
    ["params.flag", "true"],
    ["has(params.options.missing)", "false"],
    ["null", ""],
    ["ds", "2024-03-09"],
    ["run.logical_date", "2024-03-10T01:30:00Z"],
    ["string(run.logical_date)", "2024-03-10T01:30:00Z"],
    ['run.logical_date.format("%Y/%m/%d %H")', "2024/03/10 01"],
    ['run.logical_date.format("%F %T %j %y %%", "America/New_York")', "2024-03-09 20:30:00 069 24 %"],
    ['run.logical_date - duration("24h")', "2024-03-09T01:30:00Z"],
    ["run.data_interval_end - run.data_interval_start", "0s"],
    ["run.id", "r1"],
    ["run.attempt", "1"],
    ["run.trigger", "manual"],
    ["vars.region", "eu"],
    ["vars.shards * 2", "6"],
    ["secrets.TOKEN", "s3cret"],
    ["tasks.a.outputs.count", "7"],
    ["tasks.a.outputs.share / 4", "0.5"],
    ["tasks.a.outputs.list", '[1,"a"]'],
    ["tasks.a.outputs.map.k[0]", "1"],
    ["tasks.a.outputs", '{"count":7,"share":2,"path":"/m/1","list":[1,"a"],"map":{"k":[1]},"ok":false}'],
    ['tasks["a"].outputs.path', "/m/1"],
    ["tasks.a.state", "success"],
    ["has(tasks.a.outputs.count)", "true"],
    ["tasks.a.outputs.ok ? 1 : 2", "2"],
    ["tasks.m.outputs.size", "[10,null,30]"],
    ["tasks.m.outputs.size.filter(x, x != null)", "[10,30]"],
  ])("%s is %s", (expression, expected) => {
    const mapped = {
      m: { state: "success" as const, items: 3 },
      "m[0]": { outputs: { size: 10 } },
      "m[1]": { state: "skipped" as const },
      "m[2]": { outputs: { size: 30 } },
      // Left from an earlier expansion.
      "m[3]": { outputs: { size: 40 } },
    };
    expect(valueIn(expression, { a: { outputs }, ...mapped })).toBe(expected);
  });

  test.each([
    ["tasks.a.outputs.count == null", "true"],
    ["has(tasks.a.outputs.count)", "false"],
    ["!has(tasks.a.outputs.count) || tasks.a.outputs.count > 1", "true"],
    ["tasks.a.outputs.count != null ? tasks.a.outputs.count : 0", "0"],
    ["tasks.a.outputs.path", ""],
    ["tasks.a.state", "skipped"],
    ["tasks.m.outputs.size", "[]"],
  ])("of a skipped task, %s is %j", (expression, expected) => {
    expect(valueIn(expression, { a: { state: "skipped" } })).toBe(expected);
  });

  test.each([
    [
      "tasks.a.outputs.count > 1",
      "`tasks.a.outputs.count > 1` can't be evaluated: `>` can't compare null with an integer",
    ],
    ["1 / (params.n - 3)", "division by zero"],
    ["params.names[5]", "the list has no position 5"],
    ["params.options.missing", "there is no `missing`"],
    ["vars.regoin", "there is no var `regoin`; set it under `vars` in engine.yaml"],
    [
      "secrets.NONE",
      "there is no secret `NONE`; set ENGINE_SECRET_NONE where the engine runs, or say under `secrets` in engine.yaml where it comes from",
    ],
    ["double(params.n) / 0.0", "which is not a number that can be handed on"],
    ['timestamp(ds + "T")', "a timestamp is a date with a time and a zone"],
    ['run.logical_date.format("%" + "Q" + ds)', "holds a code that format() doesn't know"],
  ])("%s fails: %s", (expression, expected) => {
    expect(valueIn(expression, { a: { state: "skipped" } })).toContain(expected);
  });
});

test("a secret that can't be read is told from one that nobody has set", () => {
  const secretProblem = (name: string) => (name === "VAULTED" ? "the vault is sealed" : undefined);
  const failure = (secret: string): string => {
    const text = `tasks:\n  a:\n    env: { X: "\${{ secrets.${secret} }}" }\n    bash: "true"\n`;
    const found = resolveAttempt(pipelineOf(text), aRun({}, { a: {} }), "a" as TaskKey, { ...context, secretProblem });
    return found.ok ? "" : found.failure.message;
  };
  expect(failure("VAULTED")).toContain("the secret `VAULTED` could not be read: the vault is sealed");
  expect(failure("NONE")).toContain(
    "there is no secret `NONE`; set ENGINE_SECRET_NONE where the engine runs, or say under `secrets` in engine.yaml where it comes from",
  );
  expect(failure("TOKEN")).toBe("");
});

describe("the secrets that a run may need", () => {
  const connections = {
    db: { type: "postgres", url: "postgres://u:${{ secrets.DB }}@h/d" },
    chat: { type: "slack", token: "${{ secrets.CHAT }}" },
  };
  const used = (text: string): readonly string[] => {
    const { pipeline } = compile({ path: "p.yaml", text }, { operators: operators });
    if (pipeline === undefined) throw new Error("it has errors");
    return [...secretsUsedBy(pipeline, connections)].sort();
  };

  test("are its own and those of the connections that it names", () => {
    expect(used('env: { A: "${{ secrets.A }}" }\ntasks:\n  a: { slack: { connection: chat } }\n')).toEqual([
      "A",
      "CHAT",
    ]);
    expect(used("tasks:\n  a: { slack: { connection: unknown } }\n")).toEqual([]);
    expect(used("tasks:\n  a: { slack: { blocks: [{ to: { connection: db } }] } }\n")).toEqual(["DB"]);
    expect(used("tasks:\n  a: { noop: {} }\non_failure:\n  - slack: { connection: chat }\n")).toEqual(["CHAT"]);
  });

  test("are those of all connections when an expression chooses one", () => {
    const text = 'params: { to: db }\ntasks:\n  a: { slack: { connection: "${{ params.to }}" } }\n';
    expect(used(text)).toEqual(["CHAT", "DB"]);
  });
});

describe("what an attempt runs with", () => {
  const text = `
params:
  epochs: 10
  dataset: { type: string, default: small }
env:
  ALL: "day \${{ ds }}"
  SHADOWED: pipeline
tasks:
  extract:
    bash: "true"
    outputs: { path: string }
  train:
    needs: extract
    env:
      SHADOWED: task
      TOKEN: "Bearer \${{ secrets.TOKEN }}"
    cwd: "data/\${{ params.dataset }}"
    bash: |
      # for \${{ params.dataset }}
      python train.py --epochs \${{ params.epochs }} "\${{ tasks.extract.outputs.path }}" \${{ params.epochs }}
      echo $((\${{ params.epochs }} + 1)) '$\${{ x }}'
    outputs: { accuracy: number }
`;
  const run = aRun(
    { epochs: 10, dataset: "small" },
    { extract: { outputs: { path: "; rm -rf /" } }, train: { attempt: 2 } },
  );

  test("a script refers to its expressions by variables, one for each expression", () => {
    const { config, env } = resolved(text, run, "train");
    expect(config.script).toBe(
      [
        "# for ${{ params.dataset }}",
        'python train.py --epochs "${ENGINE_EXPR_1}" "${ENGINE_EXPR_2}" "${ENGINE_EXPR_1}"',
        "echo $((${ENGINE_EXPR_1} + 1)) '${{ x }}'",
        "",
      ].join("\n"),
    );
    expect(env.ENGINE_EXPR_1).toBe("10");
    expect(env.ENGINE_EXPR_2).toBe("; rm -rf /");
    expect(env).not.toHaveProperty("ENGINE_EXPR_3");
  });

  test("the environment holds params, env and where the attempt belongs; a task's env counts more than the pipeline's", () => {
    expect(resolved(text, run, "train").env).toMatchObject({
      ALL: "day 2024-03-10",
      SHADOWED: "task",
      TOKEN: "Bearer s3cret",
      PARAM_EPOCHS: "10",
      PARAM_DATASET: "small",
      ENGINE_PIPELINE: "test",
      ENGINE_RUN_ID: "r1",
      ENGINE_TASK: "train",
      ENGINE_ATTEMPT: "2",
      ENGINE_TRIGGER: "manual",
      ENGINE_LOGICAL_DATE: "2024-03-10T01:30:00Z",
      ENGINE_DATA_INTERVAL_START: "2024-03-10T01:30:00Z",
      ENGINE_DATA_INTERVAL_END: "2024-03-10T01:30:00Z",
    });
    expect(resolved(text, run, "train").env).not.toHaveProperty("ENGINE_MAP_INDEX");
  });

  test("the folder, the declared outputs and the secrets in use come along", () => {
    const attempt = resolved(text, run, "train");
    expect(attempt.cwd).toBe("data/small");
    expect(attempt.outputs).toEqual({ accuracy: { type: "number" } });
    expect(attempt.secrets).toEqual(["s3cret"]);
    expect(resolved(text, run, "extract").secrets).toEqual(["s3cret"]);
  });

  test("a secret that can't be used as it is does not show in the failure", () => {
    const keyed = `
tasks:
  a:
    env: { T: "\${{ {'x': 'y'}[secrets.TOKEN] }}" }
    bash: "true"
`;
    const attempt = resolve(keyed, aRun({}, { a: {} }), "a");
    expect(attempt).toMatchObject({ ok: false, failure: { message: expect.stringContaining("***") } });
    expect(JSON.stringify(attempt)).not.toContain("s3cret");
  });

  test("an item of a mapped task sees its item and its place", () => {
    const mapped = `
tasks:
  load:
    for_each: [{ name: de, size: 1 }, { name: fr, size: 2 }]
    bash: load.sh \${{ item.name }} \${{ item.size }} \${{ item_index }}
`;
    const items = { load: {}, "load[1]": { index: 1, item: { name: "fr", size: 2 } } };
    const { env } = resolved(mapped, aRun({}, items), "load[1]");
    expect(env).toMatchObject({
      ENGINE_EXPR_1: "fr",
      ENGINE_EXPR_2: "2",
      ENGINE_EXPR_3: "1",
      ENGINE_MAP_INDEX: "1",
      ENGINE_TASK: "load",
    });
  });

  test("an operator evaluates its own expressions, with names of its own", () => {
    const branch = `
tasks:
  a:
    bash: "true"
    outputs: { accuracy: number }
  choose:
    needs: a
    branch:
      - if: tasks.a.outputs.accuracy >= 0.9
        then: good
      - else: bad
  good: { needs: choose, noop: {} }
  bad: { needs: choose, noop: {} }
`;
    const attempt = resolved(branch, aRun({}, { a: { outputs: { accuracy: 0.95 } }, choose: {} }), "choose");
    expect(attempt.config.cases).toEqual([
      { if: "${{ tasks.a.outputs.accuracy >= 0.9 }}", targets: ["good"] },
      { targets: ["bad"] },
    ]);
    expect(attempt.evaluate("${{ tasks.a.outputs.accuracy >= 0.9 }}")).toEqual({ ok: true, value: true });
    expect(attempt.evaluate("${{ response.status == 200 }}", { response: { status: 200 } })).toEqual({
      ok: true,
      value: true,
    });
    expect(attempt.evaluate("plain")).toEqual({ ok: true, value: "plain" });
    expect(attempt.evaluate("${{ nonsense }}")).toMatchObject({ ok: false });
    expect(attempt.evaluate("${{ 1 + }}")).toMatchObject({ ok: false });
  });

  test("a task of another version is a failure, not a throw", () => {
    expect(resolve(text, run, "gone")).toMatchObject({ ok: false, failure: { reason: "expression_failed" } });
  });
});

describe("a script that the checks were not asked about", () => {
  /** Past the checks: the pipeline is built with a harmless script, and gets this one afterwards. */
  function withScript(script: string): AttemptResolution {
    const pipeline = pipelineOf('params: { p: "a[$(id)]" }\ntasks: { a: { bash: "true" } }');
    const [task] = pipeline.tasks;
    const changed = { ...pipeline, tasks: [{ ...task!, config: { ...task!.config, script } }] };
    return resolveAttempt(changed, aRun({ p: "a[$(id)]" }, { a: {} }), "a" as TaskKey, context);
  }

  test.each([
    ["eval ${{ params.p }}", "would run the value as code"],
    ["echo '${{ params.p }}'", "single quotes"],
    ["echo $((${{ params.p }}))", "is no number"],
    ["echo ${{ params.p", "never closed"],
    ["echo ${{ secrets.TOKEN }}", "a secret can't be used here"],
  ])("%s is refused", (script, why) => {
    const result = withScript(script);
    expect(result.ok ? "" : result.failure.message).toContain(why);
  });

  test("a value that no environment variable can hold is a failure", () => {
    const pipeline = pipelineOf('params: { p: x }\ntasks: { a: { bash: "echo ${{ params.p }}" } }');
    const result = resolveAttempt(pipeline, aRun({ p: "a\0b" }, { a: {} }), "a" as TaskKey, context);
    expect(result.ok ? "" : result.failure.message).toContain("NUL");
  });
});
