import type { Tree } from "./bases.ts";
import type { Place } from "./mutate.ts";
import { each, ends, type Mutant, type Mutator, put, tasksWith } from "./mutate.ts";
import { chosen, type Path, type Value } from "./render.ts";

/*
 * ENG3xx: how tasks, params and pipelines hang together. Tasks are added beside those of a base, so that nothing that
 * it had is broken.
 */

const noop = {};

function add(base: Tree, tasks: Readonly<Record<string, Value>>): Tree {
  return put(base, ["tasks"], { ...(base.tasks as Tree), ...tasks });
}

const need = (id: string, at?: number): Place =>
  at === undefined
    ? { path: ["tasks", id, "needs"], part: "value" }
    : { path: ["tasks", id, "needs", at], part: "value" };

const cycle: Mutator = (base) => [
  { what: "itself", tree: add(base, { zig: { needs: "zig", noop } }), at: [need("zig")] },
  { what: "two", tree: add(base, { zig: { needs: "zag", noop }, zag: { needs: ["zig"], noop } }), at: [need("zig")] },
  {
    what: "three, with others before",
    tree: add(base, {
      zig: { needs: [tasksWith(base)[0] ?? "", "zug"], noop },
      zag: { needs: "zig", noop },
      zug: { needs: "zag", noop },
    }),
    at: [need("zig", 1)],
  },
];

const unknownDependency: Mutator = (base) => [
  { what: "in place of a text", tree: add(base, { more: { needs: "nobody", noop } }), at: [need("more")] },
  ...each(ends(tasksWith(base)), (id) => [
    { what: "misspelt", tree: add(base, { more: { needs: [`${id}s`], noop } }), at: [need("more", 0)] },
    {
      what: "beside a right one",
      tree: add(base, { more: { needs: [id, "nobody"], noop } }),
      at: [need("more", 1)],
      also: ["ENG305"],
    },
  ]).map((mutant) => ({ ...mutant, also: ["ENG305"] })),
];

const choice = (targets: readonly string[][], last?: string[]): Value => [
  ...targets.map((then, index) => chosen(`run.attempt == ${index + 1}`, then)),
  ...(last === undefined ? [] : [{ else: last }]),
];

const task = (needs: Value, rule?: string): Value => ({
  needs,
  ...(rule === undefined ? {} : { trigger_rule: rule }),
  noop,
});

/** A join that no run reaches, in many forms; the finding stands at its `needs`. */
const unreachable: Mutator = (base) => {
  const two = { pick: { branch: choice([["left"]], ["right"]) }, left: task("pick"), right: task("pick") };
  const join = (
    what: string,
    tasks: Readonly<Record<string, Value>>,
    at: Place = { path: ["tasks", "join", "needs"], part: "key" },
  ): Mutant => ({ what, tree: add(base, tasks), at: [at] });
  return [
    join("two ways", { ...two, join: task(["left", "right"]) }),
    join(
      "with the rule written out",
      { ...two, join: task(["left", "right"], "all_success") },
      { path: ["tasks", "join", "trigger_rule"], part: "value" },
    ),
    join("one more step on the way", { ...two, left_2: task("left"), join: task(["left_2", "right"]) }),
    join("steps on both ways", {
      ...two,
      left_2: task("left"),
      left_3: task("left_2"),
      right_2: task(["right"]),
      join: task(["left_3", "right_2"]),
    }),
    join("three ways", {
      pick: { branch: choice([["a"], ["b"]], ["c"]) },
      a: task("pick"),
      b: task("pick"),
      c: task("pick"),
      join: task(["a", "b", "c"]),
    }),
    join(
      "a rule that takes no skips",
      { ...two, join: task(["left", "right"], "none_skipped") },
      { path: ["tasks", "join", "trigger_rule"], part: "value" },
    ),
    join("joins of joins", { ...two, a: task("left"), b: task("right"), join: task(["a", "b"]), after: task("join") }),
    join("never chosen", { ...two, lost: task("pick") }, { path: ["tasks", "lost"], part: "key" }),
    join("no else", {
      pick: { branch: choice([["left"], ["right"]]) },
      left: task("pick"),
      right: task("pick"),
      join: task(["left", "right"]),
    }),
  ];
};

/** Joins that some run reaches. */
export const REACHABLE: Mutator = (base) => {
  const two = { pick: { branch: choice([["left"]], ["right"]) }, left: task("pick"), right: task("pick") };
  const fine = (what: string, tasks: Readonly<Record<string, Value>>): Mutant => ({
    what,
    tree: add(base, tasks),
    at: [],
  });
  return [
    fine("its own rule", { ...two, join: task(["left", "right"], "none_failed_min_one_success") }),
    fine("indirectly", {
      ...two,
      a: task("left"),
      b: task("right"),
      join: task(["a", "b"], "none_failed_min_one_success"),
    }),
    fine("one success is enough", { ...two, join: task(["left", "right"], "one_success") }),
    fine("all done", { ...two, join: task(["left", "right"], "all_done") }),
    fine("none failed", { ...two, join: task(["left", "right"], "none_failed") }),
    fine("both in one case", {
      pick: { branch: choice([["left", "right"]], ["right"]) },
      left: task("pick"),
      right: task("pick"),
      join: task(["left", "right"]),
    }),
    fine("one way alone", { ...two, join: task(["left"]) }),
    fine("beside the branch", { ...two, other: { noop }, join: task(["left", "other"]) }),
    fine("joined before", { ...two, mid: task(["left", "right"], "none_failed_min_one_success"), join: task(["mid"]) }),
    fine("for each item", {
      pick: { for_each: [1, 2], branch: choice([["left"]], ["right"]) },
      left: task("pick"),
      right: task("pick"),
      join: task(["left", "right"]),
    }),
  ];
};

const redundant: Mutator = (base) => [
  { what: "one step", tree: add(base, { a: { noop }, b: task("a"), c: task(["b", "a"]) }), at: [need("c", 1)] },
  {
    what: "two steps",
    tree: add(base, { a: { noop }, b: task("a"), c: task(["b"]), d: task(["a", "c"]) }),
    at: [need("d", 0)],
  },
  {
    what: "two ways",
    tree: add(base, { a: { noop }, l: task("a"), r: task("a"), d: task(["l", "r", "a"]) }),
    at: [need("d", 2)],
  },
];

const tooLarge: Mutator = (base) => [
  {
    what: "a param",
    tree: put(add(base, { more: { for_each: "${{ params.many }}", noop } }), ["params", "many"], {
      type: "array",
      minItems: 10001,
    }),
    at: [{ path: ["tasks", "more", "for_each"], part: "value" }],
    also: ["ENG318"],
  },
  {
    what: "an output",
    tree: add(base, {
      plan: { bash: "./plan.sh", outputs: { many: { type: "array", minItems: 50000 } } },
      more: { needs: "plan", for_each: "tasks.plan.outputs.many", noop },
    }),
    at: [{ path: ["tasks", "more", "for_each"], part: "value" }],
  },
  {
    what: "a list",
    tree: add(base, { more: { for_each: Array.from({ length: 10001 }, (_, index) => index), noop } }),
    at: [{ path: ["tasks", "more", "for_each"], part: "key" }],
  },
];

const duplicateDependency: Mutator = (base) =>
  each(ends(tasksWith(base)), (id) => ({
    what: "twice",
    tree: add(base, { more: task([id, id]) }),
    at: [need("more", 1)],
    also: ["ENG305"],
  }));

const branchTarget: Mutator = (base) => {
  const then: Path = ["tasks", "pick", "branch", 0, "then"];
  return [
    {
      what: "nobody",
      tree: add(base, { pick: { branch: [chosen("run.attempt == 1", "nobody")] } }),
      at: [{ path: then, part: "value" }],
    },
    {
      what: "no dependant",
      tree: add(base, {
        pick: { branch: [chosen("run.attempt == 1", ["left", "apart"])] },
        left: task("pick"),
        apart: { noop },
      }),
      at: [{ path: [...then, 1], part: "value" }],
    },
    {
      what: "misspelt",
      tree: add(base, { pick: { branch: [{ else: "lefft" }] }, left: task("pick") }),
      at: [{ path: ["tasks", "pick", "branch", 0, "else"], part: "value" }],
      also: ["ENG314", "ENG305"],
    },
  ];
};

const branchCase: Mutator = (base) => {
  const pick = (branch: Value): Tree => add(base, { pick: { branch }, left: task("pick"), right: task("pick") });
  return [
    {
      what: "behind the else",
      tree: pick([{ else: "left" }, chosen("run.attempt == 1", "right")]),
      at: [{ path: ["tasks", "pick", "branch", 1, "then"], part: "value" }],
      also: ["ENG305"],
    },
    {
      what: "asked twice",
      tree: pick([chosen("run.attempt == 1", "left"), chosen("${{ run.attempt == 1 }}", "right")]),
      at: [{ path: ["tasks", "pick", "branch", 1, "if"], part: "value" }],
      also: ["ENG305"],
    },
    {
      what: "named twice",
      tree: pick([chosen("run.attempt == 1", ["left", "left"]), { else: "right" }]),
      at: [{ path: ["tasks", "pick", "branch", 0, "then", 1], part: "value" }],
    },
  ];
};

const ruleWithoutNeeds: Mutator = (base) =>
  each(["all_success", "all_done", "one_failed", "none_failed_min_one_success"], (rule) => ({
    what: rule,
    tree: add(base, { more: { trigger_rule: rule, noop } }),
    at: [{ path: ["tasks", "more", "trigger_rule"], part: "value" }],
  }));

const param = (base: Tree, schema: Value): Tree => put(base, ["params", "more"], schema);
const inParam = (key: string): readonly Place[] => [{ path: ["params", "more", key], part: "value" }];

const paramDefault: Mutator = (base) =>
  each<[string, Value]>(
    [
      ["integer", { type: "integer", default: "ten" }],
      ["minimum", { type: "number", minimum: 1, default: 0 }],
      ["enum", { type: "string", enum: ["a", "b"], default: "c" }],
      ["list", { type: "array", items: { type: "string" }, default: 3 }],
      ["boolean", { type: "boolean", default: "maybe" }],
    ],
    ([what, schema]) => ({ what, tree: param(base, schema), at: inParam("default") }),
  );

const impossibleSchema: Mutator = (base) => [
  {
    what: "limits",
    tree: param(base, { type: "integer", minimum: 5, maximum: 1, default: 3 }),
    at: [{ path: ["params", "more", "minimum"], part: "value" }],
    also: ["ENG316"],
  },
  {
    what: "a pattern",
    tree: param(base, { type: "string", pattern: "([a-z", default: "a" }),
    at: inParam("pattern"),
    also: ["ENG316"],
  },
  {
    what: "lengths",
    tree: param(base, { type: "string", minLength: 5, maxLength: 2, default: "abc" }),
    at: [{ path: ["params", "more", "minLength"], part: "value" }],
    also: ["ENG316"],
  },
];

const scheduledWithoutDefault: Mutator = (base) =>
  base.schedule === undefined
    ? []
    : [
        {
          what: "a type alone",
          tree: param(base, { type: "string" }),
          at: [{ path: ["params", "more"], part: "key" }],
        },
        {
          what: "with limits",
          tree: param(base, { type: "integer", minimum: 1 }),
          at: [{ path: ["params", "more"], part: "key" }],
        },
      ];

/** What only shows beside other files. */
const duplicatePipeline: Mutator = (base, file) => {
  const name = (base.name as string | undefined) ?? file;
  const beside = [{ path: "aa.yaml", text: `name: ${name}\ntasks: { a: { noop: {} } }\n` }];
  return [{ what: "by its name", tree: { ...base, name }, beside, at: [{ path: ["name"], part: "value" }] }];
};

const pipelineCycle: Mutator = (base) => {
  const tree = (after: Value): Tree => ({
    ...base,
    name: "round",
    timeout: "9h",
    schedule: { after },
    owner: "me",
    description: "Goes round",
  });
  const other = (after: string) => [
    { path: "zz.yaml", text: `schedule: { after: ${after} }\ntimeout: 1h\ntasks: { a: { noop: {} } }\n` },
  ];
  return [
    { what: "itself", tree: tree("round"), at: [{ path: ["schedule", "after"], part: "value" }] },
    {
      what: "another",
      tree: tree(["ingest", "zz"]),
      beside: other("round"),
      at: [{ path: ["schedule", "after", 1], part: "value" }],
    },
  ];
};

const unknownPipeline: Mutator = (base) => {
  const tree = (after: Value): Tree => ({
    ...base,
    timeout: "9h",
    schedule: { after },
    owner: "me",
    description: "Comes after",
  });
  return [
    { what: "alone", tree: tree("ingets"), at: [{ path: ["schedule", "after"], part: "value" }] },
    { what: "in a list", tree: tree(["ingest", "nobody"]), at: [{ path: ["schedule", "after", 1], part: "value" }] },
    {
      what: "run by a task",
      tree: { ...base, tasks: { ...(base.tasks as Tree), calls: { pipeline: { name: "nobody", params: { a: 1 } } } } },
      at: [{ path: ["tasks", "calls", "pipeline", "name"], part: "value" }],
    },
    {
      what: "waited for",
      tree: {
        ...base,
        tasks: { ...(base.tasks as Tree), waits: { sensor: { pipeline: "nobody" }, timeout: "1h" } },
      },
      at: [{ path: ["tasks", "waits", "sensor", "pipeline"], part: "value" }],
    },
  ];
};

const TARGET = [
  { path: "zz.yaml", text: "params: { region: { type: string }, size: 3 }\ntimeout: 1h\ntasks: { a: { noop: {} } }\n" },
];

const subPipelineInput: Mutator = (base) => {
  const tree = (task: Tree): Tree => ({ ...base, tasks: { ...(base.tasks as Tree), calls_zz: task } });
  const named = (params: Tree): Tree => ({ pipeline: { name: "zz", params } });
  const path = ["tasks", "calls_zz"];
  const params = [...path, "pipeline", "params"];
  return [
    {
      what: "nothing given",
      tree: tree({ pipeline: "zz" }),
      beside: TARGET,
      at: [{ path: [...path, "pipeline"], part: "value" }],
    },
    {
      what: "a param that isn't there",
      tree: tree(named({ region: "eu", sise: 4 })),
      beside: TARGET,
      at: [{ path: [...params, "sise"], part: "key" }],
    },
    {
      what: "a value of another type",
      tree: tree(named({ region: "eu", size: "large" })),
      beside: TARGET,
      at: [{ path: [...params, "size"], part: "value" }],
    },
    {
      what: "an output that isn't there",
      tree: tree({ ...named({ region: "eu" }), outputs: { total: "integer" } }),
      beside: TARGET,
      at: [{ path: [...path, "outputs", "total"], part: "key" }],
    },
  ];
};

export const OF_TASKS: Readonly<Record<string, Mutator>> = {
  ENG301: cycle,
  ENG302: unknownDependency,
  ENG304: duplicatePipeline,
  ENG305: unreachable,
  ENG306: redundant,
  ENG307: tooLarge,
  ENG308: pipelineCycle,
  ENG309: unknownPipeline,
  ENG310: subPipelineInput,
  ENG312: duplicateDependency,
  ENG313: branchTarget,
  ENG314: branchCase,
  ENG315: ruleWithoutNeeds,
  ENG316: paramDefault,
  ENG317: impossibleSchema,
  ENG318: scheduledWithoutDefault,
};
