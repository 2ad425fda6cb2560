import type { Tree } from "./bases.ts";
import { each, type Mutant, type Mutator, put } from "./mutate.ts";
import type { Path, Value } from "./render.ts";

/*
 * ENG4xx: expressions, in scripts of every form, in conditions, in environments and elsewhere. The text that is wrong
 * is a part of the text that it stands in.
 */

/** A task that hands something on, and one that may be skipped: what an expression may want to read. */
const HELPERS = {
  source: { bash: "./source.sh", outputs: { rows: "integer", label: "string" } },
  maybe: { needs: "source", if: "run.attempt == 1", bash: "./maybe.sh", outputs: { rows: "integer" } },
  apart: { bash: "./apart.sh", outputs: { rows: "integer" } },
};

interface Spot {
  readonly what: string;
  readonly path: Path;
  make(expression: string): Readonly<Record<string, Value>>;
}

const task = (needs: Value, rest: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> => ({
  reader: { needs, ...rest },
});

/** Places that take any value. */
const SPOTS: readonly Spot[] = [
  { what: "a script", path: ["bash"], make: (expression) => ({ bash: `./read.sh --value ${expression} --more` }) },
  {
    what: "the third line of a script",
    path: ["bash"],
    make: (expression) => ({ bash: `set -x\n./a.sh | sort\n./read.sh "value: ${expression}"\n` }),
  },
  {
    what: "the long form of a script",
    path: ["bash", "script"],
    make: (expression) => ({ bash: { script: `echo 'two  spaces'\n./read.sh ${expression}\n` } }),
  },
  {
    what: "a variable",
    path: ["env", "VALUE"],
    make: (expression) => ({ env: { OTHER: "1", VALUE: `the ${expression}` }, bash: "./read.sh" }),
  },
];

/** Places that take a condition alone. */
const CONDITIONS: readonly Spot[] = [
  { what: "a condition", path: ["if"], make: (expression) => ({ if: `\${{ ${expression} }}`, bash: "./read.sh" }) },
  { what: "a condition without braces", path: ["if"], make: (expression) => ({ if: expression, bash: "./read.sh" }) },
];

function at(base: Tree, spot: Spot, expression: string, wrong: string, also: readonly string[] = []): Mutant {
  const needs = expression.includes("maybe") ? "maybe" : "source";
  const tree = put(base, ["tasks"], {
    ...(base.tasks as Tree),
    ...HELPERS,
    ...task(needs, { trigger_rule: "all_done", ...spot.make(expression) }),
  });
  return {
    what: `${spot.what}: ${expression}`,
    tree,
    at: [{ path: ["tasks", "reader", ...spot.path], part: "within", text: wrong }],
    also,
  };
}

/** `source` is certain under the default rule; under this one nothing is, so reading its outputs would be a finding of its own. */
function certain(mutant: Mutant): Mutant {
  return { ...mutant, tree: put(mutant.tree, ["tasks", "reader", "trigger_rule"], undefined) };
}

function everywhere(
  cases: readonly (readonly [expression: string, wrong: string])[],
  also: readonly string[] = [],
): Mutator {
  return (base) =>
    each(cases, ([expression, wrong]) =>
      SPOTS.map((spot) => certain(at(base, spot, `\${{ ${expression} }}`, wrong, also))),
    );
}

function conditions(
  cases: readonly (readonly [expression: string, wrong: string])[],
  also: readonly string[] = [],
): Mutator {
  return (base) =>
    each(cases, ([expression, wrong]) => CONDITIONS.map((spot) => certain(at(base, spot, expression, wrong, also))));
}

function all(...mutators: readonly Mutator[]): Mutator {
  return (base, name) => mutators.flatMap((mutator) => mutator(base, name));
}

const shell =
  (kind: readonly (readonly [script: string, wrong: string])[]): Mutator =>
  (base) =>
    each(kind, ([script, wrong]) => {
      const tree = put(base, ["tasks"], { ...(base.tasks as Tree), reader: { bash: script } });
      return { what: script, tree, at: [{ path: ["tasks", "reader", "bash"], part: "within", text: wrong }] };
    });

const contextUnavailable: Mutator = all(
  everywhere(
    [
      ["item", "item"],
      ["exit_code + 1", "exit_code"],
      ["outputs.rows", "outputs"],
      ["error.message", "error"],
    ],
    ["ENG402"],
  ),
  (base) => [
    {
      what: "in an owner",
      tree: put(base, ["owner"], "team ${{ run.id }}"),
      at: [{ path: ["owner"], part: "within", text: "${{ run.id }}" }],
    },
    {
      what: "in a tag",
      tree: put(base, ["tags"], ["a", "${{ ds }}"]),
      at: [{ path: ["tags", 1], part: "within", text: "${{ ds }}" }],
    },
    ...each<readonly [string, string, string, Path]>(
      [
        ["a cron expression", "${{ vars.cron }}", "${{ vars.cron }}", ["schedule", "cron"]],
        ["a zone", "Europe/${{ vars.city }}", "${{ vars.city }}", ["schedule", "timezone"]],
        ["a time-out", "${{ params.limit }}", "${{ params.limit }}", ["tasks", "more", "timeout"]],
        ["a pool", "pool_${{ ds }}", "${{ ds }}", ["tasks", "more", "pool"]],
        ["a rule", "${{ vars.rule }}", "${{ vars.rule }}", ["tasks", "more", "trigger_rule"]],
        ["a task before", "${{ vars.task }}", "${{ vars.task }}", ["tasks", "more", "needs"]],
        ["a number", "${{ vars.runs }}", "${{ vars.runs }}", ["max_active_runs"]],
        ["a name", "orders-${{ vars.stage }}", "${{ vars.stage }}", ["name"]],
      ],
      ([what, value, text, path]) => {
        const timed = put(put(base, ["schedule"], { cron: "0 12 * * *" }), ["timeout"], "9h");
        const more = put(timed, ["tasks", "more"], { bash: "./more.sh" });
        return { what, tree: put(more, path, value), at: [{ path, part: "within", text }], also: ["ENG305"] };
      },
    ),
    {
      what: "tasks where none come before",
      tree: put(base, ["env", "VALUE"], "${{ tasks.a.outputs.b }}"),
      at: [{ path: ["env", "VALUE"], part: "within", text: "tasks" }],
    },
  ],
);

const secretExposed: Mutator = all(
  (base) =>
    each([SPOTS[0], SPOTS[1], SPOTS[2]] as Spot[], (spot) =>
      certain(at(base, spot, "${{ secrets.API_TOKEN }}", "secrets.API_TOKEN")),
    ),
  (base) => [
    {
      what: "in a notification",
      tree: put(
        put(
          put(base, ["on_failure"], [{ webhook: { url: "https://example.com/${{ secrets.API_TOKEN }}" } }]),
          ["owner"],
          "me",
        ),
        ["description"],
        "x",
      ),
      at: [{ path: ["on_failure", 0, "webhook", "url"], part: "within", text: "secrets.API_TOKEN" }],
    },
    ...each<readonly [string, string]>(
      [
        ['echo "is $TOKEN"', "$TOKEN"],
        ["ls | sort\nprintf '%s\\n' \"${TOKEN}\" >&2\n", "${TOKEN}"],
        ["if ls; then\n  echo ${{ ds }} $TOKEN\nfi\n", "$TOKEN"],
        ['echo "a=$TOKEN" >> "$ENGINE_OUTPUT"', "$TOKEN"],
      ],
      ([bash, text]) => ({
        what: bash,
        tree: put(base, ["tasks", "more"], { env: { TOKEN: "${{ secrets.API_TOKEN }}" }, bash }),
        at: [{ path: ["tasks", "more", "bash"], part: "within", text }],
      }),
    ),
    {
      what: "in a name",
      tree: put(base, ["name"], "orders-${{ secrets.API_TOKEN }}"),
      at: [{ path: ["name"], part: "within", text: "${{ secrets.API_TOKEN }}" }],
    },
    {
      what: "in a tag",
      tree: put(base, ["tags"], ["a", "${{ secrets.API_TOKEN }}"]),
      at: [{ path: ["tags", 1], part: "within", text: "${{ secrets.API_TOKEN }}" }],
    },
    {
      what: "in a condition",
      tree: put(base, ["tasks", "more"], { if: "secrets.API_TOKEN != ''", noop: {} }),
      at: [{ path: ["tasks", "more", "if"], part: "within", text: "secrets.API_TOKEN" }],
    },
  ],
);

const outputNotUpstream: Mutator = all(
  everywhere([
    ["tasks.apart.outputs.rows", "tasks.apart"],
    ["tasks.apart.state", "tasks.apart"],
    ["tasks.reader.outputs.rows", "tasks.reader"],
  ]),
);

const nullableOutput: Mutator = (base) =>
  SPOTS.map((spot) => at(base, spot, "${{ tasks.maybe.outputs.rows }}", "tasks.maybe.outputs.rows"));

export const OF_EXPRESSIONS: Readonly<Record<string, Mutator>> = {
  ENG401: all(
    everywhere([
      ["1 +* 2", "*"],
      ["ds run", "run"],
    ]),
    conditions([["run.attempt = 1", "="]]),
  ),
  ENG402: all(
    everywhere([
      ["parms.x", "parms"],
      ["run.atempt", "atempt"],
      ["tasks.sourc.outputs.rows", "sourc"],
      ["sizee(ds)", "sizee"],
      ["None", "None"],
    ]),
    conditions([
      ["run.trigger == manual", "manual"],
      ["runn.attempt == 1", "runn"],
    ]),
  ),
  ENG403: all(
    everywhere([
      ["ds + 1", "ds + 1"],
      ["tasks.source.outputs.rows > '3'", "tasks.source.outputs.rows > '3'"],
    ]),
    conditions([
      ["run.trigger == 'manul'", "'manul'"],
      ["run.attempt", "run.attempt"],
      ["tasks.source.outputs.label >= 3", "tasks.source.outputs.label >= 3"],
    ]),
  ),
  ENG404: everywhere([
    ["size()", "size"],
    ["ds.contains()", "contains"],
    ["ds.startsWith('a', 'b', 'c')", "startsWith"],
  ]),
  ENG405: outputNotUpstream,
  ENG406: everywhere([
    ["tasks.source.outputs.rowz", "rowz"],
    ["tasks.source.outputs.nothing", "nothing"],
  ]),
  ENG407: conditions([
    ["true", "true"],
    ["1 == 2", "1 == 2"],
    ["'a' != 'b'", "'a' != 'b'"],
  ]),
  ENG408: shell([
    ['eval "echo ${{ ds }}"', "${{ ds }}"],
    ["cd /tmp\nbash -c 'ls' && bash -c \"ls ${{ ds }}\"\n", "${{ ds }}"],
    ["echo `ls ${{ ds }}`", "${{ ds }}"],
    ["ssh host ls ${{ ds }}", "${{ ds }}"],
    ["echo $(( ${{ ds }} + 1 ))", "${{ ds }}"],
  ]),
  ENG409: contextUnavailable,
  ENG410: secretExposed,
  ENG411: nullableOutput,
  ENG412: shell([
    ["echo '${{ ds }}'", "${{ ds }}"],
    ["echo a\necho b 'day ${{ ds }}'\n", "${{ ds }}"],
    ["cat <<'EOF'\n${{ ds }}\nEOF\n", "${{ ds }}"],
    ["echo \\${{ ds }}", "${{ ds }}"],
  ]),
};
