import { describe, expect, test } from "vitest";
import { compileText, foundIn } from "./sources.ts";

/** A pipeline in which task `z`, at its end, has this under `env`. */
function withExpression(expression: string, more = ""): string {
  return `
schedule: { cron: "0 2 * * *", timezone: Europe/Berlin }
timeout: 1h
params:
  epochs: 10
  rate: 0.5
  dataset: { type: string, enum: [small, full], default: small }
  names: { type: array, items: { type: string }, default: [a] }
  anything: { default: 1 }
tasks:
  train:
    bash: "true"
    outputs: { accuracy: number, count: integer, path: string, ok: boolean, files: { type: array, items: { type: string } } }
  with-dash: { bash: "true", outputs: { x: string } }
  many:
    for_each: [1, 2]
    bash: "true"
    outputs: { size: integer }
  other:
    bash: "true"
    outputs: { y: string }
  z:
    needs: [train, with-dash, many]
    env:
      X: ${JSON.stringify(expression)}
${more}
    bash: "true"
`;
}

/** What is said of one expression, as `CODE "the part it points at" message (hint)`. */
function check(expression: string): readonly string[] {
  const text = withExpression(`\${{ ${expression} }}`);
  return compileText(text).diagnostics.map(({ code, range, message, hint }) => {
    const part = text.slice(range.start.offset, range.end.offset).replaceAll('\\"', '"');
    return `${code} ${part} | ${message}${hint === undefined ? "" : ` (${hint})`}`;
  });
}

describe("an expression without a mistake", () => {
  test.each([
    "params.epochs + 1 > 2.5",
    "params.epochs == 10.0",
    "params.epochs in [1.0, 2.0]",
    "params.rate * params.epochs",
    'params.dataset == "full"',
    'params["dataset"] + "x"',
    "params.names.map(n, n + \"x\").join(',')",
    "params.names.all(x, x.size() > 1)",
    "params.names[0].startsWith('a')",
    "params.anything.foo",
    "params",
    "run.logical_date < timestamp('2024-01-01T00:00:00Z')",
    "run.data_interval_end - run.data_interval_start > duration('1h')",
    'run.logical_date.format("%Y", "Europe/Berlin")',
    "run.attempt > 1 ? 'again' : ds",
    "run.trigger == 'schedule'",
    "ds.startsWith('2024')",
    "vars.anything.at.all",
    "secrets.TOKEN",
    "tasks.train.outputs.accuracy >= 0.9",
    "tasks.train.outputs.accuracy != null ? tasks.train.outputs.accuracy : 0.0",
    "has(tasks.train.outputs.accuracy)",
    "tasks.train.outputs",
    "tasks.train.outputs.files[0]",
    "tasks.train.state == 'success'",
    'tasks["with-dash"].outputs.x',
    "tasks.many.outputs.size.exists(x, x > 1)",
    "size(tasks.many.outputs.size)",
    "{'a': {'b': 1}}",
    "'}}' + \"}}\"",
    "cel.bind(x, params.epochs, x * x)",
    "type(params.epochs) == int",
    "1 < 2 // a comment",
    "params.epochs / 0.0",
    "-9223372036854775808 < params.epochs",
    "params.epochs > 1 ? [1, 2][1] : 3",
    "false && 1 / 0 > 1",
    "ds.matches('^2024-(0[1-9]|1[0-2])')",
    'run.logical_date.getHours("Europe/Berlin")',
  ])("%s is silent", (expression) => {
    expect(check(expression)).toEqual([]);
  });
});

describe("a mistake in an expression", () => {
  test.each([
    // 401
    ["1 +", "ENG401 + | the expression ends too early, at `+` (write what belongs behind it, or take it away)"],
    ["(1", "ENG401  | `)` is expected, but the expression ends"],
    ["params.epochs = 10", "ENG401 = | `=` is not expected here (write `==` to compare)"],
    ["params.epochs === 10", "ENG401 = | `=` is not expected here (write `==` or `!=` to compare)"],
    ["true and false", "ENG401 and | `and` is not expected here (write `&&` for and)"],
    ["not true", "ENG401 true | `true` is not expected here (write `!` for not)"],
    ["params.a ?? 1", "ENG401 ? | `?` is not expected here (write `x != null ? x : …` for a value that may be null)"],
    ["'abc", "ENG401 'abc | this string is never closed"],
    ["$x", "ENG401 $ | `$` is not expected here (write the name without the dollar sign)"],
    ["", "ENG401    | the expression is empty (write one, such as `params.name`)"],
    ["if true", "ENG401 if | `if` is a reserved word (write `condition ? this : that`)"],
    ["1e999", "ENG401 1e999 | `1e999` is too large for a number"],
    ["1.5e+", "ENG401   | the exponent of this number has no digits"],
    ["'\\x4'", "ENG401 \\\\x4 | `\\x4` is not an escape (write `\\\\` for a backslash)"],
    ["[1].map(1, 2)", "ENG401 1 | a name for the element is expected here (for example `list.map(x, x + 1)`)"],
    // 402
    ["parms.epochs", "ENG402 parms | there is no `parms` here (did you mean `params`?)"],
    ["epochs", "ENG402 epochs | there is no `epochs` here (did you mean `params.epochs`?)"],
    ["train", "ENG402 train | there is no `train` here (did you mean `tasks.train`?)"],
    ["params.epoch", "ENG402 epoch | `params` has no `epoch` (did you mean `epochs`?)"],
    ["run.logicaldate", "ENG402 logicaldate | `run` has no `logicaldate` (did you mean `logical_date`?)"],
    ["tasks.trian.outputs.x", "ENG402 trian | there is no task `trian` (did you mean `train`?)"],
    [
      "tasks.with-dash.outputs.x",
      'ENG402 with-dash | `with-dash` reads as a subtraction here (write `tasks["with-dash"]`)',
    ],
    [
      "tasks.train.accuracy",
      "ENG402 accuracy | a task has `outputs` and a `state`, and nothing else (did you mean `tasks.train.outputs.accuracy`?)",
    ],
    [
      "tasks.train.output.x",
      "ENG402 output | a task has `outputs` and a `state`, and nothing else (did you mean `outputs`?)",
    ],
    [
      "tasks[params.dataset].state",
      "ENG402 params.dataset | the id of a task must be written out (write `tasks.<id>.outputs.<name>` or `tasks.<id>.state`)",
    ],
    ["secrets", "ENG402 secrets | a secret is named one by one (write `secrets.NAME`)"],
    [
      "toJSON(params)",
      "ENG402 toJSON | there is no function `toJSON` (a list or a map in a text becomes JSON by itself)",
    ],
    ["sizee('a')", "ENG402 sizee | there is no function `sizee` (did you mean `size`?)"],
    ["contains('ab', 'a')", "ENG402 contains | `contains` is a method, not a function (write `value.contains(…)`)"],
    // 403
    [
      'tasks.train.outputs.accuracy >= "0.9"',
      'ENG403 tasks.train.outputs.accuracy >= "0.9" | `>=` can\'t compare a number with a string (write 0.9 without quotes)',
    ],
    [
      "params.dataset + 1",
      "ENG403 params.dataset + 1 | `+` can't take a string and an integer (`string(…)` makes text of a number)",
    ],
    [
      "params.dataset > 1",
      "ENG403 params.dataset > 1 | `>` can't compare a string with an integer (`double(…)` or `int(…)` reads a number from text)",
    ],
    [
      "run.logical_date > '2024'",
      "ENG403 run.logical_date > '2024' | `>` can't compare a timestamp with a string (write a date as `timestamp(\"2024-01-01T00:00:00Z\")`)",
    ],
    [
      "params.epochs ? 1 : 2",
      "ENG403 params.epochs | `params.epochs`: a boolean is expected, not an integer (compare it with something)",
    ],
    [
      "true ? 1 : 2.5",
      "ENG403 true ? 1 : 2.5 | the two sides of `? :` differ in type: an integer and a number (write the integer as a number, such as `1.0`)",
    ],
    ["!params.dataset", "ENG403 !params.dataset | `!` can't take a string"],
    ["params.epochs.foo", "ENG403 foo | an integer has no parts, so `foo` can't be read from it"],
    ["params.names['a']", "ENG403 params.names['a'] | a list's index is an integer, not a string"],
    ["params.epochs.map(x, x)", "ENG403 params.epochs | `params.epochs` is an integer, not a list or a map"],
    ["size(params.epochs)", "ENG403 size(params.epochs) | `size` can't take an integer"],
    ["'a' in params.epochs", "ENG403 'a' in params.epochs | `in` can't look for a string in an integer"],
    ["params.dataset == 'fulll'", "ENG403 'fulll' | `params.dataset` is never `fulll` (did you mean `full`?)"],
    [
      "tasks.train.state == 'succes'",
      "ENG403 'succes' | `tasks.train.state` is never `succes` (did you mean `success`?)",
    ],
    ["tasks.many.outputs.size > 1", "ENG403 tasks.many.outputs.size > 1 | `>` can't compare a list with an integer"],
    [
      "params.dataset.length",
      "ENG403 length | a string has no parts, so `length` can't be read from it (write `size(…)`)",
    ],
    // 403, of what is written out and fails in every run
    [
      "99999999999999999999",
      "ENG403 99999999999999999999 | the integer doesn't fit into 64 bits (with `.0` behind it, it is a number)",
    ],
    ["params.epochs + 1 / 0", "ENG403 1 / 0 | division by zero"],
    ["params.epochs > 1 ? [1][3] : 2", "ENG403 [1][3] | the list has no position 3: it has 1, counted from 0"],
    [
      "string(timestamp('yesterday'))",
      "ENG403 timestamp('yesterday') | a timestamp is a date with a time and a zone, such as `2024-01-01T00:00:00Z`",
    ],
    ["timestamp(ds)", "ENG403 timestamp(ds) | `ds` is a date without a time (`run.logical_date` is the timestamp)"],
    [
      "run.logical_date - duration('1 hour')",
      "ENG403 duration('1 hour') | `1 hour` is not a duration such as `1h30m` or `90s`",
    ],
    ["ds.matches('(')", "ENG403 '(' | `(` is not a regular expression"],
    ["run.logical_date.format('YYYY-MM-DD')", "ENG403 'YYYY-MM-DD' | `YYYY-MM-DD` holds no code such as %Y, %m or %d"],
    [
      "run.logical_date.format('%H', 'Europe/Belin')",
      "ENG403 '%H', 'Europe/Belin' | `Europe/Belin` is not a time zone",
    ],
    ["run.logical_date.getHours('Mars')", "ENG403 'Mars' | `Mars` is not a time zone"],
    ["has(1)", "ENG403 1 | `has` takes one access, such as `has(params.name)`"],
    // 404
    ["size()", "ENG404 size | `size` takes 1 argument, not 0"],
    ["'a'.startsWith('a', 'b')", "ENG404 startsWith | `startsWith` takes 1 argument, not 2"],
    ["'a'.substring(1, 2, 3)", "ENG404 substring | `substring` takes 1 or 2 arguments, not 3"],
    // 405, 406
    [
      "tasks.other.outputs.y",
      "ENG405 tasks.other | `other` doesn't come before `z`, so it need not have run (add `other` to the `needs` of `z`)",
    ],
    [
      "tasks.z.state",
      "ENG405 tasks.z | `z` can't read what it hands on itself (it is there only once the task has ended)",
    ],
    ["tasks.train.outputs.acuracy", "ENG406 acuracy | `train` declares no output `acuracy` (did you mean `accuracy`?)"],
    [
      "tasks.train.outputs.loss",
      "ENG406 loss | `train` declares no output `loss` (declare it under `outputs` of `train`)",
    ],
    // 409
    ["item", "ENG409 item | `item` is not available here (only tasks with `for_each` have items)"],
    [
      "exit_code == 1",
      "ENG409 exit_code | `exit_code` is not available here (only `retries.if` and notifications look at a failure)",
    ],
    [
      "outputs.x",
      "ENG409 outputs | `outputs` is not available here (a task's own outputs are there only after it has ended)",
    ],
  ])("%s", (expression, expected) => {
    expect(check(expression)).toEqual([expected]);
  });

  test("several wrong names are all reported, and types wait for them", () => {
    expect(check("parms.x + ruin.id > 'a'").map((each) => each.slice(0, 6))).toEqual(["ENG402", "ENG402"]);
  });

  test("an unclosed expression is reported where it opens", () => {
    const text = withExpression("a ${{ params.epochs");
    expect(foundIn(text)).toEqual(['ENG401 "${{" this `${{` is never closed']);
  });

  test("an expression is found in folded, quoted and escaped texts", () => {
    const text = `
tasks:
  a:
    env:
      A: >-
        some words
        and \${{ nope }}
      B: "tab\\t\\"\${{ nope }}"
      C: 'it''s \${{ nope }}'
    bash: |
      echo first
      echo \${{ nope }}
`;
    expect(foundIn(text)).toEqual(Array(4).fill('ENG402 "nope" there is no `nope` here'));
  });
});

describe("places", () => {
  const codes = (text: string) => compileText(text).diagnostics.map(({ code, message }) => `${code} ${message}`);

  test("a condition is one boolean expression", () => {
    const withIf = (condition: string) =>
      codes(`params: { n: 1 }\ntasks: { a: { if: ${JSON.stringify(condition)}, noop: {} } }`);
    expect(withIf("params.n > 1")).toEqual([]);
    expect(withIf("${{ params.n > 1 }}")).toEqual([]);
    expect(withIf("params.n")).toEqual(["ENG403 a condition is a boolean, and this is an integer"]);
    expect(withIf("${{ params.n > 1 }} && true")).toEqual([
      "ENG401 text stands around the expression, and this place takes one expression alone",
    ]);
    expect(withIf("1 < 2")).toEqual(["ENG407 the condition is always true"]);
    expect(withIf("false")).toEqual(["ENG407 the condition is always false"]);
    expect(withIf("secrets.X == 'a'")).toEqual(["ENG410 a secret can't stand here, where it would be shown or stored"]);
  });

  test("`for_each` takes a list or a map, and gives `item` its type", () => {
    const withItems = (items: string, use = "") =>
      codes(
        `params: { n: 1, names: { type: array, items: { type: string }, default: [] } }\ntasks: { a: { for_each: ${items}, bash: "echo ${use}" } }`,
      );
    expect(withItems("params.names", "${{ item.startsWith('a') }} ${{ item_index + 1 }}")).toEqual([]);
    expect(withItems('"${{ params.names }}"', "${{ item > 1 }}")).toEqual([
      "ENG403 `>` can't compare a string with an integer",
    ]);
    expect(withItems('"${{ params.n }}"')).toEqual(["ENG403 `for_each` takes a list or a map, and this is an integer"]);
    expect(withItems("[{ name: a }, { name: b, size: 1 }]", "${{ item.size }}")).toEqual([]);
    expect(withItems("[{ name: a }, { name: b }]", "${{ item.nam }}")).toEqual(["ENG402 `item` has no `nam`"]);
    expect(withItems("{ de: 1, fr: 2 }", "${{ item.key + string(item.value) }}")).toEqual([]);
    expect(withItems("{ de: 1, fr: 2 }", "${{ item.name }}")).toEqual(["ENG402 `item` has no `name`"]);
    expect(withItems('["${{ params.n }}", 2]', "${{ item }}")).toEqual([]);
    expect(withItems('["${{ item }}"]')).toEqual(["ENG409 `item` is not available here"]);
  });

  test("`retries.if` sees the failed attempt", () => {
    const withRetry = (condition: string) =>
      codes(`tasks: { a: { retries: { count: 1, if: ${JSON.stringify(condition)} }, noop: {} } }`);
    expect(withRetry("exit_code == 75 || error.reason == 'timeout' || error.message.contains('x')")).toEqual([]);
    expect(withRetry("error.code == 1")).toEqual(["ENG402 `error` has no `code`"]);
    expect(withRetry("exit_code")).toEqual(["ENG403 a condition is a boolean, and this is an integer"]);
  });

  test("secrets may stand in `env` and nowhere in a script", () => {
    expect(
      codes('env: { T: "${{ secrets.T }}" }\ntasks: { a: { env: { U: "x ${{ secrets.U }}" }, bash: "true" } }'),
    ).toEqual([]);
    expect(codes('tasks: { a: { bash: "curl ${{ secrets.T }}" } }')).toEqual([
      "ENG410 a secret can't stand here, where it would be shown or stored",
    ]);
    expect(codes('tasks: { a: { cwd: "${{ secrets.T }}", bash: "true" } }')).toEqual([
      "ENG410 a secret can't stand here, where it would be shown or stored",
    ]);
  });

  test("the pipeline's `env` comes before every task", () => {
    expect(codes('env: { T: "${{ tasks.a.state }}" }\ntasks: { a: { noop: {} } }')).toEqual([
      "ENG409 `tasks` is not available here",
    ]);
  });

  test("metrics and notifications come after their task, and those of the pipeline after all tasks", () => {
    const told = (text: string) => `[{ slack: { connection: c, text: "\${{ ${text} }}" } }]`;
    const pipeline = (own: string, whole: string) =>
      codes(`
on_failure: ${told(whole)}
defaults: { on_retry: ${told("run.id")} }
tasks:
  other: { noop: {} }
  a:
    bash: "true"
    outputs: { rows: integer }
    on_failure: ${told(own)}
    metrics: { rows_read: { type: gauge, value: "\${{ outputs.rows }}" } }
`);
    expect(pipeline("tasks.a.state + string(outputs.rows)", "tasks.other.state + tasks.a.state")).toEqual([]);
    expect(pipeline("outputs.row", "tasks.b.state")).toEqual([
      "ENG402 there is no task `b`",
      "ENG402 `outputs` has no `row`",
    ]);
    expect(pipeline("tasks.other.state", "outputs.rows")).toEqual([
      "ENG409 `outputs` is not available here",
      "ENG405 `other` doesn't come before `a`, so it need not have run",
    ]);
  });

  test("where nothing is evaluated braces are a mistake, except in prose", () => {
    expect(codes('owner: "${{ params.x }}"\ntasks: { a: { noop: {} } }')).toEqual([
      "ENG409 expressions are not evaluated in `owner`",
    ]);
    expect(codes('description: "${{ params.x }}"\ndoc: "${{ x"\ntasks: { a: { doc: "${{ y }}", noop: {} } }')).toEqual(
      [],
    );
    expect(codes('owner: "$${{ params.x }}"\ntasks: { a: { noop: {} } }')).toEqual([]);
  });

  test("a branch's conditions are checked, with and without braces", () => {
    const branch = (condition: string) =>
      codes(
        `tasks: { a: { bash: "true", outputs: { n: number } }, b: { needs: a, branch: [{ if: ${JSON.stringify(condition)}, then: c }] }, c: { needs: b, noop: {} } }`,
      );
    expect(branch("tasks.a.outputs.n > 1")).toEqual([]);
    expect(branch("${{ tasks.a.outputs.n > 1 }}")).toEqual([]);
    expect(branch("tasks.a.outputs.n")).toEqual(["ENG403 a condition is a boolean, and this is a number"]);
    expect(branch("${{ tasks.a.outputs.m > 1 }}")).toEqual(["ENG406 `a` declares no output `m`"]);
  });

  test("in a script bash decides what can stand where", () => {
    const script = (text: string) =>
      codes(`params: { n: 1, s: a, any: { default: 1 } }\ntasks: { a: { bash: ${JSON.stringify(text)} } }`);
    expect(script("echo ${{ params.s }} # ${{ nonsense }}")).toEqual([]);
    expect(script("echo '${{ params.s }}'")).toEqual([
      "ENG412 an expression can't stand in single quotes, where bash leaves everything as it is",
    ]);
    expect(script("eval ${{ params.s }}")).toEqual([
      "ENG408 an expression can't be an argument of `eval`, which would run the value as code",
    ]);
    expect(script("echo $((${{ params.n }} + 1))")).toEqual([]);
    expect(script("echo $((${{ params.s }} + 1))")).toEqual([
      "ENG408 only a number can stand here: bash evaluates arithmetic here, and would run code in a text",
    ]);
    expect(script("echo $((${{ params.any }} + 1))")).toHaveLength(1);
    expect(script("echo $((${{ int(params.any) }} + 1))")).toEqual([]);
    expect(script("[[ ${{ params.s }} -gt 1 ]]")).toHaveLength(1);
  });
});
