import type { Tree } from "./bases.ts";
import { broken, each, type Mutator, put, withPart } from "./mutate.ts";
import type { Path, Value } from "./render.ts";

/*
 * ENG6xx, ENG7xx and ENG8xx that are more than the shape of a file: surroundings, scripts, credentials, metrics, care.
 */

const MORE: Path = ["tasks", "more"];
const more = (base: Tree, task: Readonly<Record<string, Value>>): Tree =>
  put(base, MORE, { bash: "./more.sh", ...task });

const unknownPool: Mutator = (base) => [
  ...each(["gpus", "tpu", "default"], (pool) => broken(pool, more(base, {}), [...MORE, "pool"], pool)),
  {
    what: "in the defaults",
    tree: put(base, ["defaults", "pool"], "cpu"),
    at: [{ path: ["defaults", "pool"], part: "value" }],
  },
];

const unknownConnection: Mutator = (base) => [
  ...each(["nowhere", "ml-alerts", "warehouse"], (name) =>
    broken(
      name,
      put(base, MORE, { slack: { connection: "ml_alerts", text: "x" } }),
      [...MORE, "slack", "connection"],
      name,
    ),
  ),
  ...each(["on_failure", "on_success", "on_retry"], (cause) => ({
    what: `under ${cause}`,
    tree: put(more(base, {}), [...MORE, cause], [{ slack: { connection: "warehouse" } }]),
    at: [{ path: [...MORE, cause, 0, "slack", "connection"], part: "value" as const }],
  })),
];

const outputValue: Mutator = (base) =>
  each(["${{ stdout }}", "response.body", "${{ 1 + }}"], (value) =>
    broken(value, more(base, { outputs: { rows: { type: "integer" } } }), [...MORE, "outputs", "rows", "value"], value),
  );

const resources: Mutator = (base) => [
  ...each([5, 100], (slots) => broken(`${slots}`, more(base, { pool: "gpu" }), [...MORE, "pool_slots"], slots)),
  {
    what: "in the defaults",
    tree: put(more(base, { pool: "gpu" }), ["defaults", "pool_slots"], 9),
    at: [{ path: ["defaults", "pool_slots"], part: "value" }],
  },
];

const fileNotFound: Mutator = (base) =>
  each(["nowhere", "./scripts", "training/v2", "models/large/", "training/train.py"], (cwd) =>
    broken(cwd, more(base, {}), [...MORE, "cwd"], cwd),
  );

const shellcheck: Mutator = (base) =>
  each(
    [
      "rm -rf $folder",
      "cd /tmp\nls | sort\nrm -rf $folder\n",
      'echo ${{ ds }} "${{ run.id }}" && rm -rf $folder',
      "if true; then\nrm -rf $folder\nfi\n",
    ],
    (bash) => ({
      what: bash,
      tree: more(base, { bash }),
      at: [{ path: [...MORE, "bash"], part: "within", text: "$folder" }],
    }),
  );

const overlap: Mutator = (base) => {
  const catching = (catchup: Value): Tree =>
    withPart(base, {
      timeout: "9h",
      owner: "me",
      description: "x",
      schedule: { every: "12h", start: "2026-01-20", catchup },
      slo: { success_rate: "99%" },
    });
  return [
    ...each([2, 16], (runs) =>
      broken(`${runs} at once`, { ...base, max_active_runs: runs }, ["overlap"], "cancel_running"),
    ),
    ...each(["skip", "cancel_running"], (way) =>
      broken(`${way} and catching up`, { ...catching(true), max_active_runs: 1 }, ["overlap"], way),
    ),
    broken("with a policy", { ...catching({ policy: "all", within: "7d" }), max_active_runs: 1 }, ["overlap"], "skip"),
  ];
};

/** Made up at random: nobody's. */
const TOKENS = [
  "AKIA4HKQ7XZ2MNP5RSTU",
  "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8",
  `glpat-${"x9K2mQ7LpT4vWz8RbN1s"}`,
  `xoxb-${"248175390612-739205816437"}-${"q7Lp2XkV9mRz4TbN8wYc6HdG"}`,
  `sk_${"live"}_${"51HqLpX2mK9vRzT4bN8wYc6H"}`,
  `AIza${"SyB7xK2mQ9LpT4vWz8RbN1sD6fGhJ3cVeYu"}`,
  `npm_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"}`,
  `hf_${"QwErTyUiOpAsDfGhJkLzXcVbNmQwErTyUi"}`,
  `eyJhbGciOiJIUzI1NiJ9.${"eyJzdWIiOiJsb2FkZXItMTcifQ"}.${"dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXk"}`,
  `SG.${"k3jH2lK9dJ2mNq8Zp0XwQA"}.${"tY7uI8oP9aS1dF2gH3jK4lZ5xC6vB7nM8qW9eR0tY1u"}`,
];

const credential: Mutator = (base) => [
  ...each(TOKENS, (token) => [
    {
      what: `a variable ${token}`,
      tree: put(base, ["env", "SOMETHING"], token),
      at: [{ path: ["env", "SOMETHING"], part: "within" as const, text: token }],
    },
    {
      what: `a script ${token}`,
      tree: more(base, { bash: `set -x\n./login.sh ${token} && ./load.sh\n` }),
      at: [{ path: [...MORE, "bash"], part: "within" as const, text: token }],
    },
    {
      what: `a description ${token}`,
      tree: put(base, ["description"], `Loads with ${token} for now`),
      at: [{ path: ["description"], part: "within" as const, text: token }],
    },
  ]),
  ...each<[string, string]>(
    [
      ["DB_PASSWORD", "hunter2"],
      ["PGPASSWORD", "S3cr3t!pass"],
      ["API_KEY", "a8f5f167f44f4964e6c998dee827110c"],
      ["CLIENT_SECRET", "8xLOxBtZp8-Yz3kQ7w"],
      ["SERVICE_TOKEN", "k3jH2lK9dJ2mNq8Zp0Xw"],
    ],
    ([name, value]) => [
      { what: name, tree: put(base, ["env", name], value), at: [{ path: ["env", name], part: "within", text: value }] },
      {
        what: `${name} in a script`,
        tree: more(base, { bash: `export ${name}=${value}\n./load.sh\n` }),
        at: [{ path: [...MORE, "bash"], part: "within", text: value }],
      },
      {
        what: `${name} as a param`,
        tree: put(base, ["params", name.toLowerCase()], value),
        at: [{ path: ["params", name.toLowerCase()], part: "within", text: value }],
      },
    ],
  ),
  {
    what: "in an address",
    tree: put(base, ["env", "URL"], "postgres://loader:s3cr3t9x@db.example.com/orders"),
    at: [{ path: ["env", "URL"], part: "within", text: "s3cr3t9x" }],
  },
  {
    what: "in a header",
    tree: more(base, { bash: 'curl -H "Authorization: Bearer 9fK2mQx7LpT4vWz8RbN1" https://api.example.com' }),
    at: [{ path: [...MORE, "bash"], part: "within", text: "9fK2mQx7LpT4vWz8RbN1" }],
  },
];

/** What looks like a credential to a hasty eye, and is none. */
export const HARMLESS: Mutator = (base) =>
  each<[string, string]>(
    [
      ["DB_PASSWORD", "changeme"],
      ["DB_PASSWORD", "${{ secrets.DB_PASSWORD }}"],
      ["DB_PASSWORD_FILE", "/run/secrets/db1"],
      ["API_KEY", "<your key>"],
      ["API_KEY", "xxxxxxxxxxxxxxxxxxxxxxxx"],
      ["TOKEN_URL", "https://auth.example.com/oauth2/token"],
      ["SECRET", "prod/orders/db-1"],
      ["API_TOKEN", "123e4567-e89b-12d3-a456-426614174000"],
      ["MODEL_SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
      ["COMMIT", "9fceb02d0ae598e95dc970b74767f19372d61af8"],
      ["IMAGE", "registry.example.com/train@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
      ["PIXEL", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"],
      ["MAX_TOKENS", "4096"],
      ["GITHUB_TOKEN", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"],
      ["KEYBOARD", "qwertyuiop12345"],
    ],
    ([name, value]) => ({ what: `${name}=${value}`, tree: put(base, ["env", name], value), at: [] }),
  );

const unknownSecret: Mutator = (base) =>
  each(["API_TOKN", "API_TOKENS", "DB_PASWORD", "api_token"], (name) => ({
    what: name,
    tree: put(base, ["env", "KEY"], `Bearer \${{ secrets.${name} }}`),
    at: [{ path: ["env", "KEY"], part: "within", text: name }],
  }));

const pathEscapes: Mutator = (base) =>
  each(["..", "../common", "training/../../other", "./../x/"], (cwd) =>
    broken(cwd, more(base, {}), [...MORE, "cwd"], cwd),
  );

const plainHttp: Mutator = (base) => {
  const url = "http://data.example.com/x.csv";
  const fine = { owner: "me", description: "x" };
  return [
    ...each(
      [
        `curl -fsS ${url} -o x`,
        `./a.sh\nwget -q "${url}"\n`,
        `data=$(curl -s ${url} | head)`,
        `if curl -f '${url}'; then\necho yes\nfi\n`,
        `sudo /usr/bin/curl ${url}`,
      ],
      (bash) => ({
        what: bash,
        tree: more(base, { bash }),
        at: [{ path: [...MORE, "bash"], part: "within" as const, text: url }],
      }),
    ),
    {
      what: "a webhook",
      tree: { ...base, ...fine, on_failure: [{ webhook: { url } }] },
      at: [{ path: ["on_failure", 0, "webhook", "url"], part: "within", text: url }],
    },
    {
      what: "of a task",
      tree: more(base, { on_success: [{ webhook: { url } }] }),
      at: [{ path: [...MORE, "on_success", 0, "webhook", "url"], part: "within", text: url }],
    },
  ];
};

const metric = (base: Tree, labels: Value, rest: Readonly<Record<string, Value>> = {}, type = "gauge"): Tree =>
  more(base, { outputs: { file: "string" }, metrics: { rows_loaded: { type, value: 1, labels } }, ...rest });

const LABELS: Path = [...MORE, "metrics", "rows_loaded", "labels"];

const metricLabel: Mutator = (base) => [
  ...each(["__name", "job", "instance", "pipeline", "task"], (label) => ({
    what: label,
    tree: metric(base, { [label]: "a" }),
    at: [{ path: [...LABELS, label], part: "key" as const }],
  })),
  { what: "le", tree: metric(base, { le: "1" }, {}, "histogram"), at: [{ path: [...LABELS, "le"], part: "key" }] },
  ...each<[string, string, string]>(
    [
      ["run", "${{ run.id }}", "run.id"],
      ["day", "d-${{ ds }}", "ds"],
      ["slot", "${{ string(run.logical_date) }}", "run.logical_date"],
      ["path", "${{ outputs.file }}", "outputs.file"],
    ],
    ([label, value, wrong]) => ({
      what: label,
      tree: metric(base, { team: "a", [label]: value }),
      at: [{ path: [...LABELS, label], part: "within", text: wrong }],
    }),
  ),
];

const series: Mutator = (base) => [
  {
    what: "params",
    tree: metric(
      {
        ...base,
        params: {
          ...(base.params as Tree),
          a: { type: "integer", minimum: 1, maximum: 60, default: 1 },
          b: { type: "integer", minimum: 0, maximum: 30, default: 1 },
        },
      },
      { a: "${{ params.a }}", b: "${{ params.b }}" },
    ),
    at: [{ path: LABELS, part: "key" }],
  },
  {
    what: "a histogram",
    tree: metric(
      base,
      { n: "${{ item }}" },
      { for_each: Array.from({ length: 80 }, (_, index) => index) },
      "histogram",
    ),
    at: [{ path: LABELS, part: "key" }],
  },
];

const watched = (base: Tree, parts: Readonly<Record<string, Value>>): Tree => {
  const { owner: _, description: __, doc: ___, slo: ____, on_failure: _____, schedule: ______, ...rest } = base;
  return withPart(rest, { timeout: "9h", schedule: { after: "ingest" }, ...parts });
};

const slo: Mutator = (base) => [
  ...each(["90%", "80.5%", "93%", "0%", "1%"], (rate) => ({
    what: rate,
    tree: watched(base, { owner: "me", doc: "x", slo: { success_rate: rate } }),
    at: [{ path: ["slo", "success_rate"], part: "value" as const }],
  })),
  {
    what: "longer than the run",
    tree: watched(base, { owner: "me", doc: "x", slo: { max_duration: "9h1m" } }),
    at: [{ path: ["slo", "max_duration"], part: "value" }],
  },
];

const alerts: Mutator = (base) => {
  const measured = (type: string): Tree => more(base, { metrics: { zeal_ratio: { type, value: 1 } } });
  const about = (metric: string, limit: Readonly<Record<string, Value>>): Value => [{ metric, ...limit }];
  return [
    ...each(["zeel_ratio", "nobody_has_it"], (metric) => ({
      what: metric,
      tree: put(measured("gauge"), ["alerts"], about(metric, { below: 1 })),
      at: [{ path: ["alerts", 0, "metric"], part: "value" as const }],
    })),
    {
      what: "a histogram",
      tree: put(measured("histogram"), ["alerts"], about("zeal_ratio", { above: 1, for: "5m" })),
      at: [{ path: ["alerts", 0, "metric"], part: "value" }],
    },
  ];
};

const bounds: Mutator = (base) =>
  each(
    [
      [2, 1],
      [0.5, -0.5],
      [1_000, 10],
    ] as const,
    ([min, max]) => ({
      what: `${min} to ${max}`,
      tree: more(base, { outputs: { rows: "integer" }, checks: { zeal: { value: "${{ outputs.rows }}", min, max } } }),
      at: [{ path: [...MORE, "checks", "zeal", "min"], part: "value" as const }],
    }),
  );

const calls: readonly [string, Value][] = [
  ["slo", { success_rate: "99%" }],
  ["on_failure", [{ slack: { connection: "alerts" } }]],
];

const noOwner: Mutator = (base) =>
  each(calls, ([key, value]) => ({
    what: key,
    tree: watched(base, { description: "x", [key]: value }),
    at: [{ path: [key], part: "key" }],
  }));
const noDocs: Mutator = (base) =>
  each(calls, ([key, value]) => ({
    what: key,
    tree: watched(base, { owner: "me", [key]: value }),
    at: [{ path: [key], part: "key" }],
  }));

export const OF_OTHERS: Readonly<Record<string, Mutator>> = {
  ENG603: unknownPool,
  ENG604: resources,
  ENG605: fileNotFound,
  ENG606: shellcheck,
  ENG609: overlap,
  ENG610: unknownConnection,
  ENG611: outputValue,
  ENG701: credential,
  ENG702: unknownSecret,
  ENG704: pathEscapes,
  ENG705: plainHttp,
  ENG802: metricLabel,
  ENG803: series,
  ENG804: slo,
  ENG806: noOwner,
  ENG807: noDocs,
  ENG808: alerts,
  ENG809: bounds,
};
