import type { Tree } from "./bases.ts";
import { each, type Mutant, type Mutator, put, withPart } from "./mutate.ts";
import type { Path, Value } from "./render.ts";

/*
 * ENG5xx: when pipelines run, and how long. Every base gets the schedule and the limits that a mutant is about, with
 * all else that a pipeline with a schedule has to have.
 */

const CARED_FOR = { owner: "me", description: "Looked after" };

/** A base that runs by itself, with limits that contradict nothing. */
function scheduled(base: Tree, schedule: Value, parts: Readonly<Record<string, Value>> = {}): Tree {
  const { slo: _, overlap: __, defaults: ___, max_active_runs: ____, ...rest } = base;
  return withPart(
    { ...rest, tasks: withoutRetries(base.tasks as Tree) },
    { ...CARED_FOR, timeout: "3h", schedule, ...parts },
  );
}

function withoutRetries(tasks: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tasks).map(([id, task]) => {
      const { retries: _, timeout: __, ...rest } = task as Tree;
      return [id, rest];
    }),
  );
}

const CRON: Path = ["schedule", "cron"];

function inEveryForm(
  base: Tree,
  cron: string,
  text: string | undefined,
  also: readonly string[],
  rest: Readonly<Record<string, Value>> = {},
): readonly Mutant[] {
  const place = (path: Path): Mutant["at"][number] =>
    text === undefined ? { path, part: "value" } : { path, part: "within", text };
  const zone = Object.keys(rest).length > 0;
  return [
    ...(zone ? [] : [{ what: `${cron}, short`, tree: scheduled(base, cron), at: [place(["schedule"])], also }]),
    { what: cron, tree: scheduled(base, { cron, ...rest }), at: [place(CRON)], also },
    {
      what: `${cron}, one of several`,
      tree: scheduled(base, { cron: ["0 12 * * *", cron], ...rest }),
      at: [place([...CRON, 1])],
      also,
    },
  ];
}

const cronSyntax: Mutator = (base) => [
  ...each<[string, string]>(
    [
      ["61 * * * *", "61"],
      ["0 25 * * *", "25"],
      ["0 2 * * MONDAY", "MONDAY"],
      ["*/90 * * * *", "*/90"],
      ["0 1,*/48 * * *", "*/48"],
      ["* * 5-2 * *", "5-2"],
    ],
    ([cron, wrong]) => inEveryForm(base, cron, wrong, []),
  ),
  ...each(["0 2 * *", "@dayly", "every day", "0 2 * * * * *"], (cron) => inEveryForm(base, cron, cron, [])),
];

const zones: Mutator = (base) =>
  each(["Europe/Belin", "Berlin", "CEST", "UTC+2", "+02:00", "Mars/Olympus"], (zone) => [
    {
      what: zone,
      tree: scheduled(base, { cron: "0 5 * * *", timezone: zone }),
      at: [{ path: ["schedule", "timezone"], part: "within", text: zone }],
    },
    {
      what: `${zone}, of a sensor`,
      tree: put(base, ["tasks", "more"], { timeout: "1h", sensor: { time: { of_day: "06:00", timezone: zone } } }),
      at: [{ path: ["tasks", "more", "sensor", "time", "timezone"], part: "within", text: zone }],
    },
  ]);

const neverFires: Mutator = (base) => [
  ...each(["0 0 30 2 *", "0 0 31 4 *", "0 0 31 2,4,6 *"], (cron) => inEveryForm(base, cron, cron, [])),
  {
    what: "outside of its days",
    tree: scheduled(base, { cron: "0 0 1 1 *", start: "2026-02-01", end: "2026-03-01" }),
    at: [{ path: CRON, part: "value" }],
  },
  { what: "every 0s", tree: scheduled(base, { every: "0s" }), at: [{ path: ["schedule", "every"], part: "value" }] },
];

const tooFrequent: Mutator = (base) => [
  ...each(["* * * * * *", "*/5 * * * * *"], (cron) => inEveryForm(base, cron, cron, [])),
  ...each(["1s", "500ms", "9s"], (every) => ({
    what: every,
    tree: scheduled(base, { every }),
    at: [{ path: ["schedule", "every"], part: "value" }],
  })),
];

const dst: Mutator = (base) =>
  each<[string, string]>(
    [
      ["30 2 * * *", "Europe/Berlin"],
      ["0 1 * * *", "Europe/London"],
      ["15 2 * * 0", "America/New_York"],
      ["*/10 1-2 * * *", "America/Los_Angeles"],
      ["45 2 * * 0", "Australia/Sydney"],
    ],
    ([cron, timezone]) => inEveryForm(base, cron, cron, [], { timezone }),
  );

const flood: Mutator = (base) => [
  ...each<[string, Readonly<Record<string, Value>>]>(
    [
      ["a cron", { cron: "0 6 * * *", start: "2023-01-01", catchup: true }],
      ["two crons", { cron: ["0 6 * * *", "0 18 * * *"], start: "2025-11-01", catchup: true }],
      ["an every", { every: "1h", start: "2026-01-01T00:00:00Z", catchup: true }],
      ["a zone", { cron: "0 6 * * 1-5", timezone: "Asia/Tokyo", start: "2024-06-01", catchup: true }],
    ],
    ([what, schedule]) => ({
      what,
      tree: scheduled(base, schedule),
      at: [{ path: ["schedule", "catchup"], part: "value" }],
    }),
  ),
  {
    what: "with a bound that is too wide",
    tree: scheduled(base, { cron: "*/30 * * * *", start: "2020-01-01", catchup: { policy: "all", within: "30d" } }),
    at: [{ path: ["schedule", "catchup", "policy"], part: "value" }],
  },
  {
    what: "with a number that is too large",
    tree: scheduled(base, { every: "6h", start: "2025-01-01", catchup: { policy: "all", max: 500 } }),
    at: [{ path: ["schedule", "catchup", "policy"], part: "value" }],
  },
];

const noTimeout: Mutator = (base) => {
  const unlimited = (schedule: Value): Tree => put(scheduled(base, schedule), ["timeout"], undefined);
  const pair = { a: { bash: "./a.sh", timeout: "5m" }, b: { needs: "a", bash: "./b.sh" } };
  return [
    ...each<Value>(["@daily", { cron: "0 5 * * *" }, { every: "6h" }, { after: "ingest" }], (schedule) => ({
      what: `none at all ${JSON.stringify(schedule)}`,
      tree: unlimited(schedule),
      at: [{ path: ["schedule"], part: "key" }],
    })),
    {
      what: "one task of several",
      tree: put(unlimited("@daily"), ["tasks"], pair),
      at: [{ path: ["tasks", "b"], part: "key" }],
    },
  ];
};

const more = (base: Tree, task: Readonly<Record<string, Value>>): Tree =>
  put(base, ["tasks", "more"], { bash: "./more.sh", ...task });

const retries: Mutator = (base) => {
  const limited = scheduled(base, { after: "ingest" }, { timeout: "2h" });
  const hourly = scheduled(base, { every: "1h" }, { timeout: "10h" });
  const count: Path = ["tasks", "more", "retries", "count"];
  return [
    {
      what: "of the run",
      tree: more(limited, { timeout: "1h", retries: { count: 5, delay: "1m" } }),
      at: [{ path: count, part: "value" }],
    },
    {
      what: "by the waits alone",
      tree: more(limited, { retries: { count: 10, delay: "1m", backoff: "exponential" } }),
      at: [{ path: count, part: "value" }],
    },
    {
      what: "in short",
      tree: more(limited, { timeout: "1h30m", retries: 3 }),
      at: [{ path: ["tasks", "more", "retries"], part: "value" }],
    },
    {
      what: "until the next run",
      tree: more(hourly, { timeout: "40m", retries: 4 }),
      at: [{ path: ["tasks", "more", "retries"], part: "value" }],
    },
    {
      what: "in the defaults",
      tree: put(more(limited, {}), ["defaults"], { timeout: "1h", retries: { count: 4, delay: "5m" } }),
      at: [{ path: ["defaults", "retries", "count"], part: "value" }],
    },
  ];
};

const freshness: Mutator = (base) =>
  each<[Value, string]>(
    [
      [{ cron: "0 6 * * 1-5" }, "26h"],
      ["@weekly", "2d"],
      [{ cron: ["0 6 * * *", "0 9 * * *"] }, "20h"],
      [{ every: "12h" }, "6h"],
      [{ every: "1d" }, "24h"],
      ["0 0 1 * *", "30d"],
    ],
    ([schedule, promised]) => ({
      what: `${JSON.stringify(schedule)} ${promised}`,
      tree: scheduled(base, schedule, { slo: { freshness: promised } }),
      at: [{ path: ["slo", "freshness"], part: "value" }],
    }),
  );

const endless: Mutator = (base) => {
  const kinds: Value[] = [
    { file: "data/a.csv" },
    { bash: "test -s a.csv" },
    { tcp: "db.example.com:5432" },
    { http: "GET https://example.com/health" },
    { pipeline: "ingest" },
    { sql: { connection: "warehouse", query: "SELECT 1" }, backoff: "exponential" },
  ];
  const unlimited = put(put(base, ["timeout"], undefined), ["defaults"], undefined);
  return kinds.map((sensor) => ({
    what: JSON.stringify(sensor),
    tree: put(unlimited, ["tasks"], { wait: { sensor } }),
    at: [{ path: ["tasks", "wait"], part: "key" }],
  }));
};

const overLimit: Mutator = (base) => {
  const limited = scheduled(base, { after: "ingest" }, { timeout: "90m" });
  return [
    ...each(["2h", "1d", "91m", "5401s"], (timeout) => ({
      what: timeout,
      tree: more(limited, { timeout }),
      at: [{ path: ["tasks", "more", "timeout"], part: "value" as const }],
    })),
    {
      what: "in the defaults",
      tree: put(more(limited, {}), ["defaults"], { timeout: "3h" }),
      at: [{ path: ["defaults", "timeout"], part: "value" }],
    },
  ];
};

export const OF_SCHEDULES: Readonly<Record<string, Mutator>> = {
  ENG501: cronSyntax,
  ENG502: zones,
  ENG503: neverFires,
  ENG504: tooFrequent,
  ENG505: dst,
  ENG506: flood,
  ENG508: noTimeout,
  ENG509: retries,
  ENG510: freshness,
  ENG511: endless,
  ENG512: overLimit,
};
