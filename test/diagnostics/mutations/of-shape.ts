import { broken, each, ends, get, type Mutator, put, scripts, tasksWith } from "./mutate.ts";
import { type Path, Raw, type Value } from "./render.ts";

/*
 * ENG2xx, and the other codes of what doesn't fit the language's definition.
 */

const unknownKey: Mutator = (base) => [
  ...each(ends(tasksWith(base)), (id) => [
    {
      what: "a key that nobody knows",
      tree: put(base, ["tasks", id, "colour"], "red"),
      at: [{ path: ["tasks", id, "colour"], part: "key" }],
    },
    {
      what: "a misspelt key",
      tree: put(base, ["tasks", id, "tiemout"], "5m"),
      at: [{ path: ["tasks", id, "tiemout"], part: "key" }],
    },
    {
      what: "another language's key",
      tree: put(base, ["tasks", id, "retry_delay"], "5m"),
      at: [{ path: ["tasks", id, "retry_delay"], part: "key" }],
    },
  ]),
  ...each(["shedule", "jobs", "version", "on", "apiVersion"], (key) => ({
    what: `${key} at the top`,
    tree: put(base, [key], "x"),
    at: [{ path: [key], part: "key" }],
  })),
  {
    what: "in the schedule",
    tree: put(base, ["schedule"], { every: "1h", time_zone: "UTC" }),
    at: [{ path: ["schedule", "time_zone"], part: "key" }],
    also: ["ENG508", "ENG510", "ENG509"],
  },
  {
    what: "in the defaults",
    tree: put(base, ["defaults", "bash"], "x"),
    at: [{ path: ["defaults", "bash"], part: "key" }],
  },
];

const missingKey: Mutator = (base) => [
  {
    what: "no tasks",
    tree: { name: "empty", ...put(base, ["tasks"], undefined) },
    at: [{ path: ["name"], part: "key" }],
  },
  {
    what: "a schedule without anything",
    tree: put(base, ["schedule"], { timezone: "UTC" }),
    at: [{ path: ["schedule"], part: "key" }],
    also: ["ENG508", "ENG806", "ENG807"],
  },
  ...each(
    ends(scripts(base)),
    (id) =>
      [
        {
          what: "no script",
          tree: put(base, ["tasks", id, "retries"], { delay: "5s" }),
          at: [{ path: ["tasks", id, "retries"], part: "key" }],
        },
        {
          what: "slots of nothing",
          tree: put(put(base, ["tasks", id, "pool"], undefined), ["tasks", id, "pool_slots"], 1),
          at: [{ path: ["tasks", id, "pool_slots"], part: "key" }],
        },
        {
          what: "a metric without a type",
          tree: put(base, ["tasks", id, "metrics"], { rows: { value: 1 } }),
          at: [{ path: ["tasks", id, "metrics", "rows"], part: "key" }],
        },
      ].filter(
        ({ what }) => what !== "no script" || get(base, ["defaults", "retries"]) === undefined,
      ) as ReturnType<Mutator>,
  ),
];

const wrongType: Mutator = (base) => [
  ...each(ends(tasksWith(base)), (id) => [
    broken("needs is a number", base, ["tasks", id, "needs"], 3, undefined, ["ENG313"]),
    broken("outputs are a list", base, ["tasks", id, "outputs"], ["rows"], undefined, ["ENG406", "ENG402", "ENG403"]),
    broken("allow_failure is a text", base, ["tasks", id, "allow_failure"], "often"),
    broken("env is a list", base, ["tasks", id, "env"], ["A=1"]),
  ]),
  broken("tasks are a list", base, ["tasks"], [{ id: "a", bash: "true" }]),
  broken("params are a text", base, ["params"], "epochs", undefined, ["ENG402"]),
  broken("the owner is a list", base, ["owner"], ["a", "b"]),
  broken("max_active_runs is a text", base, ["max_active_runs"], "three"),
];

const badValue: Mutator = (base) => [
  ...each(ends(tasksWith(base)), (id) => [
    broken("a rule that isn't there", base, ["tasks", id, "trigger_rule"], "all_sucess", undefined, [
      "ENG315",
      "ENG411",
    ]),
    broken("too many retries", base, ["tasks", id, "retries"], 1000),
    broken("no slots", base, ["tasks", id, "retries"], -1),
    broken("on_lost", base, ["tasks", id, "on_lost"], "restart"),
    broken("an output's type", base, ["tasks", id, "outputs", "more"], "int"),
  ]),
  broken("overlap", base, ["overlap"], "cancel"),
  broken("no runs at once", base, ["max_active_runs"], 0),
  ...each(["100%", "99", "0.99"], (rate) =>
    broken("a rate", base, ["slo"], { success_rate: rate }, rate, ["ENG806", "ENG807"]),
  ),
  ...each(["2026-13-01", "yesterday", "2026/01/01"], (start) =>
    broken("a start", { ...base, timeout: "9h" }, ["schedule"], { every: "12h", start }, start, ["ENG806", "ENG807"]),
  ),
];

const emptyMapping: Mutator = (base) => [
  ...each(ends(tasksWith(base)), (id) => ({
    what: "an empty task",
    tree: put(base, ["tasks", "more"], new Raw("null")),
    at: [{ path: ["tasks", "more"], part: "key" as const }],
    also: [id === "" ? id : "ENG203"],
  })),
  { what: "no tasks", tree: put(base, ["tasks"], {}), at: [{ path: ["tasks"], part: "key" }] },
  {
    what: "an empty slo",
    tree: put(base, ["slo"], {}),
    at: [{ path: ["slo"], part: "key" }],
    also: ["ENG806", "ENG807"],
  },
  { what: "empty env", tree: put(base, ["env"], new Raw("~")), at: [{ path: ["env"], part: "key" }] },
];

const idNaming: Mutator = (base) => [
  ...each(["Load", "load orders", "9lives", "_x", "töst", "a".repeat(64)], (id) => ({
    what: `a task ${id}`,
    tree: put(base, ["tasks", id], { noop: {} }),
    at: [{ path: ["tasks", id], part: "key" }],
  })),
  ...each(["My Pipeline", "Nightly", "a.b"], (name) => broken("the pipeline", base, ["name"], name)),
  ...each(["Epochs", "learning-rate", "2x"], (name) => ({
    what: `a param ${name}`,
    tree: put(base, ["params", name], 1),
    at: [{ path: ["params", name], part: "key" }],
  })),
  ...each(scripts(base).slice(0, 1), (id) => [
    {
      what: "an output",
      tree: put(base, ["tasks", id, "outputs"], { "row-count": "integer" }),
      at: [{ path: ["tasks", id, "outputs", "row-count"], part: "key" }],
      also: ["ENG406", "ENG402"],
    },
    broken("a pool", put(base, ["tasks", id, "pool_slots"], undefined), ["tasks", id, "pool"], "GPU"),
  ]),
];

const badDuration: Mutator = (base) => {
  const texts: readonly Value[] = ["5 minutes", "1.5h", "-5s", "90", "1:30", "1m1h", "10min", "", "forever", 30];
  return [
    ...each(texts, (text) => broken(`the timeout ${text}`, base, ["timeout"], text, undefined, ["ENG508"])),
    ...each(ends(scripts(base)), (id) => [
      broken("a task's timeout", base, ["tasks", id, "timeout"], "5 min"),
      broken("grace", base, ["tasks", id, "grace"], "10 seconds"),
      {
        what: "a delay",
        tree: put(base, ["tasks", id, "retries"], { count: 1, delay: "1 m" }),
        at: [{ path: ["tasks", id, "retries", "delay"], part: "value" }],
      },
    ]),
  ];
};

const unknownTaskType: Mutator = (base) => [
  ...each(["bsh", "spark", "shell", "kubernetes"], (operator) => ({
    what: operator,
    tree: put(base, ["tasks", "more"], { [operator]: "./more.sh" }),
    at: [{ path: ["tasks", "more", operator], part: "key" }],
  })),
  {
    what: "none",
    tree: put(base, ["tasks", "more"], { doc: "Does nothing" }),
    at: [{ path: ["tasks", "more"], part: "key" }],
  },
  {
    what: "two",
    tree: put(base, ["tasks", "more"], { bash: "true", noop: {} }),
    at: [{ path: ["tasks", "more", "noop"], part: "key" }],
  },
];

const taskInput: Mutator = (base) => {
  const more: Path = ["tasks", "more"];
  return [
    broken("an empty script", base, [...more, "bash"], ""),
    broken("a list for a script", base, [...more, "bash"], ["a", "b"]),
    broken(
      "an exit code",
      put(base, more, { bash: { script: "true", skip_exit_code: 0 } }),
      [...more, "bash", "skip_exit_code"],
      300,
    ),
    {
      what: "a misspelt key",
      tree: put(base, more, { bash: { scirpt: "true" } }),
      at: [{ path: [...more, "bash", "scirpt"], part: "key" }],
    },
    {
      what: "a branch without cases",
      tree: put(base, more, { branch: [] }),
      at: [{ path: [...more, "branch"], part: "key" }],
    },
    {
      what: "noop with settings",
      tree: put(base, more, { noop: { loud: true } }),
      at: [{ path: [...more, "noop", "loud"], part: "key" }],
    },
  ];
};

const envName: Mutator = (base) => [
  ...each(["1ST", "A-B", "A B", "ENGINE_TASK", "ä"], (name) => ({
    what: `env ${name}`,
    tree: put(base, ["env", name], "x"),
    at: [{ path: ["env", name], part: "key" }],
  })),
  ...each(ends(scripts(base)), (id) => ({
    what: "of a task",
    tree: put(base, ["tasks", id, "env", "a.b"], "x"),
    at: [{ path: ["tasks", id, "env", "a.b"], part: "key" }],
  })),
];

const metricName: Mutator = (base) =>
  each(ends(scripts(base)), (id) => [
    ...each(["rows-loaded", "2fast", "rows loaded", "rows.loaded"], (name) => ({
      what: `a metric ${name}`,
      tree: put(base, ["tasks", id, "metrics"], { [name]: { type: "gauge", value: 1 } }),
      at: [{ path: ["tasks", id, "metrics", name], part: "key" as const }],
    })),
    ...each<[string, string]>(
      [
        ["rows_loaded", "counter"],
        ["rows_total", "gauge"],
        ["load_seconds_total", "histogram"],
      ],
      ([name, type]) => ({
        what: `a ${type} ${name}`,
        tree: put(base, ["tasks", id, "metrics"], { [name]: { type, value: 1 } }),
        at: [{ path: ["tasks", id, "metrics", name], part: "key" as const }],
      }),
    ),
    {
      what: "a label",
      tree: put(base, ["tasks", id, "metrics"], { rows: { type: "gauge", value: 1, labels: { "team-name": "a" } } }),
      at: [{ path: ["tasks", id, "metrics", "rows", "labels", "team-name"], part: "key" }],
    },
  ]);

/** Of a pipeline that has a name, only the name in the file counts. */
export const OF_SHAPE: Readonly<Record<string, Mutator>> = {
  ENG201: unknownKey,
  ENG202: missingKey,
  ENG203: wrongType,
  ENG204: badValue,
  ENG205: emptyMapping,
  ENG311: idNaming,
  ENG507: badDuration,
  ENG601: unknownTaskType,
  ENG602: taskInput,
  ENG608: envName,
  ENG801: metricName,
};
