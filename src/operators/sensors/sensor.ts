import type { AttemptOutcome } from "../../core/index.ts";
import { formatDuration, type JsonObject, parseDuration } from "../../lib/index.ts";
import type { AttemptHost, Operator } from "../operator.ts";
import { bash } from "./bash.ts";
import { file } from "./file.ts";
import { http } from "./http.ts";
import type { KindSpec, Look, SensorKind } from "./kind.ts";
import { lookOnce } from "./one-look.ts";
import { pipeline } from "./pipeline.ts";
import { sql } from "./sql.ts";
import { tcp } from "./tcp.ts";
import { time } from "./time.ts";
import { DURATION } from "./values.ts";

/** What a sensor can wait for. A new kind is added here and nowhere else. */
const KINDS: readonly SensorKind[] = [bash, file, http, pipeline, sql, tcp, time];

const INTERVAL = "60s";
const MAX_INTERVAL = "1h";
/** How much the interval grows from look to look, when it does. */
const BACKOFF_FACTOR = 2;

/** Waits for something outside, without a slot. */
export const sensor: Operator = {
  name: "sensor",
  summary: "Waits for something outside: a file, a service, a moment, another pipeline",
  docs: `
Looks whether something is there, and looks again until it is. Between two looks a sensor is a timer in the engine: no
process, no slot, no thread. Ten thousand of them may wait at once.

\`\`\`yaml
tasks:
  wait_for_data:
    timeout: 6h
    soft_fail: true
    sensor:
      file: { path: "data/\${{ ds }}/*.parquet", min_age: 30s }
      interval: 1m
    outputs:
      path: string
  load:
    needs: wait_for_data
    bash: ./load.sh \${{ tasks.wait_for_data.outputs.path }}
\`\`\`

**What it waits for** is one of these keys:

| key | waits until | hands on, if declared |
|---|---|---|
| \`file\` | a \`path\`, or what fits a glob, is there: not written to for \`min_age\`, at least \`min_size\` large, and at least \`min_count\` of them | \`path\`, \`paths\`, \`count\`, \`size\`, \`modified_at\` |
| \`bash\` | a script ends with exit code 0 | |
| \`http\` | a [request](http.md) succeeds and its answer is what \`expect\` says | keys of a JSON body; \`response\` in a \`value\` |
| \`sql\` | the first column of a [query's](sql.md) first row is neither null, false, 0 nor empty, or \`expect\` holds | columns of the first row; \`row\`, \`rows\`, \`row_count\` in a \`value\` |
| \`tcp\` | a host accepts connections on a port: \`tcp: db.example.com:5432\` | |
| \`time\` | a moment: \`until\` one in ISO 8601, \`after_slot\` so long after the logical date, or \`of_day\` (\`06:00\`) in a \`timezone\` | |
| \`pipeline\` | another pipeline's run for the same logical date has succeeded; \`before: 1d\` looks at the day before, \`states\` and \`failed_states\` say which ends are waited for and which fail | \`run_id\`, \`state\` |

**How often it looks.** The first look comes at once, with a slot of the task's pool; if it finds nothing, the slot is given
back (with \`for_each\` it counts towards \`max_parallel\` until it ends). Then it looks every \`interval\`. With
\`backoff: exponential\` the interval doubles from look to look, up to \`max_interval\`. A file's folder is watched as well, so
that a file is found when it comes; the interval is for file systems that tell of nothing, such as those of other machines. A
moment is waited for to the millisecond. At most 16 looks happen at once; the others wait for their turn, and one that takes
longer than ten seconds no longer counts. After five minutes a look is ended.

**Not there yet, or a mistake.** A host whose name is unknown, a server that refuses connections, a status of 4xx or 5xx and a script that
fails are waited out. A request that can't be sent, a statement that the database refuses and a duration that is none fail the task at once.

**How long it waits.** The task's \`timeout\` counts from the first look of the first attempt, retries included, and is not
retried. With \`soft_fail: true\` it skips the task instead of failing it. Without a \`timeout\` it waits for ever, and
\`engine validate\` warns.

**The log** has a line for each reason not to be there yet, not for each look.

**After a crash** the next engine goes on waiting. What was looked at in that moment is looked at again; a script of a look
is ended with the engine that started it. A sensor whose expressions can't be evaluated any more, as when a secret has gone, fails.
`,
  schema: {
    type: "object",
    description: "Waits for something outside.",
    properties: {
      ...Object.fromEntries(KINDS.map((kind) => [kind.name, kind.schema])),
      interval: {
        ...DURATION,
        description: "The time between two looks.",
        default: INTERVAL,
        examples: ["30s"],
      },
      backoff: {
        type: "string",
        enum: ["constant", "exponential"],
        description: "Whether the interval stays the same or doubles from look to look.",
        default: "constant",
      },
      max_interval: {
        ...DURATION,
        description: "The longest interval when it doubles.",
        default: MAX_INTERVAL,
        examples: ["15m"],
      },
    },
    oneOf: KINDS.map((kind) => ({ required: [kind.name] })),
    additionalProperties: false,
    examples: [
      { file: "data/train.parquet", interval: "30s" },
      { tcp: "db.example.com:5432", backoff: "exponential" },
      { bash: "test -s /data/ready" },
      { http: { url: "https://models.example.com/health", expect: { body: `\${{ response.json.ready }}` } } },
      { sql: { connection: "warehouse", query: "SELECT count(*) AS n FROM sales", expect: `\${{ row.n > 10 }}` } },
    ],
  },
  normalise(value) {
    const written = value as JsonObject;
    const settings: Record<string, JsonObject[string]> = {
      interval: INTERVAL,
      backoff: "constant",
      max_interval: MAX_INTERVAL,
      ...written,
    };
    for (const kind of KINDS) {
      const own = written[kind.name];
      if (own !== undefined) settings[kind.name] = kind.normalise(own);
    }
    return settings;
  },
  shell_keys: ["bash"],
  secret_keys: keysOf(({ secret_keys }) => secret_keys),
  expression_keys: keysOf(({ expression_keys }) => expression_keys),
  literal_keys: Object.fromEntries(entriesOf(({ literal_keys }) => literal_keys)),
  timezone_keys: [`${time.name}.timezone`],
  result_names: (config) => kindOf(config)?.spec?.result_names ?? [],
  outputs_hint: "leave `value` out, and declare what this kind of sensor hands on, by its name",
  connections: Object.fromEntries(entriesOf(({ connections }) => ({ connection: connections }))),
  pipeline_key: "pipeline",
  branch: false,
  waits: true,
  begins_again: true,
  waits_forever: (config) => !Object.hasOwn(config, time.name),
  start: wait,
  adopt: wait,
};

function kindOf(config: JsonObject): SensorKind | undefined {
  return KINDS.find(({ name }) => Object.hasOwn(config, name));
}

/** Keys of the kinds' own settings, as they stand in the config of the sensor. */
function keysOf(list: (spec: KindSpec) => readonly string[]): readonly string[] {
  return KINDS.flatMap(({ name, spec }) => (spec === undefined ? [] : list(spec).map((key) => `${name}.${key}`)));
}

function entriesOf<T>(map: (spec: KindSpec) => Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return KINDS.flatMap(({ name, spec }) =>
    spec === undefined ? [] : Object.entries(map(spec)).map(([key, value]) => [`${name}.${key}`, value] as const),
  );
}

async function wait(host: AttemptHost): Promise<AttemptOutcome> {
  const { config } = host.work;
  const kind = kindOf(config);
  const pace = paceOf(config);
  const settings = kind && config[kind.name];
  if (kind === undefined || settings === undefined) return failed("it does not say what it waits for");
  if (typeof pace === "string") return failed(pace);
  let changed = Promise.withResolvers<void>();
  const stopWatching = kind.watch?.(host, settings, () => changed.resolve());
  let said: string | undefined;
  try {
    for (let looks = 0; ; looks++) {
      if (host.stopReason !== undefined) return stopped(host);
      changed = Promise.withResolvers();
      const look = await lookOnce(host, kind, settings);
      if (look === undefined || host.stopReason !== undefined) return stopped(host);
      if (look.state === "failed") return look;
      if (look.state === "found") return await handOn(host, look);
      const pause_ms = pauseOf(host, look, pace(looks));
      if (look.why !== said) host.log(`${look.why}; looks again in ${formatDuration(pause_ms)}`);
      said = look.why;
      host.giveSlotBack();
      await Promise.race([host.sleep(pause_ms), changed.promise]);
    }
  } finally {
    stopWatching?.();
  }
}

/** The wait after the look of this number, from 0, in milliseconds; a text says what is wrong with the settings. */
function paceOf({ interval, backoff, max_interval }: JsonObject): ((looks: number) => number) | string {
  const interval_ms = parseDuration(String(interval));
  const max_ms = parseDuration(String(max_interval));
  if (interval_ms === undefined || interval_ms === 0)
    return `\`interval\` is ${String(interval)}, which is no time such as 30s`;
  if (max_ms === undefined) return `\`max_interval\` is ${String(max_interval)}, which is no time such as 15m`;
  if (backoff !== "exponential") return () => interval_ms;
  return (looks) => Math.min(interval_ms * BACKOFF_FACTOR ** looks, Math.max(max_ms, interval_ms));
}

function pauseOf(
  host: AttemptHost,
  { again_at, not_before }: Extract<Look, { state: "not_yet" }>,
  interval_ms: number,
): number {
  if (not_before !== undefined) return Math.max(not_before - host.now(), 1);
  return again_at === undefined ? interval_ms : Math.min(Math.max(again_at - host.now(), 1), interval_ms);
}

async function handOn(
  host: AttemptHost,
  { values = {}, result }: Extract<Look, { state: "found" }>,
): Promise<AttemptOutcome> {
  const declared = Object.entries(values).filter(([name]) => Object.hasOwn(host.work.outputs, name));
  const checked = await host.checkOutputs(Object.fromEntries(declared), result);
  if (checked.ok) return { state: "success", outputs: checked.outputs };
  return { state: "failed", failure: { reason: "output_invalid", message: checked.message } };
}

function stopped(host: AttemptHost): AttemptOutcome {
  const reason = host.stopReason ?? "cancelled";
  return { state: "failed", failure: { reason, message: "it was not there when the waiting ended" } };
}

function failed(message: string): AttemptOutcome {
  return { state: "failed", failure: { reason: "operator_failed", message, final: true } };
}
